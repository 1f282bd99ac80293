import type { OpenBundle } from '../../bundle/open-bundle.js';
import { settleAll } from '../../core/async/concurrency.js';
import { type Account, functionArn, parseAccount } from '../../core/aws/arn.js';
import { assetKey } from '../../core/aws/resource-names.js';
import type { AppBundle } from '../../core/bundle/bundle.js';
import type { FunctionState } from '../../core/deploy/function-spec.js';
import type { CurrentState, DeploySettings } from '../../core/deploy/plan.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Policy } from '../../core/policy/policy.js';
import type { Role } from '../../core/policy/role.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import type { Mattermost } from '../../core/ports/mattermost.js';
import { policyLockKey } from '../invoke-access/invoke-access.js';
import type { InvokePorts, InvokeRequest } from '../invoke-access/invoke-request.js';
import { type InvokePlan, planInvokeAccess, readFirstPolicy } from '../invoke-access/plan-invoke-access.js';
import type { LockObject } from '../locks/s3-lock.js';
import { checkNotBeingRemoved } from '../removal-record.js';
import { type AbandonedUploads, findAbandonedUploads } from './abandoned-uploads.js';
import { checkFunctionOwners } from './function-owners.js';
import type { DeployBucket, DeployPorts } from './ports.js';
import { findPreviousFunctions } from './previous-version.js';
import { readFunctions } from './read-functions.js';

/** The current state, and the services that a deployment changes it through. */
export interface DeployState {
  /** Asset contents are compared later, when the digests of the bundle are known. */
  readonly current: Omit<CurrentState, 'identicalAssets' | 'uncertainAssets'>;
  readonly bucket: DeployBucket;
  readonly functions: FunctionService;
  readonly mattermost: Mattermost | undefined;
  readonly invokePorts: InvokePorts;
  readonly invokeRequest: InvokeRequest;
  readonly invokePlan: InvokePlan;
  /** The lock of the invoke policies, if a deployment holds it or left it behind. */
  readonly lockObject: LockObject | undefined;
  readonly abandonedUploads: AbandonedUploads;
}

/** What can be read before the bundle is open. */
export interface EarlyReads {
  /** Its ARN contains the account. */
  readonly role: Promise<Role>;
  /** The first invoke policy of the account that the credentials belong to; undefined if they do not show it. */
  readonly likelyPolicy: Promise<Policy> | undefined;
  readonly mattermost: Promise<Mattermost | undefined>;
  /** Settles when the Mattermost server has accepted, or refused, the admin token. */
  readonly mattermostAccess: Promise<void>;
}

/**
 * Sends the requests that do not depend on the bundle. Their promises reject with AppsctlError NOT_FOUND when the role
 * does not exist, and with the errors of {@link readFirstPolicy} and of the ports.
 */
export function startReading(settings: DeploySettings, ports: DeployPorts): EarlyReads {
  const { likelyAccount: account } = ports;
  const { policyName } = settings;
  const mattermost = ports.openMattermost();
  const reads = {
    role: readRole(settings, ports),
    likelyPolicy: account && readFirstPolicy(ports, { account, policyName }),
    mattermost,
    mattermostAccess: mattermost.then((server) => server?.checkAccess()),
  };
  // If the bundle cannot be opened, these promises are never awaited.
  for (const read of Object.values(reads)) read?.catch(() => undefined);
  return reads;
}

async function readRole({ executionRoleName: name }: DeploySettings, { roles }: DeployPorts): Promise<Role> {
  const role = await roles.findRole(name);
  if (role !== undefined) return role;
  throw new AppsctlError('NOT_FOUND', `role ${name} does not exist`, {
    hint: ({ executionRole, initCommand }) =>
      `check ${executionRole}, or prepare the account with: ${initCommand}`,
  });
}

/**
 * Checks what every deployment needs: the role, the invoke policy, and the access to the Mattermost server.
 *
 * @throws AppsctlError as {@link startReading}
 */
export async function checkTarget(settings: DeploySettings, ports: DeployPorts): Promise<void> {
  const early = startReading(settings, ports);
  const role = await early.role;
  const account = parseAccount(role.arn);
  const policy = early.likelyPolicy ?? readFirstPolicy(ports, { account, policyName: settings.policyName });
  await settleAll(policy, early.mattermostAccess);
}

/**
 * Reads everything that a deployment may change.
 *
 * @param early what {@link startReading} returns
 * @throws AppsctlError CONFLICT when a function belongs to another app, or the version is being removed; the errors of
 *   {@link startReading}, {@link planInvokeAccess} and of the ports
 */
export async function readCurrentState(
  bundle: OpenBundle,
  early: EarlyReads,
  settings: DeploySettings,
  ports: DeployPorts,
): Promise<DeployState> {
  const { app_id: id } = bundle.manifest;
  const opening = ports.openFunctions();
  const reading = opening.then((service) => readFunctions(bundle, service, settings, ports));
  const [account, functions, , listing, installation] = await settleAll(
    readAccount(bundle, early, settings, ports, { service: opening, states: reading }),
    reading,
    // Before the look-ups, because its error explains better what is wrong with the server.
    early.mattermostAccess,
    early.mattermost.then((server) => server?.findListing(id)),
    early.mattermost.then((server) => server?.findInstallation(id)),
  );
  const { assets, manifest, previousFunctions, ...state } = account;
  await checkFunctionOwners(bundle, [...functions.keys()], manifest, state.bucket);
  const role = await early.role;
  const policyChange = state.invokePlan.change;
  return {
    ...state,
    functions: await opening,
    mattermost: await early.mattermost,
    current: {
      role,
      functionsByLambdaName: functions,
      previousFunctions,
      assets,
      manifest,
      policyChange,
      listing,
      installation,
    },
  };
}

/** The functions of the bundle, while they are read. */
interface FunctionReads {
  readonly service: Promise<FunctionService>;
  /** Those that exist, by Lambda name. */
  readonly states: Promise<ReadonlyMap<string, FunctionState>>;
}

/** Reads what requires the account ID; without waiting for the role, if the credentials show the account. */
async function readAccount(
  bundle: OpenBundle,
  { role, likelyPolicy }: EarlyReads,
  settings: DeploySettings,
  ports: DeployPorts,
  functions: FunctionReads,
) {
  const { likelyAccount } = ports;
  const early =
    likelyAccount &&
    likelyPolicy &&
    readAccountState(bundle, likelyAccount, likelyPolicy, settings, ports, functions);
  early?.catch(() => undefined);
  const account = parseAccount((await role).arn);
  if (
    early !== undefined &&
    likelyAccount?.accountId === account.accountId &&
    likelyAccount.partition === account.partition
  ) {
    return early;
  }
  const policy = readFirstPolicy(ports, { account, policyName: settings.policyName });
  return readAccountState(bundle, account, policy, settings, ports, functions);
}

async function readAccountState(
  bundle: OpenBundle,
  account: Account,
  firstPolicy: Promise<Policy>,
  settings: DeploySettings,
  ports: DeployPorts,
  functions: FunctionReads,
) {
  const { clock, signal, onEvent, policies } = ports;
  const objects = ports.openBucket(account.accountId);
  const { service, states } = functions;
  const invokePorts = { policies, functions: service, objects, clock, signal, onEvent };
  const invokeRequest = toInvokeRequest(bundle, account, settings);
  const { app_id: id, version } = bundle.manifest;
  const [invokePlan, [assets, manifest, lockObject, , abandonedUploads, previousFunctions]] = await settleAll(
    planInvokeAccess(invokePorts, invokeRequest, firstPolicy),
    objects.then((bucket) =>
      settleAll(
        bucket.list(assetKey(id, version, '')),
        bucket.get(bundle.manifestKey),
        bucket.getWithEtag(policyLockKey(settings.policyName)),
        checkNotBeingRemoved(bucket, bundle.manifest),
        findAbandonedUploads(bundle, bucket, ports.process),
        settleAll(service, states).then(([opened, existing]) =>
          findPreviousFunctions(bundle, existing, settings, opened, bucket, ports),
        ),
      ),
    ),
  );
  const bucket = await objects;
  return {
    ...{ bucket, assets, manifest, lockObject, abandonedUploads, previousFunctions },
    ...{ invokePorts, invokeRequest, invokePlan },
  };
}

function toInvokeRequest(
  { functions, manifestKey }: AppBundle,
  account: Account,
  { region, policyName }: DeploySettings,
): InvokeRequest {
  const functionArns = functions.map(({ lambdaName }) => functionArn(account, region, lambdaName));
  return { account, region, policyName, functionArns, manifestKey };
}

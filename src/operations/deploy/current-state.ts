import type { OpenBundle } from '../../bundle/open-bundle.js';
import { mapConcurrent, settleAll } from '../../core/async/concurrency.js';
import { type Account, functionArn, parseAccount } from '../../core/aws/arn.js';
import { assetKey, lambdaNamePrefix } from '../../core/aws/resource-names.js';
import type { AppBundle } from '../../core/bundle/bundle.js';
import type { FunctionState } from '../../core/deploy/function-spec.js';
import { type CurrentState, type DeploySettings, lambdaNames, nameConflict } from '../../core/deploy/plan.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { Findings } from '../../core/diagnostics/findings.js';
import { parseManifest } from '../../core/manifest/parse.js';
import type { Policy } from '../../core/policy/policy.js';
import type { Role } from '../../core/policy/role.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import type { Mattermost } from '../../core/ports/mattermost.js';
import type { ObjectReader } from '../../core/ports/s3.js';
import { policyLockKey } from '../invoke-access/invoke-access.js';
import type { InvokePorts, InvokeRequest } from '../invoke-access/invoke-request.js';
import { type InvokePlan, planInvokeAccess, readFirstPolicy } from '../invoke-access/plan-invoke-access.js';
import type { LockObject } from '../invoke-access/s3-lock.js';
import { type AbandonedUploads, findAbandonedUploads } from './abandoned-uploads.js';
import type { DeployBucket, DeployPorts } from './ports.js';

/** Functions that are looked up at the same time. */
const CONCURRENT_LOOKUPS = 16;

/** What is on AWS and in Mattermost, and what a deployment needs to change it. */
export interface DeployState {
  /** The digests of assets are compared later, when those of the bundle are known. */
  readonly current: Omit<CurrentState, 'identicalAssets'>;
  readonly bucket: DeployBucket;
  readonly functions: FunctionService;
  readonly mattermost: Mattermost | undefined;
  readonly invokePorts: InvokePorts;
  readonly invokeRequest: InvokeRequest;
  readonly invokePlan: InvokePlan;
  /** The lock of the invoke policies, if a deployment holds it or left it behind. */
  readonly lockObject: LockObject | undefined;
  readonly leftUploads: AbandonedUploads;
}

/** What is read while the bundle is opened. */
export interface EarlyReads {
  /** Also shows for certain which account this is. */
  readonly role: Promise<Role>;
  /** The first invoke policy of the account that the credentials show; undefined if they show none. */
  readonly likelyPolicy: Promise<Policy> | undefined;
  /** The Mattermost server, once it has accepted the token. */
  readonly mattermost: Promise<Mattermost | undefined>;
}

/**
 * Sends the requests that need nothing of the bundle. Who waits for the answers gets the errors: AppsctlError NOT_FOUND
 * when there is no such role; those of {@link readFirstPolicy} and of the ports.
 */
export function startReading(settings: DeploySettings, ports: DeployPorts): EarlyReads {
  const { likelyAccount: account } = ports;
  const { policyName } = settings;
  const reads = {
    role: readRole(settings, ports),
    likelyPolicy: account && readFirstPolicy(ports, { account, policyName }),
    mattermost: checkMattermost(ports),
  };
  // If the bundle cannot be opened, nobody waits for them.
  for (const read of Object.values(reads)) read?.catch(() => undefined);
  return reads;
}

async function checkMattermost({ openMattermost }: DeployPorts): Promise<Mattermost | undefined> {
  const mattermost = await openMattermost();
  await mattermost?.checkAccess();
  return mattermost;
}

async function readRole({ executionRoleName: name }: DeploySettings, { roles }: DeployPorts): Promise<Role> {
  const role = await roles.findRole(name);
  if (role !== undefined) return role;
  throw new AppsctlError('NOT_FOUND', `role ${name} does not exist`, {
    hint: 'check --execute-role, or prepare the account with: appsctl aws init --create',
  });
}

/**
 * Reads everything that a deployment may change.
 *
 * @param early what {@link startReading} returns
 * @throws AppsctlError CONFLICT when a function belongs to another app; the errors of {@link startReading},
 *   {@link planInvokeAccess} and of the ports
 */
export async function readState(
  bundle: OpenBundle,
  early: EarlyReads,
  settings: DeploySettings,
  ports: DeployPorts,
): Promise<DeployState> {
  const { app_id: id } = bundle.manifest;
  const functions = ports.openFunctions();
  const opening = ports.openMattermost();
  const [fromAccount, states, mattermost, listing, installation] = await settleAll(
    readAccount(bundle, early, settings, ports, functions),
    functions.then((opened) => readFunctions(bundle, opened)),
    // Says better than the look-ups what is wrong with the server.
    early.mattermost,
    opening.then((server) => server?.findListing(id)),
    opening.then((server) => server?.findInstallation(id)),
  );
  const { bucket, manifest, assets, invokePlan, ...rest } = fromAccount;
  await checkFunctionOwners(bundle, states, manifest, bucket);
  const policyChange = invokePlan.change;
  return {
    ...{ ...rest, functions: await functions, mattermost, bucket, invokePlan },
    current: {
      role: await early.role,
      functionsByLambdaName: states,
      assets,
      manifest,
      policyChange,
      listing,
      installation,
    },
  };
}

async function readFunctions(
  { functions: items }: AppBundle,
  functions: FunctionService,
): Promise<ReadonlyMap<string, FunctionState>> {
  const states = await mapConcurrent(items, CONCURRENT_LOOKUPS, ({ lambdaName }) =>
    functions.find(lambdaName),
  );
  return new Map(states.flatMap((state) => (state === undefined ? [] : [[state.name, state] as const])));
}

/** Reads what is addressed by the account; at once, if the account can be guessed. */
async function readAccount(
  bundle: OpenBundle,
  { role, likelyPolicy }: EarlyReads,
  settings: DeploySettings,
  ports: DeployPorts,
  functions: Promise<FunctionService>,
) {
  const guess = ports.likelyAccount;
  const early = guess && likelyPolicy && readThings(bundle, guess, likelyPolicy, settings, ports, functions);
  early?.catch(() => undefined);
  const account = parseAccount((await role).arn);
  const isRight = guess?.accountId === account.accountId && guess.partition === account.partition;
  if (early !== undefined && isRight) return early;
  const policy = readFirstPolicy(ports, { account, policyName: settings.policyName });
  return readThings(bundle, account, policy, settings, ports, functions);
}

async function readThings(
  bundle: OpenBundle,
  account: Account,
  firstPolicy: Promise<Policy>,
  settings: DeploySettings,
  ports: DeployPorts,
  functions: Promise<FunctionService>,
) {
  const { clock, signal, onEvent, policies } = ports;
  const opening = ports.openBucket(account.accountId);
  const invokePorts = { policies, functions, objects: opening, clock, signal, onEvent };
  const invokeRequest = requestFor(bundle, account, settings);
  const { app_id: id, version } = bundle.manifest;
  const [invokePlan, [assets, manifest, lockObject, leftUploads]] = await settleAll(
    planInvokeAccess(invokePorts, invokeRequest, firstPolicy),
    opening.then((bucket) =>
      settleAll(
        bucket.list(assetKey(id, version, '')),
        bucket.get(bundle.manifestKey),
        bucket.getWithEtag(policyLockKey(settings.policyName)),
        findAbandonedUploads(bundle, bucket, ports.process),
      ),
    ),
  );
  const bucket = await opening;
  return { bucket, assets, manifest, lockObject, leftUploads, invokePorts, invokeRequest, invokePlan };
}

function requestFor(
  bundle: AppBundle,
  account: Account,
  { region, policyName }: DeploySettings,
): InvokeRequest {
  const functionArns = bundle.functions.map(({ lambdaName }) => functionArn(account, region, lambdaName));
  return { account, region, policyName, functionArns, manifestKey: bundle.manifestKey };
}

/**
 * Names on AWS have dashes for the dots of ids and versions, and underscores may be in ids, versions and names, so those
 * of two apps may come out the same. A function that the app's own manifest in the bucket does not have is another app's if that app's manifest has it.
 *
 * @throws AppsctlError CONFLICT naming both apps
 */
async function checkFunctionOwners(
  bundle: AppBundle,
  functions: ReadonlyMap<string, FunctionState>,
  storedManifest: Uint8Array | undefined,
  bucket: ObjectReader,
): Promise<void> {
  const stored = storedManifest && parseManifest(storedManifest, new Findings());
  const own = new Set(stored && lambdaNames(stored));
  const unknown = [...functions.keys()].filter((name) => !own.has(name));
  if (unknown.length === 0) return;
  const { manifestKey: key, manifest } = bundle;
  // Up to there, the keys of all apps with such names are the same.
  const common = key.slice(0, key.search(/[._-]/));
  const mayHave = (prefix: string | undefined): boolean =>
    prefix !== undefined &&
    // Names that are too long do not begin with the prefix.
    (prefix === lambdaNamePrefix(key) || unknown.some((name) => name.startsWith(prefix)));
  const alike = (await bucket.list(common)).filter(
    (object) => object.key !== key && mayHave(lambdaNamePrefix(object.key)),
  );
  for (const object of alike) {
    const bytes = await bucket.get(object.key);
    const other = bytes && parseManifest(bytes, new Findings());
    const name = other && lambdaNames(other).find((candidate) => unknown.includes(candidate));
    if (other !== undefined && name !== undefined) throw nameConflict(`function ${name}`, other, manifest);
  }
}

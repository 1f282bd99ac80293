import type { OpenBundle } from '../bundle/open-bundle.js';
import type { DeploySettings, Observed } from '../core/deploy-plan.js';
import { invokeGrant } from '../core/deploy-plan.js';
import { AppsctlError } from '../core/errors.js';
import type { FunctionState } from '../core/function-spec.js';
import { planInvokePolicies } from '../core/invoke-policies.js';
import { assetKey } from '../core/names.js';
import { allSettled, mapParallel } from '../core/parallel.js';
import type { DeployPorts } from './deploy.js';
import { policyLock } from './invoke-policies.js';

/** So many functions are looked up at once: AWS allows 100 such requests a second. */
const LOOKUPS = 16;
/** The prefix of all manifests in the bucket. */
const MANIFESTS = 'manifests/';

/** What a deployment needs to know of the account and the server, whatever the bundle. */
export type AccountState = Pick<Observed, 'role' | 'policies' | 'manifests' | 'lock'>;

/**
 * Looks at what a deployment needs whatever its bundle, so that the answers are on their way while the bundle is opened.
 *
 * @throws AppsctlError NOT_FOUND for a missing role, policy or bucket; the errors of the ports
 */
export async function observeAccount(settings: DeploySettings, ports: DeployPorts): Promise<AccountState> {
  const { access, bucket, mattermost } = ports;
  const [policies, role, manifests, lock] = await allSettled(
    access.findPolicies(settings.policyName),
    access.findRole(settings.executeRoleName),
    bucket.list(MANIFESTS),
    bucket.getWithEtag(policyLock(settings.policyName)),
    mattermost?.checkAccess() ?? Promise.resolve(),
  );
  if (role === undefined) throw missing(`role ${settings.executeRoleName}`, '--execute-role');
  if (policies[0]?.name !== settings.policyName) throw missing(`policy ${settings.policyName}`, '--policy');
  return { role, policies, manifests, lock };
}

/**
 * Looks at everything that a deployment may change.
 *
 * @param account what {@link observeAccount} answers
 * @throws the errors of {@link observeAccount} and of the ports
 */
export async function observe(
  bundle: OpenBundle,
  account: Promise<AccountState>,
  settings: DeploySettings,
  ports: DeployPorts,
): Promise<Observed> {
  const { functions, bucket, mattermost } = ports;
  const { app_id: id, version } = bundle.manifest;
  const [state, assets, states, listing, installation] = await allSettled(
    account,
    bucket.list(assetKey(id, version, '')),
    mapParallel(bundle.functions, LOOKUPS, ({ lambdaName }) => functions.find(lambdaName)),
    mattermost?.findListing(id) ?? Promise.resolve(undefined),
    mattermost?.findInstallation(id) ?? Promise.resolve(undefined),
  );
  const byName = new Map<string, FunctionState>();
  for (const item of states) if (item !== undefined) byName.set(item.name, item);
  const observed = { ...state, functions: byName, assets, listing, installation, allFunctions: undefined };
  return needsAllFunctions(bundle, settings, observed)
    ? { ...observed, allFunctions: await functions.list() }
    : observed;
}

/** Which functions are gone matters for a plan that is shown, or that has room only without them. */
function needsAllFunctions(bundle: OpenBundle, settings: DeploySettings, observed: Observed): boolean {
  try {
    const changes = planInvokePolicies(observed.policies, invokeGrant(bundle, settings, observed));
    return changes.length > 0 && settings.complete;
  } catch (error) {
    if (error instanceof AppsctlError && error.code === 'LIMIT') return true;
    throw error;
  }
}

function missing(thing: string, setting: string): AppsctlError {
  return new AppsctlError('NOT_FOUND', `${thing} does not exist`, {
    hint: `check ${setting}, or prepare the account with: appsctl aws init --create`,
  });
}

import type { AccountRemovals } from '../core/clean/plan.js';
import { DEFAULT_NAMES } from '../core/defaults.js';
import type { CleanPorts } from '../operations/clean/ports.js';
import type { CleanSettings } from '../operations/clean/settings.js';
import { openIamRemoval } from './adapters.js';
import { checkIamName, type NetworkContext, type NetworkOptions, resolveNetwork } from './network-options.js';

/** Options of {@link planClean}. */
export interface CleanPlanOptions extends NetworkOptions {
  /**
   * The name of the user whose access key the server uses to invoke functions.
   *
   * @default mattermost-apps-invoke
   */
  readonly userName?: string | undefined;
  /**
   * The name of the group through which the user gets the policy.
   *
   * @default mattermost-apps-invoke-group
   */
  readonly groupName?: string | undefined;
  /**
   * The name of the policy that allows the server to invoke functions. The additional policies, `{name}-2` to `{name}-10`,
   * are removed too.
   *
   * @default mattermost-apps-invoke-policy
   */
  readonly policyName?: string | undefined;
  /**
   * The name of the execution role of the functions.
   *
   * @default mattermost-apps-execute-lambda-role
   */
  readonly executionRoleName?: string | undefined;
  /**
   * Whether the bucket is removed; that is an error if it is not empty, unless `force` is set.
   *
   * @default false
   */
  readonly removeBucket?: boolean | undefined;
  /**
   * Whether the server loses its access although apps are deployed, and the bucket is removed with everything in it. An
   * execution role that functions use is kept all the same.
   *
   * @default false
   */
  readonly force?: boolean | undefined;
}

/** Options of {@link clean}. */
export interface CleanOptions extends CleanPlanOptions {
  /**
   * Called with the plan when everything has been checked, before anything is removed; what it throws ends the removal.
   * Not called if there is nothing to remove.
   */
  readonly beforeChanges?: ((planned: AccountRemovals) => void | Promise<void>) | undefined;
}

/**
 * Plans {@link clean}, and changes nothing.
 *
 * @throws as {@link clean}
 */
export async function planClean(options: CleanPlanOptions): Promise<AccountRemovals> {
  return (await prepare(options)).planned;
}

/**
 * Removes everything that `init` made, with all that was attached to it since: the server's user with its keys, the group,
 * the invoke policies with their versions, the execution role, and the bucket if `removeBucket` is set. What does not
 * exist is left out, so that a removal that was interrupted can be repeated.
 *
 * @returns what was removed and what was kept
 * @throws AppsctlError CONFLICT if apps are deployed or the bucket is not empty, unless `force` is set; CONFLICT if the
 *   credentials are those of the server, and for what AWS does not delete; ACCESS_DENIED, CREDENTIALS, NETWORK and SERVICE
 *   for requests that failed; USAGE for an invalid option; INTERRUPTED
 */
export async function clean(options: CleanOptions): Promise<AccountRemovals> {
  const { planned, apply } = await prepare(options);
  if (planned.removals.length > 0) await options.beforeChanges?.(planned);
  await apply();
  return planned;
}

async function prepare(options: CleanPlanOptions) {
  const context = await resolveNetwork(options);
  const { vocabulary, connection } = context;
  const { userName = DEFAULT_NAMES.user, groupName = DEFAULT_NAMES.group } = options;
  const { policyName = DEFAULT_NAMES.policy, executionRoleName = DEFAULT_NAMES.executionRole } = options;
  const { removeBucket = false, force = false } = options;
  checkIamName(vocabulary.user, userName, 'user');
  checkIamName(vocabulary.group, groupName, 'group');
  checkIamName(vocabulary.policy, policyName, 'policy');
  checkIamName(vocabulary.executionRole, executionRoleName, 'role');
  const settings: CleanSettings = {
    region: connection.region,
    ...{ userName, groupName, policyName, executionRoleName, removeBucket, force },
  };
  const [{ prepareClean }, ports] = await Promise.all([
    import('../operations/clean/clean.js'),
    openPorts(context),
  ]);
  return prepareClean(settings, ports, connection.credentialsSource);
}

async function openPorts(context: NetworkContext): Promise<CleanPorts> {
  const { connection, bucket, process, clock, signal, onEvent, vocabulary } = context;
  const [iam, s3, { StsIdentity }, { LambdaFunctions }] = await Promise.all([
    openIamRemoval(context),
    openS3(),
    import('../aws/sts/sts-identity.js'),
    import('../aws/lambda/lambda-functions.js'),
  ]);
  return {
    identity: new StsIdentity(connection),
    ...iam,
    functions: new LambdaFunctions(connection, bucket, process),
    openBucket: (accountId) => ({
      removal: new s3.S3BucketRemoval(connection, bucket, accountId),
      objects: new s3.S3Objects(connection, bucket, accountId),
    }),
    ...{ clock, signal, onEvent, vocabulary },
  };
}

async function openS3() {
  const [{ S3BucketRemoval }, { S3Objects }] = await Promise.all([
    import('../aws/s3/s3-bucket-removal.js'),
    import('../aws/s3/s3-objects.js'),
  ]);
  return { S3BucketRemoval, S3Objects };
}

import { DEFAULT_NAMES } from '../core/defaults.js';
import type { Change } from '../core/deploy/changes.js';
import type { NewAccessKey } from '../core/ports/iam.js';
import type { PreparedAccount as Prepared } from '../operations/init/apply.js';
import type { CheckedAccount } from '../operations/init/init.js';
import type { InitPorts } from '../operations/init/ports.js';
import { openIam } from './adapters.js';
import {
  checkIamName,
  checkPolicyArn,
  type NetworkContext,
  type NetworkOptions,
  resolveNetwork,
} from './network-options.js';

/** Options of {@link planInit}. */
export interface PlanInitOptions extends NetworkOptions {
  /**
   * Whether an access key for the server is created.
   *
   * @default false
   */
  readonly createAccessKey?: boolean | undefined;
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
   * The name of the policy that allows the server to invoke functions.
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
   * The ARN of the permissions boundary for a user and a role that `init` creates.
   *
   * @default none
   */
  readonly permissionsBoundary?: string | undefined;
}

/** Options of {@link init}. */
export interface InitOptions extends PlanInitOptions {
  /**
   * Whether what is missing is created; without it, that is an error.
   *
   * @default false
   */
  readonly create?: boolean | undefined;
  /** Called when everything has been checked, before anything is changed; what it throws ends the preparation. */
  readonly beforeChanges?: (() => void | Promise<void>) | undefined;
}

/** What preparing an account would do. */
export interface AccountPlan {
  /** Everything that `init` with `create` creates, changes or leaves unchanged, in this order. */
  readonly changes: readonly Change[];
}

/** A new access key of the server. */
export interface ServerAccessKey extends NewAccessKey {
  /** Deletes the key: for a caller that could not save its secret. */
  revoke(): Promise<void>;
}

/** An account that is prepared. */
export interface InitResult extends Omit<Prepared, 'accessKey'> {
  readonly region: string;
  /** The new access key, if one was asked for; its secret cannot be read again. */
  readonly accessKey: ServerAccessKey | undefined;
}

/**
 * Prepares an AWS account for Mattermost Apps: the bucket, the user, group and policy with which the server invokes
 * functions, and the execution role of the functions. What exists is checked, and changed only with `create`.
 *
 * @throws AppsctlError NOT_FOUND or CONFLICT naming everything that is missing or misconfigured, unless it may be
 *   created; LIMIT when the user has two access keys already; ACCESS_DENIED, CREDENTIALS, NETWORK and SERVICE for
 *   requests that failed; USAGE for an invalid option; INTERRUPTED
 */
export async function init(options: InitOptions): Promise<InitResult> {
  const { planned, ports, userName, region } = await check(options, options.create ?? false);
  await options.beforeChanges?.();
  const { accessKey, ...prepared } = await planned.apply();
  const result = { ...prepared, region };
  if (accessKey === undefined) return { ...result, accessKey };
  const revoke = (): Promise<void> => ports.accessKeys.delete(userName, accessKey.id);
  return { ...result, accessKey: { ...accessKey, revoke } };
}

/**
 * Plans what {@link init} with `create` does. Changes nothing.
 *
 * @throws AppsctlError as {@link init} does before it changes something
 */
export async function planInit(options: PlanInitOptions): Promise<AccountPlan> {
  const { planned } = await check(options, true);
  return { changes: planned.changes };
}

async function check(
  options: PlanInitOptions,
  create: boolean,
): Promise<{ planned: CheckedAccount; ports: InitPorts; userName: string; region: string }> {
  const context = await resolveNetwork(options);
  const { userName = DEFAULT_NAMES.user, groupName = DEFAULT_NAMES.group } = options;
  const { policyName = DEFAULT_NAMES.policy, executionRoleName = DEFAULT_NAMES.executionRole } = options;
  const { createAccessKey = false, permissionsBoundary } = options;
  const { vocabulary } = context;
  checkIamName(vocabulary.user, userName, 'user');
  checkIamName(vocabulary.group, groupName, 'group');
  checkIamName(vocabulary.policy, policyName, 'policy');
  checkIamName(vocabulary.executionRole, executionRoleName, 'role');
  checkPolicyArn(vocabulary.permissionsBoundary, permissionsBoundary);
  const [{ prepareInit }, ports] = await Promise.all([
    import('../operations/init/init.js'),
    openPorts(context),
  ]);
  const { region } = context.connection;
  const settings = {
    region,
    ...{ userName, groupName, policyName, executionRoleName },
    ...{ create, createAccessKey, permissionsBoundary },
  };
  return { planned: await prepareInit(settings, ports), ports, userName, region };
}

async function openPorts(context: NetworkContext): Promise<InitPorts> {
  const { connection, bucket, clock, signal, onEvent, vocabulary } = context;
  const [iam, { StsIdentity }, { S3BucketSetup }] = await Promise.all([
    openIam(context),
    import('../aws/sts/sts-identity.js'),
    import('../aws/s3/s3-bucket-setup.js'),
  ]);
  return {
    identity: new StsIdentity(connection),
    ...iam,
    openBucket: (accountId) => new S3BucketSetup(connection, bucket, accountId),
    ...{ clock, signal, onEvent, vocabulary },
  };
}

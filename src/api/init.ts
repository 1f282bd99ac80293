import type { AwsAccessKey } from '../core/aws/access-key.js';
import { tagsProblem } from '../core/aws/function-limits.js';
import { isIamPath, isKmsKeyArn } from '../core/aws/valid-names.js';
import type { Change } from '../core/deploy/changes.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { Vocabulary } from '../core/diagnostics/vocabulary.js';
import type { ServerKey } from '../core/init/settings.js';
import type { NewAccessKey } from '../core/ports/iam.js';
import type { CheckedAccount } from '../operations/init/init.js';
import type { InitPorts } from '../operations/init/ports.js';
import type { NewKeyAccount, PreparedAccount } from '../operations/init/prepared-account.js';
import { invalidOption } from './connection.js';
import { type InitCallbacks, openInitPorts, openStore } from './init-ports.js';
import { type NameOptions, resolveNames } from './name-options.js';
import { checkPolicyArn, checkSecretArn, type NetworkOptions, resolveNetwork } from './network-options.js';

export type { NewKeyAccount, PreparedAccount };

/** Options of {@link planInit}. */
export interface InitPlanOptions extends NetworkOptions, NameOptions {
  /**
   * Whether an access key for the server is created.
   *
   * @default false
   */
  readonly createAccessKey?: boolean | undefined;
  /**
   * Whether the access key of the server is replaced: a new one is created and tested, and the one that was there is
   * disabled. A server that still uses that one loses its access to AWS; see `confirmKeyChange`.
   *
   * @default false
   */
  readonly rotateAccessKey?: boolean | undefined;
  /**
   * With `rotateAccessKey`, whether the replaced key is deleted instead. Otherwise, whether all access keys of the user
   * but `serverKey` are deleted, once that has been tested.
   *
   * @default false
   */
  readonly deleteOldKey?: boolean | undefined;
  /**
   * The access key that the server uses, which tells it apart from another one.
   *
   * @default the one in `environmentFile`
   */
  readonly serverKey?: AwsAccessKey | undefined;
  /**
   * A file into which the server's variables are written, in the form of systemd's EnvironmentFile, readable by its owner
   * alone. Its other lines are kept.
   *
   * @default none
   */
  readonly environmentFile?: string | undefined;
  /**
   * The ARN of a secret of AWS Secrets Manager whose value becomes the server's variables, as JSON. Only with a new access
   * key, and not together with `environmentFile`.
   *
   * @default none
   */
  readonly secretArn?: string | undefined;
  /**
   * The ARN of the permissions boundary for a user and a role that `init` creates.
   *
   * @default none
   */
  readonly permissionsBoundary?: string | undefined;
  /**
   * The path of a user, group, policy and role that `init` creates, such as /mattermost/.
   *
   * @default /
   */
  readonly path?: string | undefined;
  /**
   * The tags of a user, policy, role and bucket that `init` creates.
   *
   * @default none
   */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /**
   * The ARN of the KMS key that encrypts a bucket that `init` creates. The policy allows the server to decrypt with it.
   *
   * @default the bucket is encrypted with a key of Amazon S3
   */
  readonly kmsKey?: string | undefined;
}

/** Options of {@link init}. */
export interface InitOptions extends InitPlanOptions {
  /**
   * Whether what is missing is created; without it, that is an error.
   *
   * @default false
   */
  readonly create?: boolean | undefined;
  /**
   * Called with a new access key as soon as it exists: the place to save its secret. What it throws deletes the key. Not
   * together with `environmentFile` or `secretArn`.
   */
  readonly saveAccessKey?: ((account: NewKeyAccount) => void | Promise<void>) | undefined;
  /**
   * Called before access keys are disabled or deleted, which a server that uses one of them notices at once. False leaves
   * them as they are.
   *
   * @default they are disabled or deleted
   */
  readonly confirmKeyChange?:
    | ((ids: readonly string[], change: 'disable' | 'delete') => boolean | Promise<boolean>)
    | undefined;
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
export interface InitResult extends Omit<PreparedAccount, 'accessKey'> {
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
  const { saveAccessKey, confirmKeyChange, beforeChanges } = options;
  const { planned, ports, userName } = await check(options, options.create ?? false, {
    saveAccessKey: saveAccessKey && (async (account) => saveAccessKey(account)),
    confirmKeyChange: confirmKeyChange && (async (ids, change) => confirmKeyChange(ids, change)),
  });
  await beforeChanges?.();
  const { accessKey, ...result } = await planned.apply();
  if (accessKey === undefined) return { ...result, accessKey };
  const revoke = (): Promise<void> => ports.accessKeys.delete(userName, accessKey.id);
  return { ...result, accessKey: { ...accessKey, revoke } };
}

/**
 * Plans what {@link init} with `create` does. Changes nothing.
 *
 * @throws AppsctlError as {@link init} does before it changes something
 */
export async function planInit(options: InitPlanOptions): Promise<AccountPlan> {
  const { planned } = await check(options, true, { saveAccessKey: undefined, confirmKeyChange: undefined });
  return { changes: planned.changes };
}

async function check(
  options: InitPlanOptions,
  create: boolean,
  callbacks: InitCallbacks,
): Promise<{ planned: CheckedAccount; ports: InitPorts; userName: string }> {
  const context = await resolveNetwork(options);
  const { createAccessKey = false, rotateAccessKey = false, deleteOldKey = false } = options;
  const { vocabulary } = context;
  const names = resolveNames(options, vocabulary);
  checkPolicyArn(vocabulary.permissionsBoundary, options.permissionsBoundary);
  checkSecretArn(vocabulary.secret, options.secretArn);
  checkNewEntities(options);
  if (createAccessKey && (rotateAccessKey || deleteOldKey)) {
    const other = rotateAccessKey ? vocabulary.rotateAccessKey : vocabulary.deleteOldKey;
    throw new AppsctlError('USAGE', `${vocabulary.createAccessKey} and ${other} exclude each other`);
  }
  checkStore(options, vocabulary);
  const store = await openStore(options, context);
  const [{ prepareInit }, ports] = await Promise.all([
    import('../operations/init/init.js'),
    openInitPorts(options, context, store, callbacks),
  ]);
  const settings = {
    region: context.connection.region,
    ...names,
    ...{ create, createAccessKey, rotateAccessKey, deleteOldKey },
    serverKey: store?.serverKey ?? toServerKey(options.serverKey, vocabulary.serverKey),
    permissionsBoundary: options.permissionsBoundary,
    ...{ path: options.path ?? '/', tags: options.tags ?? {}, kmsKey: options.kmsKey },
  };
  return { planned: await prepareInit(settings, ports), ports, userName: names.userName };
}

/** @throws AppsctlError USAGE */
function checkStore(
  { environmentFile, secretArn, createAccessKey, rotateAccessKey }: InitPlanOptions,
  vocabulary: Vocabulary,
): void {
  if (secretArn === undefined) return;
  const { secret } = vocabulary;
  if (environmentFile !== undefined) {
    throw new AppsctlError('USAGE', `${vocabulary.environmentFile} and ${secret} exclude each other`);
  }
  if (createAccessKey || rotateAccessKey) return;
  throw new AppsctlError('USAGE', `${secret} needs a new access key`, {
    hint: `add ${vocabulary.createAccessKey} or ${vocabulary.rotateAccessKey}: the value of the secret is replaced as a whole`,
  });
}

/** @throws AppsctlError USAGE */
function checkNewEntities({ path = '/', tags = {}, kmsKey }: InitPlanOptions): void {
  if (!isIamPath(path)) throw invalidOption('path', path, 'a path such as /mattermost/');
  if (kmsKey !== undefined && !isKmsKeyArn(kmsKey))
    throw invalidOption('kmsKey', kmsKey, 'the ARN of a KMS key');
  const problem = tagsProblem(tags);
  if (problem !== undefined) throw new AppsctlError('USAGE', `tags: ${problem}`);
}

function toServerKey(key: AwsAccessKey | undefined, source: string): ServerKey | undefined {
  return key && { id: key.accessKeyId, secret: key.secretAccessKey, source };
}

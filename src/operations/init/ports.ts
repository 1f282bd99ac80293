import type { WaitContext } from '../../core/async/poll.js';
import type { Action } from '../../core/deploy/action.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import type {
  AccessKeyService,
  CallerIdentity,
  NewAccessKey,
  PolicyService,
  RoleService,
  UserService,
} from '../../core/ports/iam.js';
import type { BucketSetup } from '../../core/ports/s3.js';
import type { NewKeyAccount } from './prepared-account.js';

/** The services that `init` uses. */
export interface InitPorts extends WaitContext {
  readonly identity: CallerIdentity;
  readonly users: UserService;
  readonly roles: RoleService;
  readonly policies: PolicyService;
  readonly accessKeys: AccessKeyService;
  /** @param accountId the expected owner of the bucket: requests fail if another account owns it */
  openBucket(accountId: string): Promise<BucketSetup>;
  /** Where the server's variables are written; undefined if only the caller gets them. */
  readonly store: VariableStore | undefined;
  /**
   * Called with a new access key as soon as it exists. What it throws deletes the key.
   *
   * @param account what is prepared so far, which is everything but the keys that are replaced
   */
  readonly saveAccessKey: ((account: NewKeyAccount) => Promise<void>) | undefined;
  /** Tests that a key of the server works, waiting until AWS accepts it. */
  testServerKey(key: NewAccessKey): Promise<void>;
  /** Asks whether keys may be disabled or deleted, which ends the access of servers that use them; by default they may. */
  readonly confirmKeyChange:
    | ((ids: readonly string[], change: 'disable' | 'delete') => Promise<boolean>)
    | undefined;
  /** The caller's names of options and commands, for warnings. */
  readonly vocabulary: Vocabulary;
}

/** Something that keeps the variables of the Mattermost server. */
export interface VariableStore {
  readonly kind: 'environment file' | 'secret';
  readonly name: string;
  /** Whether {@link write} would create it, change it, or leave it as it is. */
  plan(variables: Readonly<Record<string, string>>): Action;
  /** Checks that it can be written. Called before the first change: nothing else has to be undone. */
  prepare(): Promise<void>;
  /** Writes the variables, completely or not at all. */
  write(variables: Readonly<Record<string, string>>): Promise<void>;
}

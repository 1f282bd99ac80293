import type { WaitContext } from '../../core/async/poll.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import type {
  AccessKeyService,
  CallerIdentity,
  PolicyService,
  RoleService,
  UserService,
} from '../../core/ports/iam.js';
import type { BucketSetup } from '../../core/ports/s3.js';

/** The services that `init` uses. */
export interface InitPorts extends WaitContext {
  readonly identity: CallerIdentity;
  readonly users: UserService;
  readonly roles: RoleService;
  readonly policies: PolicyService;
  readonly accessKeys: AccessKeyService;
  /** @param accountId the expected owner of the bucket: requests fail if another account owns it */
  openBucket(accountId: string): BucketSetup;
  /** The caller's names of options and commands, for warnings. */
  readonly words: Vocabulary;
}

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

/** The resources that `init` checks, and which of them it may create. */
export interface InitSettings {
  readonly userName: string;
  readonly groupName: string;
  readonly policyName: string;
  readonly executionRoleName: string;
  /** Whether to create missing resources and fix misconfigured ones; both are errors without it. */
  readonly create: boolean;
  readonly createAccessKey: boolean;
  /** The ARN of the permissions boundary of a user and a role that are created. */
  readonly permissionsBoundary: string | undefined;
}

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

import type { WaitContext } from '../../core/async/poll.js';
import type {
  AccessKeyService,
  CallerIdentity,
  PolicyService,
  RoleService,
  UserService,
} from '../../core/ports/iam.js';
import type { BucketSetup } from '../../core/ports/s3.js';

/** What `init` prepares, and what it may create for that. */
export interface InitSettings {
  readonly userName: string;
  readonly groupName: string;
  readonly policyName: string;
  readonly executionRoleName: string;
  /** Whether what does not exist is created; without it that is an error, and nothing is changed. */
  readonly create: boolean;
  readonly createAccessKey: boolean;
  /** The ARN of the policy that limits what a user and a role that are created can be allowed. */
  readonly permissionsBoundary: string | undefined;
}

/** What `init` talks to. */
export interface InitPorts extends WaitContext {
  readonly identity: CallerIdentity;
  readonly users: UserService;
  readonly roles: RoleService;
  readonly policies: PolicyService;
  readonly accessKeys: AccessKeyService;
  /** The bucket, as one that belongs to the account. */
  openBucket(accountId: string): BucketSetup;
}

import type { Account } from '../aws/arn.js';
import type { Policy } from '../policy/policy.js';
import type { Role } from '../policy/role.js';
import type { Group, User } from '../ports/iam.js';

/** The resources in the account that `init` checks; undefined if they do not exist. */
export interface InitState {
  readonly account: Account;
  readonly bucket: BucketState;
  readonly user: User | undefined;
  readonly group: Group | undefined;
  /** The ARNs of the policies that are attached to the group. */
  readonly groupPolicies: readonly string[];
  readonly policy: Policy | undefined;
  readonly role: Role | undefined;
  /** The ARNs of the policies that are attached to the role. */
  readonly rolePolicies: readonly string[];
}

export interface BucketState {
  readonly name: string;
  readonly exists: boolean;
  /** Whether its creation was interrupted before it was made private. */
  readonly isPartiallyCreated: boolean;
  /** Whether lifecycle rules remove abandoned uploads; also true when the deploy key is not allowed to read them. */
  readonly hasCleanupRules: boolean;
  /** The ARN of the customer managed KMS key that encrypts the objects. */
  readonly encryptionKey: string | undefined;
}

import type { IamNames } from '../defaults.js';
import type { NewAccessKey } from '../ports/iam.js';

/** The resources that `init` checks, and which of them it may create. */
export interface InitSettings extends IamNames {
  readonly region: string;
  /** Whether to create missing resources and fix misconfigured ones; both are errors without it. */
  readonly create: boolean;
  readonly createAccessKey: boolean;
  /** Whether to create an access key, and to disable the other ones once it works. */
  readonly rotateAccessKey: boolean;
  /** Whether to delete the other access keys of the user, instead of disabling them. */
  readonly deleteOldKey: boolean;
  /** The access key that the server uses, if it is known. */
  readonly serverKey: ServerKey | undefined;
  /** The path of a user, group, policy and role that are created: `/`, or a text between slashes. */
  readonly path: string;
  /** The tags of a user, policy, role and bucket that are created. */
  readonly tags: Readonly<Record<string, string>>;
  /** The ARN of the KMS key that encrypts a bucket that is created, and that the server may use. */
  readonly kmsKey: string | undefined;
  /** The ARN of the permissions boundary of a user and a role that are created. */
  readonly permissionsBoundary: string | undefined;
}

/** The access key that the server uses. */
export interface ServerKey extends NewAccessKey {
  /** Where it comes from, for messages. */
  readonly source: string;
}

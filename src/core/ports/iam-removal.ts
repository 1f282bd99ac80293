import type { IamIdentity } from '../policy/policy.js';

/** A user, group, role or customer managed policy. */
export type IamEntity =
  | IamIdentity
  | { readonly kind: 'policy'; readonly name: string; readonly arn: string };

/** What keeps an entity from being deleted; followed by its name, a noun phrase for messages. */
export type AttachmentKind =
  // of users
  | 'access key'
  | 'password'
  | 'signing certificate'
  | 'SSH key'
  | 'service-specific credential'
  | 'MFA device'
  | 'membership of group'
  // of groups
  | 'user'
  // of roles
  | 'instance profile'
  // of users, groups and roles
  | 'policy'
  | 'inline policy'
  // of policies
  | 'attachment to user'
  | 'attachment to group'
  | 'attachment to role'
  | 'permissions boundary of user'
  | 'permissions boundary of role'
  | 'version';

/** Something that must be removed before an entity can be deleted. */
export interface Attachment {
  readonly kind: AttachmentKind;
  /** A name, an ID, an ARN or a serial number; empty for a password. */
  readonly name: string;
}

/** An entity with everything that must be removed before it can be deleted. */
export interface AttachedEntity {
  readonly arn: string;
  /** In the order in which it should be removed. */
  readonly attachments: readonly Attachment[];
  /** The actions that the caller is not allowed, so that there may be more attachments. */
  readonly denied: readonly string[];
}

/** Deletes entities of IAM. IAM is eventually consistent: a read may return an older state for some seconds. */
export interface IamRemoval {
  /** Returns the ARNs of the customer managed policies with these names, whatever their paths. */
  locatePolicies(names: readonly string[]): Promise<string[]>;
  /** Returns what is attached to an entity; undefined when it does not exist. */
  findEntity(entity: IamEntity): Promise<AttachedEntity | undefined>;
  /** Removes an attachment; does nothing if it does not exist. */
  removeAttachment(entity: IamEntity, attachment: Attachment): Promise<void>;
  /**
   * Whether a version of a policy is still the default one. Unlike a read, the answer is never outdated: it comes from an
   * attempt to delete the version, which IAM refuses for the default one. Any other version is deleted.
   */
  isDefaultVersion(policyArn: string, version: number): Promise<boolean>;
  /**
   * Deletes an entity; does nothing if it does not exist.
   *
   * @returns what AWS says must be removed first; undefined when the entity is deleted
   */
  deleteEntity(entity: IamEntity): Promise<string | undefined>;
}

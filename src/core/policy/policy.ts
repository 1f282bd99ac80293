import type { PolicyDocument } from './policy-document.js';

/** A version of a managed policy. Versions are immutable. */
export interface PolicyVersion {
  /** 7 for `v7`. IAM increments it by one and never reuses a number. */
  readonly version: number;
  readonly document: PolicyDocument;
}

/** A managed policy with its default version, which is the one in effect. */
export interface Policy extends PolicyVersion {
  readonly name: string;
  readonly arn: string;
  /** All identities that it is attached to. */
  readonly attachedTo: readonly IamIdentity[];
  /** Only set when the policy was read for an update. */
  readonly versions?: PolicyVersions;
}

/** What an update must know about the versions of a policy. */
export interface PolicyVersions {
  /** The highest version number. Not the default version if an older version was made the default. */
  readonly latest: number;
  /**
   * The oldest version, if the policy has the maximum of 5 versions: it must be deleted before another one can be
   * added.
   */
  readonly deleteFirst?: number;
}

/** An identity that policies are attached to. */
export interface IamIdentity {
  readonly kind: 'user' | 'group' | 'role';
  readonly name: string;
}

/** Whether two references name the same identity. */
export function isSameIdentity(a: IamIdentity, b: IamIdentity): boolean {
  return a.kind === b.kind && a.name === b.name;
}

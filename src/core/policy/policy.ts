import type { PolicyDocument } from './policy-document.js';

/** A version of a managed policy. Versions never change. */
export interface PolicyVersion {
  /** 7 for `v7`. IAM counts up by one and never gives a number twice. */
  readonly version: number;
  readonly document: PolicyDocument;
}

/** A managed policy with its default version, which is the one in force. */
export interface Policy extends PolicyVersion {
  readonly name: string;
  readonly arn: string;
  /** Everybody that it is attached to. */
  readonly attachedTo: readonly IamIdentity[];
  /** Only in what was read for an update. */
  readonly versions?: PolicyVersions;
}

/** Which versions of a policy there are. */
export interface PolicyVersions {
  /** The highest number; not that of the default version if somebody went back to an older one. */
  readonly latest: number;
  /** The oldest one, if there are as many as IAM keeps: it must go before another one can be added. */
  readonly deleteFirst?: number;
}

/** Somebody that policies are attached to. */
export interface IamIdentity {
  readonly kind: 'user' | 'group' | 'role';
  readonly name: string;
}

export function isSameIdentity(a: IamIdentity, b: IamIdentity): boolean {
  return a.kind === b.kind && a.name === b.name;
}

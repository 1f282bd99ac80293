import type { IamIdentity, Policy, PolicyVersion } from '../policy/policy.js';
import type { PolicyDocument } from '../policy/policy-document.js';
import type { Role } from '../policy/role.js';

export interface User {
  readonly arn: string;
  /** Undefined when they may not be listed. */
  readonly accessKeyIds: readonly string[] | undefined;
}

export interface Group {
  readonly arn: string;
  readonly userNames: readonly string[];
}

/** An access key at the only moment when its secret can be known. */
export interface NewAccessKey {
  readonly id: string;
  readonly secret: string;
}

/** How many more policies IAM allows. */
export interface PolicyQuotas {
  /** Policies of the account. */
  readonly policies: number;
  /** Policies attached to the holder. */
  readonly attachments: number;
}

export interface FindPolicyOptions {
  readonly known?: PolicyVersion | undefined;
  readonly forUpdate?: boolean;
}

/** Managed policies of an account. */
export interface PolicyService {
  /**
   * A policy as IAM shows it now, which may be an older state for some seconds after a change.
   *
   * @param options.known a version whose document need not be read again: versions never change
   * @param options.forUpdate whether to look which version must go before another one can be added
   */
  findPolicy(arn: string, options?: FindPolicyOptions): Promise<Policy | undefined>;
  /** The ARN of a policy whose path is not known, found among all policies of the account. */
  locatePolicy(name: string): Promise<string | undefined>;
  /**
   * @returns undefined when there already is a policy of the name
   */
  createPolicy(arn: string, document: PolicyDocument): Promise<Policy | undefined>;
  /**
   * Makes a document the policy's default version. The version that must go first is deleted.
   *
   * @param policy as read for an update
   * @returns the number of the new version; undefined when somebody else changed the versions at the same time
   */
  addVersion(policy: Policy, document: PolicyDocument): Promise<number | undefined>;
  /** A version of a policy; undefined when there is none, or IAM does not show it yet. */
  findVersion(policy: Policy, version: number): Promise<PolicyVersion | undefined>;
  attachPolicy(policyArn: string, holder: IamIdentity): Promise<void>;
  /** The ARNs of the policies that somebody has. */
  attachedPolicies(holder: IamIdentity): Promise<string[]>;
  /** Undefined when they may not be read. */
  policyQuotas(holder: IamIdentity): Promise<PolicyQuotas | undefined>;
}

/** Users and groups of an account. */
export interface UserService {
  findUser(name: string): Promise<User | undefined>;
  /** @param boundary the ARN of the policy that limits what the user can be allowed */
  createUser(name: string, boundary?: string): Promise<User>;
  findGroup(name: string): Promise<Group | undefined>;
  createGroup(name: string): Promise<Group>;
  addUserToGroup(user: string, group: string): Promise<void>;
}

/** Roles of an account. */
export interface RoleService {
  findRole(name: string): Promise<Role | undefined>;
  /** @param boundary the ARN of the policy that limits what the role can be allowed */
  createRole(name: string, trustPolicy: PolicyDocument, boundary?: string): Promise<Role>;
}

/** Access keys of users. */
export interface AccessKeyService {
  /** Creates a key; never repeated blindly, because a lost answer would leave a key whose secret nobody knows. */
  create(user: string): Promise<NewAccessKey>;
  /** Deletes a key; there need not be one. */
  delete(user: string, id: string): Promise<void>;
}

/** Says whose credentials requests are signed with. */
export interface CallerIdentity {
  /** The ARN of the user or role, which also shows account and partition. */
  arn(): Promise<string>;
}

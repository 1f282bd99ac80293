import type { IamIdentity, Policy, PolicyVersion } from '../policy/policy.js';
import type { PolicyDocument } from '../policy/policy-document.js';
import type { Role } from '../policy/role.js';

/** An IAM user. */
export interface User {
  readonly arn: string;
  /** Its access keys; undefined without permission to list them. */
  readonly accessKeys: readonly AccessKey[] | undefined;
}

/** An access key of a user. */
export interface AccessKey {
  readonly id: string;
  /** An inactive one is refused until it is made active again. */
  readonly isActive: boolean;
}

/** An IAM group. */
export interface Group {
  readonly arn: string;
  readonly userNames: readonly string[];
}

/** A new access key. AWS returns the secret only once. */
export interface NewAccessKey {
  readonly id: string;
  readonly secret: string;
}

/** Remaining IAM quotas. */
export interface PolicyQuotas {
  /** The number of managed policies that can still be created in the account. */
  readonly policies: number;
  /** The number of managed policies that can still be attached to the identity. */
  readonly attachments: number;
}

/** Options of {@link PolicyService.findPolicy}. */
export interface FindPolicyOptions {
  /**
   * A version that was read before. If it is still the default version, its document is not read again: versions are
   * immutable.
   */
  readonly known?: PolicyVersion | undefined;
  /** Whether to read {@link Policy.versions} as well, which {@link PolicyService.addVersion} needs. */
  readonly forUpdate?: boolean;
}

/**
 * The managed policies of an account. IAM is eventually consistent: a read may return an older state for some seconds.
 */
export interface PolicyService {
  /** Returns a policy, or undefined when it does not exist. */
  findPolicy(arn: string, options?: FindPolicyOptions): Promise<Policy | undefined>;
  /**
   * Searches all policies of the account for a name, whatever its path. Returns the ARN, or undefined when there is
   * none.
   */
  locatePolicy(name: string): Promise<string | undefined>;
  /** Creates a policy. Returns undefined when a policy of that name already exists. */
  createPolicy(
    arn: string,
    document: PolicyDocument,
    entity?: Pick<NewEntity, 'tags'>,
  ): Promise<Policy | undefined>;
  /**
   * Adds a version to a policy and makes it the default version. Deletes `policy.versions.deleteFirst` if that is set.
   *
   * @param policy as read with `forUpdate`
   * @returns the number of the new version; undefined when the versions were changed concurrently
   */
  addVersion(policy: Policy, document: PolicyDocument): Promise<number | undefined>;
  /** Returns a version of a policy; undefined when it does not exist or is not visible yet. */
  findVersion(policy: Policy, version: number): Promise<PolicyVersion | undefined>;
  /** Attaches a policy to an identity; does nothing if it is already attached. */
  attachPolicy(policyArn: string, identity: IamIdentity): Promise<void>;
  /** Returns the ARNs of the managed policies that are attached to an identity. */
  attachedPolicies(identity: IamIdentity): Promise<string[]>;
  /** Returns the remaining quotas; undefined without permission to read them. */
  policyQuotas(identity: IamIdentity): Promise<PolicyQuotas | undefined>;
}

/** What a new user, role or policy gets besides its name. */
export interface NewEntity {
  /** Its path; `/` by default. */
  readonly path?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** The ARN of its permissions boundary, which a policy cannot have. */
  readonly boundary?: string | undefined;
}

/** The users and groups of an account. */
export interface UserService {
  /** Returns a user, or undefined when it does not exist. */
  findUser(name: string): Promise<User | undefined>;
  /** Creates a user. */
  createUser(name: string, entity?: NewEntity): Promise<User>;
  /** Returns a group, or undefined when it does not exist. */
  findGroup(name: string): Promise<Group | undefined>;
  /** Creates a group without users. */
  createGroup(name: string, path?: string): Promise<Group>;
  /** Adds a user to a group; does nothing if it is already a member. */
  addUserToGroup(user: string, group: string): Promise<void>;
}

/** The roles of an account. */
export interface RoleService {
  /** Returns a role, or undefined when it does not exist. */
  findRole(name: string): Promise<Role | undefined>;
  /**
   * Creates a role.
   *
   * @param trustPolicy who can assume it
   */
  createRole(name: string, trustPolicy: PolicyDocument, entity?: NewEntity): Promise<Role>;
}

/** The access keys of users. */
export interface AccessKeyService {
  /**
   * Creates an access key. Does not retry after a lost response, which would leave a key with an unknown secret behind.
   */
  create(user: string): Promise<NewAccessKey>;
  /** Makes an access key inactive: requests with it are refused. */
  disable(user: string, id: string): Promise<void>;
  /** Deletes an access key; does nothing if it does not exist. */
  delete(user: string, id: string): Promise<void>;
}

/** The identity whose credentials sign the requests. */
export interface CallerIdentity {
  /** Returns the ARN of the user or role, which contains the partition and the account ID. */
  arn(): Promise<string>;
}

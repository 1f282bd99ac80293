import type { FunctionSpec, FunctionState } from './function-spec.js';
import type { Policy } from './invoke-policies.js';
import type { JsonObject } from './json/strict-json.js';
import type { Manifest } from './manifest/manifest.js';
import type { PolicyDocument } from './policy.js';

/** What putting a function came to. */
export interface PutFunctionResult {
  readonly outcome: 'created' | 'updated' | 'unchanged';
  readonly arn: string;
}

/** What a call of a function came to. */
export interface Invocation {
  /** The answer; when the function failed, AWS's description of that. */
  readonly payload: string;
  /** Set when the function itself failed: `Handled` or `Unhandled`. */
  readonly functionError: string | undefined;
}

/** The functions of an account in one region. */
export interface Functions {
  /** The function as it is, or undefined. */
  find(name: string): Promise<FunctionState | undefined>;
  /** The ARNs of all functions. */
  list(): Promise<string[]>;
  /**
   * Creates the function or makes it what the spec says, and waits until it can be called.
   *
   * @param current what {@link find} answered
   * @param role the role of the spec, to judge whether AWS may not know it yet
   */
  put(spec: FunctionSpec, current: FunctionState | undefined, role: Role): Promise<PutFunctionResult>;
  /** Calls the function and waits for its answer. */
  invoke(name: string, payload: string): Promise<Invocation>;
}

/** An object in a bucket. */
export interface StoredObject {
  readonly key: string;
  /** The bucket's digest of it: the MD5 in hex for objects that were put whole and are not encrypted with KMS. */
  readonly etag: string;
}

/** One bucket. */
export interface Bucket {
  readonly name: string;
  /** Whether it exists, is ours and in our region. Throws when it exists but cannot be used. */
  exists(): Promise<boolean>;
  /** Creates it: public access blocked, TLS only. */
  create(partition: string): Promise<void>;
  /** Whether its creation was cut short: it is empty and has no policy, and {@link protect} comes last. */
  isUnfinished(): Promise<boolean>;
  /** Blocks public access, and access without TLS. */
  protect(partition: string): Promise<void>;
  put(key: string, body: Uint8Array, contentType?: string): Promise<void>;
  /** The object's bytes; undefined when there is no such object. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** All objects whose keys begin so. */
  list(prefix: string): Promise<StoredObject[]>;
  /** Puts an object where there is none. Answers its etag, or undefined when there is one. */
  putIfAbsent(key: string, body: Uint8Array): Promise<string | undefined>;
  /** Replaces an object that is still the same. Answers the new etag, or undefined when it is not. */
  replaceIf(key: string, etag: string, body: Uint8Array): Promise<string | undefined>;
  /** Removes an object that is still the same; does nothing when it is not. */
  removeIf(key: string, etag: string): Promise<void>;
  /** The object's bytes and etag; undefined when there is no such object. */
  getWithEtag(key: string): Promise<{ body: Uint8Array; etag: string } | undefined>;
}

export interface User {
  readonly arn: string;
  readonly accessKeyIds: readonly string[];
}

export interface Group {
  readonly arn: string;
  readonly userNames: readonly string[];
  readonly policyArns: readonly string[];
}

export interface Role {
  readonly arn: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** An access key at the only moment when its secret can be known. */
export interface NewAccessKey {
  readonly id: string;
  readonly secret: string;
}

/** Users, groups, roles and policies of an account. */
export interface AccessManagement {
  findUser(name: string): Promise<User | undefined>;
  createUser(name: string): Promise<User>;
  findGroup(name: string): Promise<Group | undefined>;
  createGroup(name: string): Promise<Group>;
  addUserToGroup(user: string, group: string): Promise<void>;
  attachGroupPolicy(group: string, policyArn: string): Promise<void>;
  findRole(name: string): Promise<Role | undefined>;
  createRole(name: string, trustPolicy: PolicyDocument): Promise<Role>;
  /** The ARNs of the policies that a role has. */
  rolePolicies(role: string): Promise<string[]>;
  attachRolePolicy(role: string, policyArn: string): Promise<void>;
  /** The policies `{name}`, `{name}-2`, … that there are, in this order, as they are now. */
  findPolicies(name: string): Promise<Policy[]>;
  createPolicy(name: string, document: PolicyDocument): Promise<Policy>;
  /** The version of a policy that must go before a new one can come; undefined when there is room, or no such policy. */
  findSurplusVersion(policy: Policy): Promise<string | undefined>;
  /**
   * Makes the document the policy's default version.
   *
   * @param surplus the version to delete first
   * @returns the new version; undefined when it is not known whether there is one: then the policy must be read anew
   */
  replacePolicy(
    policy: Policy,
    document: PolicyDocument,
    surplus: string | undefined,
  ): Promise<string | undefined>;
  /** The version of a policy that counts. */
  defaultVersion(policy: Policy): Promise<string>;
  /** The names of the groups that have a policy. */
  policyGroups(policyArn: string): Promise<string[]>;
  /** Creates a key; never tried again blindly, because a lost answer would leave a key that nobody knows. */
  createAccessKey(user: string): Promise<NewAccessKey>;
}

/** An app as it is installed in Mattermost. */
export interface Installation {
  /** The manifest that it was installed with: its known fields only, and none of the app's secrets. */
  readonly manifest: JsonObject;
  /** How the server reaches it, such as `aws_lambda`. */
  readonly deployType: string;
  /** Whether an administrator has disabled it, so that no one can use it. */
  readonly isDisabled: boolean;
}

/** A Mattermost server with the Apps plugin. */
export interface Mattermost {
  readonly siteUrl: string;
  /** Throws unless the server can be reached, runs the Apps plugin and accepts the token as that of a system admin. */
  checkAccess(): Promise<void>;
  /** The manifest under which an app is listed; undefined only when the server says that it is not listed. */
  findListing(appId: string): Promise<JsonObject | undefined>;
  /** The app as it is installed; undefined only when the server says that it is not installed. */
  findInstallation(appId: string): Promise<Installation | undefined>;
  /** Lists the app, so that it can be installed. */
  list(manifest: Manifest): Promise<void>;
  /**
   * Installs a listed app, or installs it again.
   *
   * @param manifest the manifest under which it is listed
   */
  install(manifest: Manifest): Promise<void>;
}

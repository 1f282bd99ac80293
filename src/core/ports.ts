import type { ObjectDigest } from './content-digest.js';
import type { FieldChange, FunctionSpec, FunctionState } from './function-spec.js';
import type { JsonObject } from './json/strict-json.js';
import type { Manifest } from './manifest/manifest.js';
import type { Policy, PolicyHolder, PolicyVersion } from './policy.js';
import type { PolicyDocument } from './policy-document.js';

/** The outcome of a call to a function. */
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
  /** Whether there is a function, as far as can be known: one that may not be looked up, or that is being deleted, counts. */
  exists(name: string): Promise<boolean>;
  /** The ARNs of all functions. */
  list(): Promise<string[]>;
  /**
   * Creates a function and waits until it can be called.
   *
   * @returns false when there already is a function of the name
   */
  create(spec: FunctionSpec): Promise<boolean>;
  /** Changes the fields that differ, and waits until the function can be called. */
  update(spec: FunctionSpec, current: FunctionState, changes: readonly FieldChange[]): Promise<void>;
  /** Asks AWS whether it would accept new code for a function; changes nothing. Throws when it would not. */
  checkCodeUpdate(current: FunctionState, changes: readonly FieldChange[]): Promise<void>;
  /** Waits until a function can be called. */
  whenReady(name: string): Promise<void>;
}

/** Calls functions. */
export interface FunctionCaller {
  /** Calls the function and waits for its answer. */
  invoke(name: string, payload: string): Promise<Invocation>;
}

/** An object in a bucket. */
export interface StoredObject {
  readonly key: string;
  /** The MD5 in hex for objects that were put whole and are not encrypted with a KMS key; otherwise no digest of the content. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

/** Objects of a bucket. */
export interface ObjectReader {
  readonly name: string;
  /** The object's bytes; undefined when there is no such object. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** All objects whose keys begin with the prefix. */
  list(prefix: string): Promise<StoredObject[]>;
}

/** What a deployment does with objects of a bucket. */
export interface ObjectStore extends ObjectReader {
  put(key: string, body: Uint8Array, contentType: string): Promise<void>;
  /** What is known of an object's content; undefined when there is no such object, or we may not read it. */
  digest(key: string): Promise<ObjectDigest | undefined>;
}

/** An upload in parts that was not brought to its end. */
export interface UnfinishedUpload {
  readonly key: string;
  readonly uploadId: string;
}

/** Archives on their way to AWS Lambda. */
export interface UploadStore extends Pick<ObjectReader, 'list'> {
  /**
   * Removes an object; there need not be one.
   *
   * @param version the version to remove; where we may not, and without one, the object gets a delete marker in a bucket
   *   with versions
   */
  remove(key: string, version?: string): Promise<void>;
  /** The uploads that were begun and not ended whose keys begin with the prefix. */
  listUnfinished(prefix: string): Promise<UnfinishedUpload[]>;
  /** Removes the parts of an upload; there need not be any. */
  abort(upload: UnfinishedUpload): Promise<void>;
}

/** Objects that change only if they are still what somebody has seen. */
export interface ConditionalStore {
  readonly name: string;
  /** The object's bytes and ETag; undefined when there is no such object. */
  getWithEtag(key: string): Promise<{ body: Uint8Array; etag: string } | undefined>;
  /** Puts an object where there is none. Returns its ETag, or undefined when there is one. */
  putIfAbsent(key: string, body: Uint8Array): Promise<string | undefined>;
  /** Replaces an object that is still the same. Returns the new ETag, or undefined when it is not. */
  replaceIf(key: string, etag: string, body: Uint8Array): Promise<string | undefined>;
  /** Removes an object that is still the same; does nothing when it is not. */
  removeIf(key: string, etag: string): Promise<void>;
}

/** A bucket as `init` prepares it. */
export interface BucketSetup {
  readonly name: string;
  /** Whether it exists, belongs to the account and is in our region. Throws when it exists but cannot be used. */
  exists(): Promise<boolean>;
  /** Creates it: public access blocked, TLS only. */
  create(partition: string): Promise<void>;
  /** Whether its creation was cut short: it is empty and has no policy, and {@link protect} comes last. */
  isPartiallyCreated(): Promise<boolean>;
  /** Blocks public access, and access without TLS. */
  protect(partition: string): Promise<void>;
  /** Whether it removes what killed deployments leave behind; undefined when we may not see. */
  hasCleanupRules(): Promise<boolean | undefined>;
  /** The ARN of the customer managed key that encrypts its objects by default; undefined when there is none, or we may not see. */
  encryptionKey(): Promise<string | undefined>;
  /** Adds the rules that remove what killed deployments leave behind; its other rules stay. Returns false when we may not. */
  addCleanupRules(): Promise<boolean>;
}

export interface User {
  readonly arn: string;
  /** Undefined when they may not be listed. */
  readonly accessKeyIds: readonly string[] | undefined;
}

export interface Group {
  readonly arn: string;
  readonly userNames: readonly string[];
}

export interface Role {
  readonly arn: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Who may assume it; undefined when it cannot be understood. */
  readonly trustPolicy: PolicyDocument | undefined;
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
export interface Policies {
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
  attachPolicy(policyArn: string, holder: PolicyHolder): Promise<void>;
  /** The ARNs of the policies that somebody has. */
  attachedPolicies(holder: PolicyHolder): Promise<string[]>;
  /** Undefined when they may not be read. */
  policyQuotas(holder: PolicyHolder): Promise<PolicyQuotas | undefined>;
}

/** Users and groups of an account. */
export interface Users {
  findUser(name: string): Promise<User | undefined>;
  /** @param boundary the ARN of the policy that limits what the user can be allowed */
  createUser(name: string, boundary?: string): Promise<User>;
  findGroup(name: string): Promise<Group | undefined>;
  createGroup(name: string): Promise<Group>;
  addUserToGroup(user: string, group: string): Promise<void>;
}

/** Roles of an account. */
export interface Roles {
  findRole(name: string): Promise<Role | undefined>;
  /** @param boundary the ARN of the policy that limits what the role can be allowed */
  createRole(name: string, trustPolicy: PolicyDocument, boundary?: string): Promise<Role>;
}

/** Access keys of users. */
export interface AccessKeys {
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

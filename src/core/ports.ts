import type { Manifest } from './manifest/manifest.js';
import type { PolicyDocument } from './policy.js';

/** What a function on AWS should be. */
export interface FunctionSpec {
  readonly name: string;
  readonly handler: string;
  readonly runtime: string;
  readonly roleArn: string;
  /** SHA-256 of the archive, in base64, as AWS states it. */
  readonly codeSha256: string;
}

/** What a function on AWS is. */
export interface FunctionState extends FunctionSpec {
  readonly arn: string;
}

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
  /**
   * Creates the function or makes it what the spec says, and waits until it can be called.
   *
   * @param current what {@link find} answered
   * @param archive reads the code; called only when it is sent
   */
  put(
    spec: FunctionSpec,
    current: FunctionState | undefined,
    archive: () => Promise<Uint8Array>,
  ): Promise<PutFunctionResult>;
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
  put(key: string, body: Uint8Array, contentType?: string): Promise<void>;
  /** The object's bytes; undefined when there is no such object. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** All objects whose keys begin so. */
  list(prefix: string): Promise<StoredObject[]>;
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
  readonly policyArns: readonly string[];
}

export interface Policy {
  readonly arn: string;
  readonly document: PolicyDocument;
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
  /** The role without its policies when only its ARN matters. */
  findRole(name: string): Promise<Role | undefined>;
  createRole(name: string, trustPolicy: PolicyDocument): Promise<Role>;
  attachRolePolicy(role: string, policyArn: string): Promise<void>;
  findPolicy(name: string): Promise<Policy | undefined>;
  createPolicy(name: string, document: PolicyDocument): Promise<Policy>;
  /** Makes the document the policy's default version; the oldest other version goes when there are five. */
  replacePolicy(policy: Policy, document: PolicyDocument): Promise<void>;
  /** Creates a key; never tried twice, because a lost answer would leave a key that nobody knows. */
  createAccessKey(user: string): Promise<NewAccessKey>;
}

/** A Mattermost server with the Apps plugin. */
export interface Mattermost {
  readonly siteUrl: string;
  /** Throws when the server cannot be reached or does not take the token as that of a system admin. */
  checkAccess(): Promise<void>;
  /** Lists the app, so that it can be installed. */
  list(manifest: Manifest): Promise<void>;
  /** Installs a listed app. */
  install(appId: string): Promise<void>;
}

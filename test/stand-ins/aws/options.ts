/** The public types of the local AWS, exported by `index.ts`. */
import type { Group, InstanceProfile, MfaDevice, Policy, Role, User } from './iam-model.js';
import type { LayerVersion } from './lambda-layers.js';
import type { StoredFunction } from './lambda-model.js';
import type { LogGroup } from './log-model.js';
import type { Bucket } from './s3-model.js';
import type { Secret } from './secrets.js';
import type { WebIdentity } from './sessions.js';

export interface LocalAwsOptions {
  /** 0, the default, chooses a free port. */
  port?: number;
  /** The one region in which buckets and functions live; default `us-east-1`. */
  region?: string;
  /** Twelve digits; default `123456789012`. */
  accountId?: string;
  /** The partition of all ARNs; default `aws`. */
  partition?: string;
  /** At most this many entries on every page; by default AWS's sizes (IAM 100, Lambda 50, S3 1000). */
  pageSize?: number;
  /** Starts with a copy of everything this one stores, except its administrator. */
  like?: LocalAws;
  /** The server's clock, in milliseconds since 1970; by default the machine's. */
  clock?: { now(): number };
  /** How many bytes of a body the server reads per second, on its own clock only: no test waits. */
  bytesPerSecond?: number;
  iam?: {
    /** The number of reads of IAM after each change that return the state before it. */
    staleReads?: number;
    /** The quota of customer managed policies; default 1,500. */
    policiesQuota?: number;
  };
  lambda?: {
    /** The number of GetFunction and GetFunctionConfiguration responses after a create that say Pending. */
    pendingReads?: number;
    /** The number of these responses after an update that say InProgress. */
    inProgressReads?: number;
    /** The number of times that each new role is refused as "cannot be assumed by Lambda". */
    roleRefusals?: number;
    /** The number of GetFunction and GetFunctionConfiguration responses after a create that are 404. */
    missingReads?: number;
    /** The number of these responses after a delete that say Deleting. */
    deletingReads?: number;
    /** IDs of subnets and security groups that do not exist; all others do. */
    missingVpcIds?: readonly string[];
    /** The date for which runtimes are checked, as an ISO date; default `2026-11-24`. */
    today?: string;
    /**
     * The number of requests per second that are accepted, except Invoke; GetFunction then has a separate rate of 100.
     * Others get TooManyRequestsException. Unlimited by default.
     */
    requestsPerSecond?: number;
    /** Called and awaited between Lambda's check of an object in S3 and its read, to delete or change the object. */
    whileCodeIsRead?: (code: {
      bucket: string;
      key: string;
      version: string | undefined;
    }) => void | Promise<void>;
  };
  logs?: {
    /** The number of empty pages before the first page of events, as of a search that takes AWS long. */
    emptyPages?: number;
  };
  s3?: {
    /** The number of requests to a new bucket that get NoSuchBucket. */
    missingRequests?: number;
    /** The number of CreateBucket requests that get OperationAborted. */
    createConflicts?: number;
    /** The error for a bucket in another region; default PermanentRedirect. The last one names it only in its body. */
    otherRegion?: 'PermanentRedirect' | 'IllegalLocationConstraintException' | 'AuthorizationHeaderMalformed';
    /** The number of PUTs of objects that can be in flight; more get SlowDown. Unlimited by default. */
    slowDownAbove?: number;
  };
  /** Buckets of other accounts, and of other regions. */
  others?: readonly OtherBucket[];
  /** Sees each request after it was parsed and authenticated, before it acts; may return a fault. */
  intercept?: (request: ObservedRequest) => Fault | undefined | Promise<Fault | undefined>;
}

export interface OtherBucket {
  bucket: string;
  /** The account id of its owner; this account's for an own bucket in another region. */
  accountId: string;
  /** Whether its bucket policy lets this account read and write objects. */
  letsIn: boolean;
  /** By default the region of this local AWS. */
  region?: string;
}

export type ServiceName = 'iam' | 'lambda' | 'logs' | 's3' | 'secretsmanager' | 'sts';

export interface ObservedRequest {
  /** Position in `LocalAws.requests`, from 0. */
  index: number;
  service: ServiceName;
  /** The SDK's name of the operation, such as `CreatePolicyVersion` or `PutObject`. */
  operation: string;
  /** The ARN that the request is about, `*` where there is none. */
  resource: string;
  accessKeyId: string;
  /** Length of the HTTP body as sent. */
  bodyBytes: number;
}

export type Fault =
  /** An error in the shape of the service's protocol. */
  | { kind: 'error'; status: number; code: string; message: string }
  /** The connection breaks before the request acted. */
  | { kind: 'resetBefore' }
  /** The connection breaks after the request acted: the response is lost. */
  | { kind: 'resetAfter' }
  /** Does not act and never responds. */
  | { kind: 'blackHole' }
  /** Acts, and responds with 200 and a body that cannot be parsed: the body that `garble` returns, if it is given. */
  | { kind: 'malformed'; garble?: (body: string) => string }
  /** Acts after this time. */
  | { kind: 'delay'; milliseconds: number }
  /**
   * A read returns the state before the last change that its service accepted. S3 is consistent except for buckets: one
   * that was just created is missing, settings are as before. All other requests act as usual.
   */
  | { kind: 'old' };

/** What the local AWS stores, by name; policies by ARN. */
export interface StoredState {
  readonly users: ReadonlyMap<string, User>;
  readonly groups: ReadonlyMap<string, Group>;
  readonly roles: ReadonlyMap<string, Role>;
  readonly policies: ReadonlyMap<string, Policy>;
  /** Virtual ones, by serial number. */
  readonly mfaDevices: ReadonlyMap<string, MfaDevice>;
  readonly instanceProfiles: ReadonlyMap<string, InstanceProfile>;
  readonly buckets: ReadonlyMap<string, Bucket>;
  readonly functions: ReadonlyMap<string, StoredFunction>;
  /** By the ARN of the version. */
  readonly layers: ReadonlyMap<string, LayerVersion>;
  readonly logGroups: ReadonlyMap<string, LogGroup>;
  /** By ARN. */
  readonly secrets: ReadonlyMap<string, Secret>;
}

export interface LocalAws {
  /** `http://127.0.0.1:PORT`, for all services. */
  endpoint: string;
  region: string;
  accountId: string;
  /** Credentials to which everything is allowed, like those of the root user. */
  admin: { accessKeyId: string; secretAccessKey: string };
  /** All authenticated requests so far, in order. */
  requests: readonly ObservedRequest[];
  /** Everything it stores, readable without a request. */
  stored: StoredState;
  /** A stored function. Tests may set any field. Throws if there is no function of this name. */
  function(name: string): StoredFunction;
  /** A stored bucket. Tests may set any field. Throws if there is no bucket of this name. */
  bucket(name: string): Bucket;
  /** A stored log group. Tests may set any field. Throws if there is no log group of this name. */
  logGroup(name: string): LogGroup;
  /** Lets all temporary credentials expire now. */
  expireSessions(): void;
  /** The code that an MFA device shows now, good for one AssumeRole. The next one makes it invalid. */
  newMfaCode(serialNumber: string): string;
  /** A token for AssumeRoleWithWebIdentity, as an identity provider issues it. */
  issueWebIdentityToken(identity: WebIdentity): string;
  /** Closes sockets, ends child processes and removes temporary folders. */
  stop(): Promise<void>;
}

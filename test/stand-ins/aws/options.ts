/** The public shapes of the local AWS; `index.ts` hands them on. */
import type { Group, Policy, Role, User } from './iam-model.js';
import type { StoredFunction } from './lambda-model.js';
import type { Bucket } from './s3-model.js';

export interface LocalAwsOptions {
  /** 0, the default, takes any free port. */
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
  /** How many bytes of a body the server reads per second, on its own clock only: nothing really waits. */
  bytesPerSecond?: number;
  iam?: {
    /** How many reads of IAM after each change are answered as before the change. */
    staleReads?: number;
    /** The quota of customer managed policies; default 1,500. */
    policiesQuota?: number;
  };
  lambda?: {
    /** How many GetFunction or GetFunctionConfiguration answers after a create still say Pending. */
    pendingReads?: number;
    /** How many of these answers after an update still say InProgress. */
    inProgressReads?: number;
    /** How many times each new role is refused as "cannot be assumed by Lambda". */
    roleRefusals?: number;
    /** How many GetFunction or GetFunctionConfiguration after a create answer 404. */
    missingReads?: number;
    /** How many of these answers after a delete still say Deleting. */
    deletingReads?: number;
    /** The date for which runtimes are checked, as an ISO date; default `2026-11-24`. */
    today?: string;
    /**
     * How many requests per second are accepted, except Invoke; GetFunction then has a rate of 100 of its own. The
     * others are answered TooManyRequestsException. Unlimited by default.
     */
    requestsPerSecond?: number;
    /** Called and awaited between Lambda's check of an object in S3 and its read, to delete or change the object. */
    whileCodeIsRead?: (code: {
      bucket: string;
      key: string;
      version: string | undefined;
    }) => void | Promise<void>;
  };
  s3?: {
    /** How many requests to a new bucket are answered NoSuchBucket. */
    missingRequests?: number;
    /** How many CreateBucket requests are answered OperationAborted. */
    createConflicts?: number;
    /** The error for a bucket in another region; default PermanentRedirect. */
    otherRegion?: 'PermanentRedirect' | 'IllegalLocationConstraintException';
    /** How many PUTs of objects can be in flight; more are answered SlowDown. Unlimited by default. */
    slowDownAbove?: number;
  };
  /** Buckets of other accounts, and of other regions. */
  others?: readonly OtherBucket[];
  /** Sees each request after it was parsed and authenticated, before it acts; may answer a fault. */
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

export type ServiceName = 'iam' | 'lambda' | 's3' | 'sts';

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
  /** The connection breaks after the request acted: the answer is lost. */
  | { kind: 'resetAfter' }
  /** Does not act and never answers. */
  | { kind: 'blackHole' }
  /** Acts, and answers 200 with a body that cannot be parsed: the true one as it is garbled here, if told. */
  | { kind: 'malformed'; garble?: (body: string) => string }
  /** Acts after this time. */
  | { kind: 'delay'; milliseconds: number }
  /**
   * A read is answered as before the last change that its service accepted. S3 is consistent except for buckets: one
   * that was just created is missing, settings are as before. All other requests act as usual.
   */
  | { kind: 'old' };

/** What the local AWS stores, by name; policies by ARN. */
export interface Kept {
  readonly users: ReadonlyMap<string, User>;
  readonly groups: ReadonlyMap<string, Group>;
  readonly roles: ReadonlyMap<string, Role>;
  readonly policies: ReadonlyMap<string, Policy>;
  readonly buckets: ReadonlyMap<string, Bucket>;
  readonly functions: ReadonlyMap<string, StoredFunction>;
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
  kept: Kept;
  /** A stored function. Tests may set any field. Throws if there is no function of this name. */
  function(name: string): StoredFunction;
  /** A stored bucket. Tests may set any field. Throws if there is no bucket of this name. */
  bucket(name: string): Bucket;
  /** Closes sockets, ends child processes and removes temporary folders. */
  stop(): Promise<void>;
}

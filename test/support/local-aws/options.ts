/** The public shapes of the local AWS; `index.ts` hands them on. */
import type { Group, Policy, Role, User } from './iam-model.js';
import type { StoredFunction } from './lambda-model.js';
import type { Bucket } from './s3-model.js';

export interface LocalAwsOptions {
  /** 0, the default, takes any free port. */
  port?: number;
  /** The one region in which buckets and functions live; `us-east-1` unless told. */
  region?: string;
  /** Twelve digits; `123456789012` unless told. */
  accountId?: string;
  /** Stands in every ARN that is answered; `aws` unless told. */
  partition?: string;
  /** At most this many entries on every page; AWS's own sizes unless told (IAM 100, Lambda 50, S3 1000). */
  pageSize?: number;
  /** Begins with a copy of what this one keeps, but for its administrator. */
  like?: LocalAws;
  /** Tells the server what time it is, in milliseconds since 1970; the machine's clock unless told. */
  clock?: { now(): number };
  /** How many bytes of a body the server takes in a second, by its own clock: nobody waits for it. */
  bytesPerSecond?: number;
  iam?: {
    /** After each change of IAM, so many reads of IAM are answered as before it. */
    staleReads?: number;
    /** How many policies of its own an account can have; 1,500 unless told. */
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
    /** The day on which Lambda judges runtimes, as an ISO date; `2026-11-24` unless told. */
    today?: string;
    /**
     * How many requests it takes in a second, Invoke apart; GetFunction then has 100 of its own. Those above are
     * answered TooManyRequestsException. Any number unless told.
     */
    requestsPerSecond?: number;
    /** Called and awaited between Lambda's look at an archive in S3 and its reading: the object may go or change. */
    whileCodeIsRead?: (code: {
      bucket: string;
      key: string;
      version: string | undefined;
    }) => void | Promise<void>;
  };
  s3?: {
    /** How many requests to a bucket after it was created answer NoSuchBucket. */
    missingRequests?: number;
    /** How many CreateBucket answer OperationAborted. */
    createConflicts?: number;
    /** What a request for a bucket in another region is answered; PermanentRedirect unless told. */
    otherRegion?: 'PermanentRedirect' | 'IllegalLocationConstraintException';
    /** How many objects can be put at once; those above are answered SlowDown. Any number unless told. */
    slowDownAbove?: number;
  };
  /** Buckets of other accounts, and of other regions. */
  others?: readonly OtherBucket[];
  /** Sees each request after it was parsed and authenticated, before it acts; may answer a fault. */
  intercept?: (request: ObservedRequest) => Fault | undefined | Promise<Fault | undefined>;
}

export interface OtherBucket {
  bucket: string;
  /** Of its owner; may be this account's, for a bucket in another region. */
  accountId: string;
  /** Whether its policy lets this account read and write objects. */
  letsIn: boolean;
  /** The region of this local AWS unless told. */
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
   * A read is answered as before the last change that its service accepted. S3 is consistent but for buckets: one that
   * was just created is missing, settings of a bucket are as before. Any other request acts as usual.
   */
  | { kind: 'old' };

/** What the local AWS keeps, by name; policies by ARN. */
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
  /** All that it keeps, to be looked at without a request. */
  kept: Kept;
  /** A stored function, of which a test may set everything. Throws where there is none of this name. */
  function(name: string): StoredFunction;
  /** A stored bucket, of which a test may set everything. Throws where there is none of this name. */
  bucket(name: string): Bucket;
  /** Closes sockets, ends child processes and removes temporary folders. */
  stop(): Promise<void>;
}

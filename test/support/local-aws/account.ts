import { randomBytes, randomInt } from 'node:crypto';
import { type Decision, decide, type Subject } from './authorization.js';
import type { Permission } from './exchange.js';
import type { AccessKey, Group, Policy, Role, User } from './iam-model.js';
import type { StoredFunction } from './lambda-model.js';
import type { Kept, LocalAwsOptions } from './options.js';
import { readPolicy } from './policy-document.js';
import type { Bucket } from './s3-model.js';

/** Everything that the local AWS remembers: one account with one region. */
export class Account {
  readonly region: string;
  readonly accountId: string;
  readonly partition: string;
  readonly pageSize: number | undefined;
  readonly lambda: { pendingReads: number; inProgressReads: number; roleRefusals: number };

  readonly users = new Map<string, User>();
  readonly groups = new Map<string, Group>();
  readonly roles = new Map<string, Role>();
  readonly policies = new Map<string, Policy>();
  readonly buckets = new Map<string, Bucket>();
  readonly functions = new Map<string, StoredFunction>();

  constructor(options: LocalAwsOptions) {
    this.region = options.region ?? 'us-east-1';
    this.accountId = options.accountId ?? '123456789012';
    this.partition = options.partition ?? 'aws';
    this.pageSize = options.pageSize;
    this.lambda = {
      pendingReads: options.lambda?.pendingReads ?? 0,
      inProgressReads: options.lambda?.inProgressReads ?? 0,
      roleRefusals: options.lambda?.roleRefusals ?? 0,
    };
  }

  /** Takes over copies of all that another one keeps. */
  takeOver(other: Kept): void {
    for (const name of ['users', 'groups', 'roles', 'policies', 'buckets', 'functions'] as const) {
      const own: Map<string, unknown> = this[name];
      for (const [key, value] of other[name]) own.set(key, copyOf(value));
    }
  }

  get rootArn(): string {
    return this.iamArn('root');
  }

  iamArn(resource: string): string {
    return `arn:${this.partition}:iam::${this.accountId}:${resource}`;
  }

  functionArn(name: string): string {
    return `arn:${this.partition}:lambda:${this.region}:${this.accountId}:function:${name}`;
  }

  /** A bucket, or an object in it. */
  s3Arn(resource: string): string {
    return `arn:${this.partition}:s3:::${resource}`;
  }

  /** Entries on one page: what the caller asked for, within AWS's limit and the one set for this run. */
  limit(asked: number | undefined, most: number): number {
    return Math.min(asked ?? most, most, this.pageSize ?? most);
  }

  findAccessKey(accessKeyId: string): { user: User; key: AccessKey } | undefined {
    for (const user of this.users.values()) {
      const key = user.accessKeys.find((candidate) => candidate.id === accessKeyId);
      if (key !== undefined) return { user, key };
    }
    return undefined;
  }

  /** Policies are read anew for each request: a change holds from the next request on. */
  decide(user: User, permission: Permission): Decision {
    const groups = [...this.groups.values()].filter((group) => group.members.has(user.name));
    const documents = [user, ...groups].flatMap((owner) => [
      ...owner.inline.values(),
      ...[...owner.attached].flatMap((arn) => this.defaultDocument(arn) ?? []),
    ]);
    const subject: Subject = {
      arn: user.arn,
      accountId: this.accountId,
      identity: documents.flatMap((text) => readPolicy(text, 'identity', this.partition)),
    };
    return decide(subject, permission, this.bucketPolicyFor(permission.resource));
  }

  private defaultDocument(policyArn: string): string | undefined {
    const policy = this.policies.get(policyArn);
    return policy?.versions.find((version) => version.id === policy.defaultVersion)?.document;
  }

  private bucketPolicyFor(resource: string): ReturnType<typeof readPolicy> {
    const name = resource.startsWith(this.s3Arn(''))
      ? resource.slice(this.s3Arn('').length).split('/')[0]
      : '';
    const policy = this.buckets.get(name ?? '')?.policy;
    return policy === undefined ? [] : readPolicy(policy, 'bucket', this.partition);
  }
}

/** Buffers and dates are never changed in place, so copies share them. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date || Buffer.isBuffer(value))
    return value;
  if (Array.isArray(value)) return value.map(copyOf);
  if (value instanceof Set) return new Set(value);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, copyOf(item)]));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)]));
}

const ID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An identifier in the form of IAM, such as AKIA for an access key, AIDA for a user. */
export function newId(prefix: string, letters = 17): string {
  return prefix + Array.from({ length: letters }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join('');
}

/** Forty characters, like a secret access key. */
export function newSecret(): string {
  return randomBytes(30).toString('base64');
}

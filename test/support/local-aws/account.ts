import { type Decision, decide, type Subject } from './authorization.js';
import { copyOf } from './copy.js';
import type { Operation, Permission } from './exchange.js';
import type { AccessKey, Group, Policy, Role, User } from './iam-model.js';
import type { StoredFunction } from './lambda-model.js';
import type { Kept, LocalAwsOptions } from './options.js';
import { readPolicy } from './policy-document.js';
import type { Bucket } from './s3-model.js';
import { type Settings, settingsOf } from './settings.js';

/** What a snapshot of an account consists of. */
export type Tables = Pick<Account, 'users' | 'groups' | 'roles' | 'policies' | 'buckets' | 'functions'>;
export type Snapshot<Name extends keyof Tables = keyof Tables> = Pick<Tables, Name>;

export const IAM_TABLES = ['users', 'groups', 'roles', 'policies'] as const;
const TABLES = [...IAM_TABLES, 'buckets', 'functions'] as const;

/** Everything that the local AWS remembers: one account with one region. */
export class Account {
  readonly region: string;
  readonly accountId: string;
  readonly partition: string;
  readonly pageSize: number | undefined;
  readonly iam: Settings['iam'];
  readonly lambda: Settings['lambda'];

  readonly users = new Map<string, User>();
  readonly groups = new Map<string, Group>();
  readonly roles = new Map<string, Role>();
  readonly policies = new Map<string, Policy>();
  readonly buckets = new Map<string, Bucket>();
  readonly functions = new Map<string, StoredFunction>();

  /** How many more reads of IAM are answered as before its last change. */
  private staleReadsLeft = 0;
  private readonly clock: { now(): number };
  private past: Partial<Tables> = {};

  constructor(options: LocalAwsOptions) {
    this.region = options.region ?? 'us-east-1';
    this.accountId = options.accountId ?? '123456789012';
    this.partition = options.partition ?? 'aws';
    this.pageSize = options.pageSize;
    this.clock = options.clock ?? Date;
    const settings = settingsOf(options);
    this.iam = settings.iam;
    this.lambda = settings.lambda;
  }

  /** The time by the clock of the server. */
  now(): Date {
    return new Date(this.clock.now());
  }

  /** Takes over copies of all that another one keeps. */
  takeOver(other: Kept): void {
    for (const name of TABLES) {
      const own: Map<string, unknown> = this[name];
      for (const [key, value] of other[name]) own.set(key, copyOf(value));
    }
  }

  /** These tables as they are now. Entries are shared: put a copy in for each one that is about to change. */
  snapshot<Name extends keyof Tables>(...names: readonly Name[]): Snapshot<Name> {
    return Object.fromEntries(
      names.map((name) => [name, new Map<string, unknown>(this[name])]),
    ) as unknown as Snapshot<Name>;
  }

  /** Keeps a snapshot as what there was before the last change. */
  remember(snapshot: Partial<Tables>): void {
    this.past = { ...this.past, ...snapshot };
    if (snapshot.users !== undefined) this.staleReadsLeft = this.iam.staleReads;
  }

  /** Whether this request is to be answered as before the last change of IAM; counts it. */
  takesStaleRead({ service, reads }: Operation): boolean {
    if (service !== 'iam' || !reads || this.staleReadsLeft === 0) return false;
    this.staleReadsLeft--;
    return true;
  }

  /** This account as each service would have shown it before the last change that it accepted. */
  before(): Account {
    return Object.assign(Object.create(this) as Account, this.past);
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

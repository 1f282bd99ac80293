import { type Decision, decide, type Subject } from './authorization.js';
import { copyOf } from './copy.js';
import type { Operation, Permission } from './exchange.js';
import type { AccessKey, Group, InstanceProfile, MfaDevice, Policy, Role, User } from './iam-model.js';
import type { LayerVersion } from './lambda-layers.js';
import type { StoredFunction } from './lambda-model.js';
import type { LogGroup } from './log-model.js';
import type { LocalAwsOptions, StoredState } from './options.js';
import { type PolicyKind, type PolicyStatement, readPolicy } from './policy-document.js';
import { LambdaRates } from './rates.js';
import type { Bucket } from './s3-model.js';
import type { Secret } from './secrets.js';
import { type RoleSession, Sessions } from './sessions.js';

import { type Settings, settingsOf } from './settings.js';

/** Everything stored in an account. */
export type Tables = Pick<Account, (typeof TABLES)[number]>;
export type Snapshot<Name extends keyof Tables = keyof Tables> = Pick<Tables, Name>;

export const IAM_TABLES = ['users', 'groups', 'roles', 'policies', 'mfaDevices', 'instanceProfiles'] as const;
/** The names of everything stored. */
export const TABLES = [...IAM_TABLES, 'buckets', 'functions', 'layers', 'logGroups', 'secrets'] as const;

const REMEMBERED_DOCUMENTS = 500;

/** The permissions of the root user, whom IAM policies do not restrict. */
const EVERYTHING: readonly PolicyStatement[] = [
  { effect: 'Allow', actions: undefined, resources: undefined, principals: undefined, conditions: [] },
];

/** Who has signed a request: a user, a session of a role, or neither for the root user. */
export interface Principal {
  user?: User | undefined;
  session?: RoleSession | undefined;
}

/** Everything that the local AWS remembers: one account with one region. */
export class Account {
  readonly region: string;
  readonly accountId: string;
  readonly partition: string;
  readonly pageSize: number | undefined;
  readonly iam: Settings['iam'];
  readonly lambda: Settings['lambda'];
  readonly logs: Settings['logs'];
  readonly s3: Settings['s3'];

  readonly users = new Map<string, User>();
  readonly groups = new Map<string, Group>();
  readonly roles = new Map<string, Role>();
  readonly policies = new Map<string, Policy>();
  readonly mfaDevices = new Map<string, MfaDevice>();
  readonly instanceProfiles = new Map<string, InstanceProfile>();
  readonly buckets = new Map<string, Bucket>();
  readonly functions = new Map<string, StoredFunction>();
  readonly layers = new Map<string, LayerVersion>();
  readonly logGroups = new Map<string, LogGroup>();
  readonly sessions = new Sessions(this);
  /** By ARN. */
  readonly secrets = new Map<string, Secret>();

  /** How many more reads of IAM are answered as before its last change. */
  private staleReadsLeft = 0;
  private readonly clock: { now(): number };
  readonly lambdaRates: LambdaRates;
  private createConflictsLeft: number;
  private past: Partial<Tables> = {};
  private readonly documents = new Map<string, PolicyStatement[]>();

  constructor(options: LocalAwsOptions) {
    this.region = options.region ?? 'us-east-1';
    this.accountId = options.accountId ?? '123456789012';
    this.partition = options.partition ?? 'aws';
    this.pageSize = options.pageSize;
    this.clock = options.clock ?? Date;
    const settings = settingsOf(options);
    this.iam = settings.iam;
    this.lambda = settings.lambda;
    this.logs = settings.logs;
    this.s3 = settings.s3;
    this.lambdaRates = new LambdaRates(settings.lambda.requestsPerSecond);
    this.createConflictsLeft = settings.s3.createConflicts;
  }

  /** The time by the server's clock. */
  now(): Date {
    return new Date(this.clock.now());
  }

  /** Copies everything that another one stores. */
  takeOver(other: StoredState): void {
    for (const name of TABLES) {
      const own: Map<string, unknown> = this[name];
      for (const [key, value] of other[name]) own.set(key, copyOf(value));
    }
  }

  /** These tables as they are now. Entries are shared: replace each one that is about to change with a copy. */
  snapshot<Name extends keyof Tables>(...names: readonly Name[]): Snapshot<Name> {
    return Object.fromEntries(
      names.map((name) => [name, new Map<string, unknown>(this[name])]),
    ) as unknown as Snapshot<Name>;
  }

  /** Stores a snapshot as the state before the last change. */
  remember(snapshot: Partial<Tables>): void {
    this.past = { ...this.past, ...snapshot };
    if (snapshot.users !== undefined) this.staleReadsLeft = this.iam.staleReads;
  }

  /** Whether this request is answered as before the last change of IAM; counts it. */
  takesStaleRead({ service, reads }: Operation): boolean {
    if (service !== 'iam' || !reads || this.staleReadsLeft === 0) return false;
    this.staleReadsLeft--;
    return true;
  }

  /** This account as each service saw it before the last change that it accepted. */
  before(): Account {
    return Object.assign(Object.create(this) as Account, this.past);
  }

  /** Whether this CreateBucket is aborted; counts it. */
  takesCreateConflict(): boolean {
    return this.createConflictsLeft > 0 && this.createConflictsLeft-- > 0;
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

  logGroupArn(name: string): string {
    return `arn:${this.partition}:logs:${this.region}:${this.accountId}:log-group:${name}`;
  }

  /** Without the random characters at its end. */
  secretArn(name: string): string {
    return `arn:${this.partition}:secretsmanager:${this.region}:${this.accountId}:secret:${name}`;
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

  /** Decides for a user or a session of a role, or for the root user. A changed policy applies from the next request on. */
  decide({ user, session }: Principal, permission: Permission): Decision {
    const role = session && this.roles.get(session.roleName);
    const owner = session === undefined ? user : role;
    const bucket = this.bucketOf(permission);
    const accountId = bucket?.owner ?? (permission.resource.split(':')[4] || this.accountId);
    const subject: Subject = {
      arn: session?.arn ?? user?.arn ?? this.rootArn,
      roleArn: role?.arn,
      accountId: this.accountId,
      identity:
        session === undefined ? this.identityOf(user) : this.statementsOf(role === undefined ? [] : [role]),
      boundary: owner?.boundary === undefined ? undefined : this.boundaryOf(owner.boundary),
    };
    const policy = bucket?.policy === undefined ? [] : this.statements(bucket.policy, 'bucket');
    return decide(subject, permission, { accountId, isBucket: bucket !== undefined, policy });
  }

  /** Decides for an execution role; its permissions boundary is not evaluated. */
  roleAllows(arn: string, permission: Permission): boolean {
    const role = [...this.roles.values()].find((candidate) => candidate.arn === arn);
    const identity = role === undefined ? [] : this.statementsOf([role]);
    const subject: Subject = {
      ...{ arn, roleArn: arn, accountId: this.accountId },
      ...{ identity, boundary: undefined },
    };
    const target = { accountId: this.accountId, isBucket: false, policy: [] };
    return decide(subject, permission, target).allowed;
  }

  private identityOf(user: User | undefined): readonly PolicyStatement[] {
    if (user === undefined) return EVERYTHING;
    const groups = [...this.groups.values()].filter((group) => group.members.has(user.name));
    return this.statementsOf([user, ...groups]);
  }

  private statementsOf(owners: readonly Pick<User, 'inline' | 'attached'>[]): PolicyStatement[] {
    const documents = owners.flatMap((owner) => [
      ...owner.inline.values(),
      ...[...owner.attached].flatMap((arn) => this.defaultDocument(arn) ?? []),
    ]);
    return documents.flatMap((text) => this.statements(text, 'identity'));
  }

  /** A boundary whose policy was deleted allows nothing. */
  private boundaryOf(policyArn: string): PolicyStatement[] {
    const text = this.defaultDocument(policyArn);
    return text === undefined ? [] : this.statements(text, 'identity');
  }

  private defaultDocument(policyArn: string): string | undefined {
    const policy = this.policies.get(policyArn);
    return policy?.versions.find((version) => version.id === policy.defaultVersion)?.document;
  }

  /** The bucket that a permission is about. */
  private bucketOf({ action, resource }: Permission): Bucket | undefined {
    const prefix = this.s3Arn('');
    if (action === 's3:CreateBucket' || !resource.startsWith(prefix)) return undefined;
    const [name = ''] = resource.slice(prefix.length).split('/');
    return this.buckets.get(name);
  }

  /** Parses a document once: each request needs it. */
  private statements(text: string, kind: PolicyKind): PolicyStatement[] {
    const name = `${kind} ${text}`;
    const known = this.documents.get(name);
    if (known !== undefined) return known;
    const statements = readPolicy(text, kind, this.partition);
    if (this.documents.size >= REMEMBERED_DOCUMENTS) this.documents.clear();
    this.documents.set(name, statements);
    return statements;
  }
}

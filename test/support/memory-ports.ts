import { createHash } from 'node:crypto';
import type { ProcessIdentity } from '../../src/core/async/process-identity.js';
import {
  type FieldChange,
  type FunctionSpec,
  type FunctionState,
  functionTarget,
} from '../../src/core/deploy/function-spec.js';
import type { StoredObject } from '../../src/core/deploy/stored-object.js';
import type { AppsctlEvent } from '../../src/core/diagnostics/event.js';
import type { IamIdentity, Policy, PolicyVersion } from '../../src/core/policy/policy.js';
import type { PolicyDocument } from '../../src/core/policy/policy-document.js';
import type { FindPolicyOptions, PolicyQuotas, PolicyService } from '../../src/core/ports/iam.js';
import type { FunctionService } from '../../src/core/ports/lambda.js';
import type {
  ConditionalStore,
  ObjectStore,
  UnfinishedUpload,
  UploadStore,
} from '../../src/core/ports/s3.js';
import { FakeClock } from './fake-clock.js';

const MAX_VERSIONS = 5;

interface StoredPolicy {
  versions: PolicyVersion[];
  /** The default version. */
  inForce: number;
  next: number;
  attachedTo: IamIdentity[];
}

/** Managed policies in memory. */
export class MemoryPolicies implements PolicyService {
  policies = new Map<string, StoredPolicy>();
  quotas: PolicyQuotas | undefined = { policies: 1000, attachments: 9 };
  /** The changes so far, such as `version p`. */
  readonly changes: string[] = [];
  /** So many reads after each change are answered as before it. */
  oldReads = 0;
  /** Runs before a change is made: somebody else may be faster. */
  beforeChange: (change: string) => void = () => {};
  /** Runs after a version was written: somebody else may undo it. */
  afterVersion: () => void = () => {};
  private before = new Map<string, StoredPolicy>();
  private oldReadsLeft = 0;

  /** Puts a policy there, as somebody else would. */
  put(arn: string, document: PolicyDocument, attachedTo: readonly IamIdentity[] = []): void {
    this.policies.set(arn, {
      versions: [{ version: 1, document }],
      inForce: 1,
      next: 2,
      attachedTo: [...attachedTo],
    });
  }

  /** Writes a version that is not put in force, as somebody else would. */
  draft(arn: string, document: PolicyDocument): void {
    const stored = this.stored(arn);
    stored.versions.push({ version: stored.next++, document });
  }

  /** Writes a version, as somebody else would. */
  write(arn: string, document: PolicyDocument): void {
    const stored = this.stored(arn);
    stored.inForce = stored.next;
    this.draft(arn, document);
    if (stored.versions.length > MAX_VERSIONS) stored.versions.shift();
  }

  documentOf(arn: string): PolicyDocument {
    return inForceOf(this.stored(arn)).document;
  }

  async findPolicy(arn: string, { forUpdate = false }: FindPolicyOptions = {}): Promise<Policy | undefined> {
    const stored = this.read().get(arn);
    if (stored === undefined) return undefined;
    const numbers = stored.versions.map(({ version }) => version);
    const oldest = Math.min(...numbers.filter((version) => version !== stored.inForce));
    return {
      ...inForceOf(stored),
      name: nameOf(arn),
      arn,
      attachedTo: stored.attachedTo,
      ...(forUpdate && {
        versions: {
          latest: Math.max(...numbers),
          ...(numbers.length === MAX_VERSIONS && { deleteFirst: oldest }),
        },
      }),
    };
  }

  async locatePolicy(name: string): Promise<string | undefined> {
    return [...this.read().keys()].find((arn) => nameOf(arn) === name);
  }

  async createPolicy(arn: string, document: PolicyDocument): Promise<Policy | undefined> {
    this.change(`create ${nameOf(arn)}`);
    // Names are unique, whatever the path.
    if ([...this.policies.keys()].some((other) => nameOf(other) === nameOf(arn))) return undefined;
    this.put(arn, document);
    return { name: nameOf(arn), arn, version: 1, document, attachedTo: [] };
  }

  async addVersion({ arn, versions }: Policy, document: PolicyDocument): Promise<number | undefined> {
    this.change(`version ${nameOf(arn)}`);
    const stored = this.stored(arn);
    stored.versions = stored.versions.filter(({ version }) => version !== versions?.deleteFirst);
    if (stored.versions.length === MAX_VERSIONS) return undefined;
    const version = stored.next;
    this.write(arn, document);
    this.afterVersion();
    return version;
  }

  async findVersion({ arn }: Policy, version: number): Promise<PolicyVersion | undefined> {
    return this.read()
      .get(arn)
      ?.versions.find((item) => item.version === version);
  }

  async attachPolicy(arn: string, holder: IamIdentity): Promise<void> {
    this.change(`attach ${nameOf(arn)} to ${holder.name}`);
    this.stored(arn).attachedTo.push(holder);
  }

  async attachedPolicies({ name }: IamIdentity): Promise<string[]> {
    return [...this.read()].flatMap(([arn, { attachedTo }]) =>
      attachedTo.some((holder) => holder.name === name) ? [arn] : [],
    );
  }

  async policyQuotas(): Promise<PolicyQuotas | undefined> {
    return this.quotas;
  }

  private stored(arn: string): StoredPolicy {
    const stored = this.policies.get(arn);
    if (stored === undefined) throw new Error(`there is no policy ${arn}`);
    return stored;
  }

  private change(name: string): void {
    this.beforeChange(name);
    this.changes.push(name);
    this.before = structuredClone(this.policies);
    this.oldReadsLeft = this.oldReads;
  }

  private read(): ReadonlyMap<string, StoredPolicy> {
    return this.oldReadsLeft-- > 0 ? this.before : this.policies;
  }
}

function inForceOf({ versions, inForce }: StoredPolicy): PolicyVersion {
  const found = versions.find(({ version }) => version === inForce);
  if (found === undefined) throw new Error(`there is no version ${inForce}`);
  return found;
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** A bucket in memory. */
export class MemoryBucket implements ObjectStore, ConditionalStore, UploadStore {
  readonly name = 'bucket';
  readonly objects = new Map<string, { body: Uint8Array; etag: string }>();
  unfinished: UnfinishedUpload[] = [];
  /** Whether ETags are the MD5 of the content; not in buckets that are encrypted with a KMS key. */
  areEtagsMd5 = true;
  /** Whether it says so although they are not, as other services than AWS may. */
  claimsMd5 = false;
  /** The keys of objects whose digest was asked for. */
  readonly digestsRead: string[] = [];
  /** Runs before an object is written or removed; may throw. */
  beforeChange: (change: string) => void = () => {};
  private writes = 0;

  async put(key: string, body: Uint8Array): Promise<void> {
    this.beforeChange(`put ${key}`);
    this.store(key, body);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.objects.get(key)?.body;
  }

  async list(prefix: string): Promise<StoredObject[]> {
    return [...this.objects].sort().flatMap(([key, { body }]) => {
      const md5 = createHash('md5').update(body).digest('hex');
      const etag = this.areEtagsMd5 ? md5 : 'f'.repeat(md5.length);
      return key.startsWith(prefix) ? [{ key, etag, size: body.byteLength }] : [];
    });
  }

  async digest(key: string) {
    this.digestsRead.push(key);
    const object = this.objects.get(key);
    if (object === undefined) return undefined;
    const sha256Base64 = createHash('sha256').update(object.body).digest('base64');
    return { sha256Base64, isEtagMd5: this.areEtagsMd5 || this.claimsMd5 };
  }

  async getWithEtag(key: string): Promise<{ body: Uint8Array; etag: string } | undefined> {
    return this.objects.get(key);
  }

  async putIfAbsent(key: string, body: Uint8Array): Promise<string | undefined> {
    this.beforeChange(`create ${key}`);
    return this.objects.has(key) ? undefined : this.store(key, body);
  }

  async replaceIf(key: string, etag: string, body: Uint8Array): Promise<string | undefined> {
    this.beforeChange(`replace ${key}`);
    return this.objects.get(key)?.etag === etag ? this.store(key, body) : undefined;
  }

  async removeIf(key: string, etag: string): Promise<void> {
    this.beforeChange(`remove ${key}`);
    if (this.objects.get(key)?.etag === etag) this.objects.delete(key);
  }

  async remove(key: string): Promise<void> {
    this.beforeChange(`remove ${key}`);
    this.objects.delete(key);
  }

  async listUnfinished(prefix: string): Promise<UnfinishedUpload[]> {
    return this.unfinished.filter(({ key }) => key.startsWith(prefix));
  }

  async abort({ uploadId }: UnfinishedUpload): Promise<void> {
    this.unfinished = this.unfinished.filter((upload) => upload.uploadId !== uploadId);
  }

  private store(key: string, body: Uint8Array): string {
    const etag = `"${++this.writes}"`;
    this.objects.set(key, { body, etag });
    return etag;
  }
}

const REGION_SCOPE = 'arn:aws:lambda:us-east-1:123456789012:function:';

/** Functions in memory. */
export class MemoryFunctions implements FunctionService {
  readonly functions = new Map<string, FunctionState>();
  readonly changes: string[] = [];
  /** Runs before a function is changed; may throw. */
  beforeChange: (change: string) => void = () => {};

  /** Puts a function there, as somebody else would. */
  add(name: string, changes: Partial<FunctionState> = {}): void {
    this.functions.set(name, { ...functionState(name), ...changes });
  }

  async find(name: string): Promise<FunctionState | undefined> {
    return this.functions.get(name);
  }

  async exists(name: string): Promise<boolean> {
    return this.functions.has(name);
  }

  async list(): Promise<string[]> {
    return [...this.functions.values()].map(({ arn }) => arn);
  }

  async create(spec: FunctionSpec): Promise<boolean> {
    this.change(`create ${spec.name}`);
    if (this.functions.has(spec.name)) return false;
    const { memory, timeout, architecture, environment, tags } = functionTarget(spec, undefined);
    this.add(spec.name, { ...ofSpec(spec), memory, timeout, architecture, environment, tags });
    return true;
  }

  async update(spec: FunctionSpec, current: FunctionState, changes: readonly FieldChange[]): Promise<void> {
    this.change(`update ${spec.name} (${changes.map(({ field }) => field).join(', ')})`);
    const { tags, ...settings } = functionTarget(spec, current);
    this.add(spec.name, { ...current, ...ofSpec(spec), ...settings, tags: { ...current.tags, ...tags } });
  }

  async checkCodeUpdate({ name }: FunctionState): Promise<void> {
    this.beforeChange(`check ${name}`);
  }

  async whenReady(name: string): Promise<void> {
    const current = this.functions.get(name);
    if (current !== undefined) this.functions.set(name, { ...current, status: 'ready' });
  }

  private change(name: string): void {
    this.beforeChange(name);
    this.changes.push(name);
  }
}

function ofSpec({ handler, runtime, role, code }: FunctionSpec): Partial<FunctionState> {
  return { handler, runtime, roleArn: role.arn, codeSha256: code.sha256Base64 };
}

/** A function with usual settings. */
export function functionState(name: string): FunctionState {
  return {
    arn: `${REGION_SCOPE}${name}`,
    name,
    handler: 'index.handler',
    runtime: 'nodejs22.x',
    roleArn: 'arn:aws:iam::123456789012:role/role',
    codeSha256: 'code',
    memory: 256,
    timeout: 30,
    architecture: 'x86_64',
    environment: {},
    environmentError: undefined,
    tags: {},
    status: 'ready',
    failure: undefined,
    updateFailure: undefined,
  };
}

/** A clock whose waits take no time, and events in a list. */
export function waitContext(signal?: AbortSignal) {
  const events: AppsctlEvent[] = [];
  const onEvent = (event: AppsctlEvent): void => {
    events.push(event);
  };
  return { clock: new FakeClock(), events, onEvent, signal };
}

/** A machine on which these processes run. */
export function machine(host: string, pid: number, running: readonly number[] = [pid]): ProcessIdentity {
  return { host, pid, isRunning: (other) => running.includes(other) };
}

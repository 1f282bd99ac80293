import type { IamIdentity, Policy, PolicyVersion } from '../../../src/core/policy/policy.js';
import type { PolicyDocument } from '../../../src/core/policy/policy-document.js';
import type { FindPolicyOptions, PolicyQuotas, PolicyService } from '../../../src/core/ports/iam.js';

const MAX_VERSIONS = 5;

interface StoredPolicy {
  versions: PolicyVersion[];
  defaultVersion: number;
  nextVersion: number;
  attachedTo: IamIdentity[];
}

/** Managed policies in memory. */
export class MemoryPolicies implements PolicyService {
  policies = new Map<string, StoredPolicy>();
  quotas: PolicyQuotas | undefined = { policies: 1000, attachments: 9 };
  /** Other quotas, by the name of an identity. */
  readonly quotasByIdentity = new Map<string, PolicyQuotas>();
  /** The changes so far, such as `version p`. */
  readonly changes: string[] = [];
  /** The reads so far, such as `find p`. */
  readonly reads: string[] = [];
  /** This many reads after each change return the state before it. */
  staleReads = 0;
  /** Called before each change: may make a concurrent change, or throw. */
  beforeChange: (change: string) => void = () => {};
  /** Called after each new version: may undo it. */
  afterVersion: () => void = () => {};
  private before = new Map<string, StoredPolicy>();
  private remainingStaleReads = 0;

  /** Adds or replaces a policy, as another program would. */
  put(arn: string, document: PolicyDocument, attachedTo: readonly IamIdentity[] = []): void {
    this.policies.set(arn, {
      versions: [{ version: 1, document }],
      defaultVersion: 1,
      nextVersion: 2,
      attachedTo: [...attachedTo],
    });
  }

  /** Adds a version that is not the default one, as another program would. */
  draft(arn: string, document: PolicyDocument): void {
    const stored = this.stored(arn);
    stored.versions.push({ version: stored.nextVersion++, document });
  }

  /** Adds a default version, as another program would. */
  write(arn: string, document: PolicyDocument): void {
    const stored = this.stored(arn);
    stored.defaultVersion = stored.nextVersion;
    this.draft(arn, document);
    if (stored.versions.length > MAX_VERSIONS) stored.versions.shift();
  }

  readDocument(arn: string): PolicyDocument {
    return defaultVersion(this.stored(arn)).document;
  }

  async findPolicy(arn: string, { forUpdate = false }: FindPolicyOptions = {}): Promise<Policy | undefined> {
    this.reads.push(`find ${policyName(arn)}${forUpdate ? ' for update' : ''}`);
    const stored = this.read().get(arn);
    if (stored === undefined) return undefined;
    const numbers = stored.versions.map(({ version }) => version);
    const oldest = Math.min(...numbers.filter((version) => version !== stored.defaultVersion));
    return {
      ...defaultVersion(stored),
      name: policyName(arn),
      arn,
      attachedTo: [...stored.attachedTo],
      ...(forUpdate && {
        versions: {
          latest: Math.max(...numbers),
          ...(numbers.length === MAX_VERSIONS && { deleteFirst: oldest }),
        },
      }),
    };
  }

  async locatePolicy(name: string): Promise<string | undefined> {
    this.reads.push(`locate ${name}`);
    return [...this.read().keys()].find((arn) => policyName(arn) === name);
  }

  async createPolicy(arn: string, document: PolicyDocument): Promise<Policy | undefined> {
    this.change(`create ${policyName(arn)}`);
    // Names are unique regardless of the path.
    if ([...this.policies.keys()].some((other) => policyName(other) === policyName(arn))) return undefined;
    this.put(arn, document);
    return { name: policyName(arn), arn, version: 1, document, attachedTo: [] };
  }

  async addVersion({ arn, versions }: Policy, document: PolicyDocument): Promise<number | undefined> {
    this.change(`version ${policyName(arn)}`);
    const stored = this.stored(arn);
    stored.versions = stored.versions.filter(({ version }) => version !== versions?.deleteFirst);
    if (stored.versions.length === MAX_VERSIONS) return undefined;
    const version = stored.nextVersion;
    this.write(arn, document);
    this.afterVersion();
    return version;
  }

  async findVersion({ arn }: Policy, version: number): Promise<PolicyVersion | undefined> {
    return this.read()
      .get(arn)
      ?.versions.find((item) => item.version === version);
  }

  async attachPolicy(arn: string, { kind, name }: IamIdentity): Promise<void> {
    this.change(`attach ${policyName(arn)} to ${name}`);
    // Policies of AWS itself need not be put first.
    if (!this.policies.has(arn)) this.put(arn, { Statement: [] });
    this.stored(arn).attachedTo.push({ kind, name });
  }

  async attachedPolicies({ kind, name }: IamIdentity): Promise<string[]> {
    return [...this.read()].flatMap(([arn, { attachedTo }]) =>
      attachedTo.some((identity) => identity.kind === kind && identity.name === name) ? [arn] : [],
    );
  }

  async policyQuotas({ name }: IamIdentity): Promise<PolicyQuotas | undefined> {
    return this.quotasByIdentity.get(name) ?? this.quotas;
  }

  private stored(arn: string): StoredPolicy {
    const stored = this.policies.get(arn);
    if (stored === undefined) throw new Error(`policy ${arn} does not exist`);
    return stored;
  }

  private change(name: string): void {
    this.beforeChange(name);
    this.changes.push(name);
    this.before = structuredClone(this.policies);
    this.remainingStaleReads = this.staleReads;
  }

  private read(): ReadonlyMap<string, StoredPolicy> {
    return this.remainingStaleReads-- > 0 ? this.before : this.policies;
  }
}

function defaultVersion(stored: StoredPolicy): PolicyVersion {
  const found = stored.versions.find(({ version }) => version === stored.defaultVersion);
  if (found === undefined) throw new Error(`version ${stored.defaultVersion} does not exist`);
  return found;
}

function policyName(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

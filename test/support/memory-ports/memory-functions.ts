import type { FieldChange } from '../../../src/core/deploy/function-changes.js';
import {
  type FunctionSpec,
  type FunctionState,
  functionTarget,
} from '../../../src/core/deploy/function-spec.js';
import type { FunctionDetails, FunctionService } from '../../../src/core/ports/lambda.js';

const REGION_SCOPE = 'arn:aws:lambda:us-east-1:123456789012:function:';

/** What only people want to know of a function. */
const DETAILS = {
  ...{ state: 'Active', stateReason: undefined, isUpdating: false },
  ...{ codeSize: 1000, lastModified: Date.parse('2026-11-20') },
};

/** Functions in memory. */
export class MemoryFunctions implements FunctionService {
  readonly functions = new Map<string, FunctionState>();
  /** The changes so far, such as `create a`. */
  readonly changes: string[] = [];
  /** The reads so far, such as `find a`. */
  readonly reads: string[] = [];
  /** Called before a function is changed: may make a concurrent change, or throw. */
  beforeChange: (change: string) => void = () => {};

  /** Adds or replaces a function, as another program would. */
  add(name: string, changes: Partial<FunctionDetails> = {}): void {
    this.functions.set(name, { ...functionState(name), ...changes });
  }

  async find(name: string): Promise<FunctionState | undefined> {
    this.reads.push(`find ${name}`);
    return this.functions.get(name);
  }

  async describe(name: string): Promise<FunctionDetails | undefined> {
    this.reads.push(`describe ${name}`);
    const found = this.functions.get(name);
    return found && { ...DETAILS, ...found };
  }

  async exists(name: string): Promise<boolean> {
    this.reads.push(`exists ${name}`);
    return this.functions.has(name);
  }

  async list(): Promise<string[]> {
    this.reads.push('list');
    return [...this.functions.values()].map(({ arn }) => arn);
  }

  async create(spec: FunctionSpec): Promise<boolean> {
    this.change(`create ${spec.name}`);
    if (this.functions.has(spec.name)) return false;
    const { logRetention: _, ...target } = functionTarget(spec, undefined);
    this.add(spec.name, { ...toState(spec), ...target });
    return true;
  }

  async update(spec: FunctionSpec, current: FunctionState, changes: readonly FieldChange[]): Promise<void> {
    this.change(`update ${spec.name} (${changes.map(({ field }) => field).join(', ')})`);
    const { tags, logRetention: _, ...settings } = functionTarget(spec, current);
    this.add(spec.name, {
      ...current,
      logRetention: undefined,
      ...toState(spec),
      ...settings,
      tags: { ...current.tags, ...tags },
    });
  }

  async delete(name: string): Promise<boolean> {
    this.change(`delete ${name}`);
    return this.functions.delete(name);
  }

  async checkCodeUpdate({ name }: FunctionState): Promise<void> {
    this.beforeChange(`check ${name}`);
  }

  async whenReady(name: string): Promise<void> {
    this.reads.push(`wait for ${name}`);
    const current = this.functions.get(name);
    if (current !== undefined) this.functions.set(name, { ...current, status: 'ready' });
  }

  private change(name: string): void {
    this.beforeChange(name);
    this.changes.push(name);
  }
}

function toState({ handler, runtime, role, code }: FunctionSpec): Partial<FunctionState> {
  return { handler, runtime, roleArn: role.arn, codeSha256: code.sha256Base64 };
}

/** A function with common settings. */
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
    ephemeralStorage: 512,
    vpc: { subnets: [], securityGroups: [] },
    layers: [],
    tracing: 'pass-through',
    logGroup: `/aws/lambda/${name}`,
    logRetention: undefined,
    status: 'ready',
    failure: undefined,
    updateFailure: undefined,
  };
}

import type { OpenBundle } from '../../bundle/open-bundle.js';
import { throwIfAborted } from '../../core/async/clock.js';
import type { DeploySettings, ResourcePlan } from '../../core/deploy/plan.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Outcome, ResourceKind } from '../../core/diagnostics/event.js';
import type { DeployState } from './current-state.js';
import type { DeployPorts } from './ports.js';

/** A deployment whose plan has been applied. */
export interface AppliedDeployment {
  readonly executionRoleArn: string;
  /** The policies that allow the server to invoke functions. */
  readonly policyArns: readonly string[];
  /** What happened to each function, by Lambda name: not always what was planned, if another deployment was faster. */
  readonly functionOutcomes: ReadonlyMap<string, Outcome>;
}

/** A deployment while its plan is applied, and how far it has got. */
export class DeployRun {
  private readonly done = new Map<ResourceKind, number>();
  /** The outcomes of the functions that are deployed, by Lambda name. */
  readonly functionOutcomes = new Map<string, Outcome>();

  constructor(
    readonly bundle: OpenBundle,
    readonly plan: ResourcePlan,
    readonly settings: DeploySettings,
    readonly state: DeployState,
    readonly ports: DeployPorts,
  ) {}

  /** Marks a safe point. */
  throwIfAborted(): void {
    throwIfAborted(this.ports.signal);
  }

  /** Records and reports a completed step. */
  report(kind: ResourceKind, name: string, outcome: Outcome): void {
    this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
    if (kind === 'function') this.functionOutcomes.set(name, outcome);
    this.ports.onEvent({ type: 'resource', kind, name, outcome });
  }

  /** Adds to an INTERRUPTED error what has been done; returns other errors unchanged. */
  explain(error: unknown): unknown {
    if (!AppsctlError.is(error) || error.code !== 'INTERRUPTED') return error;
    const { functions, assets, installation } = this.plan;
    const count = (kind: ResourceKind, total: number): string =>
      `${this.done.get(kind) ?? 0} of ${total} ${kind}${total === 1 ? '' : 's'}`;
    const steps: ResourceKind[] = ['invoke policy', 'manifest'];
    if (this.state.mattermost !== undefined) {
      steps.push('listing');
      if (installation !== undefined) steps.push('installation');
    }
    const remaining = steps.filter((kind) => !this.done.has(kind));
    const completed = `completed ${count('function', functions.length)} and ${count('asset', assets.length)}`;
    const missing = remaining.length === 0 ? '' : `; not done: ${remaining.join(', ')}`;
    return new AppsctlError('INTERRUPTED', `interrupted: ${completed}${missing}`, {
      hint: ({ again }) => `${again} to finish`,
    });
  }
}

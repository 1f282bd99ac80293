import type { OpenBundle } from '../../bundle/open-bundle.js';
import { throwIfAborted } from '../../core/async/clock.js';
import type { Action, DeployPlan, DeploySettings } from '../../core/deploy/plan.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Outcome, ResourceKind } from '../../core/diagnostics/event.js';
import type { DeployState } from './current-state.js';
import type { DeployPorts } from './ports.js';

/** The outcome of a deployment. */
export interface DeployResult {
  readonly executionRoleArn: string;
  /** The policies that let the server invoke functions. */
  readonly policyArns: readonly string[];
}

/** What an action came to once it is done. */
export const OUTCOME_OF: Readonly<Record<Action, Outcome>> = {
  create: 'created',
  update: 'updated',
  unchanged: 'unchanged',
};

/** One deployment while it runs: what it works with, and what of it is done. */
export class DeployRun {
  private readonly done = new Map<ResourceKind, number>();

  constructor(
    readonly bundle: OpenBundle,
    readonly plan: DeployPlan,
    readonly settings: DeploySettings,
    readonly state: DeployState,
    readonly ports: DeployPorts,
  ) {}

  throwIfAborted(): void {
    throwIfAborted(this.ports.signal);
  }

  /** Notes and reports that something is done. */
  report(kind: ResourceKind, name: string, outcome: Outcome): void {
    this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
    this.ports.onEvent({ type: 'resource', kind, name, outcome });
  }

  /** The error to throw for one that ended the run: an interruption says what is done. */
  explain(error: unknown): unknown {
    if (!AppsctlError.is(error) || error.code !== 'INTERRUPTED') return error;
    const { functions, assets, installation } = this.plan;
    const { mattermost } = this.state;
    const count = (kind: ResourceKind, total: number): string =>
      `${this.done.get(kind) ?? 0} of ${total} ${kind}s`;
    const steps: ResourceKind[] = ['invoke policy', 'manifest'];
    if (mattermost !== undefined) steps.push('listing');
    if (mattermost !== undefined && installation !== undefined) steps.push('installation');
    const open = steps.filter((kind) => !this.done.has(kind));
    const done = `${count('function', functions.length)} and ${count('asset', assets.length)} are done`;
    const rest = open.length === 0 ? '' : `, ${open.join(', ')} not`;
    return new AppsctlError('INTERRUPTED', `interrupted: ${done}${rest}`, {
      hint: 'run the same command again to finish',
    });
  }
}

import { throwIfAborted } from '../../core/async/clock.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Outcome, ResourceKind } from '../../core/diagnostics/event.js';
import type { RemovePorts } from './ports.js';
import type { RemovalState } from './read-removal.js';
import type { RemoveSettings } from './settings.js';

/** A removal while its plan is applied, and how far it has got. */
export class RemoveRun {
  private readonly done = new Map<ResourceKind, number>();

  constructor(
    readonly state: RemovalState,
    readonly settings: RemoveSettings,
    readonly ports: RemovePorts,
  ) {}

  /** Whether anything has been removed. */
  get hasChanged(): boolean {
    return this.done.size > 0;
  }

  /** Marks a safe point. */
  throwIfAborted(): void {
    throwIfAborted(this.ports.signal);
  }

  /** Records and reports a completed step. */
  report(kind: ResourceKind, name: string, outcome: Outcome = 'removed'): void {
    this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
    this.ports.onEvent({ type: 'resource', kind, name, outcome });
  }

  /** Adds to an INTERRUPTED error what has been done; returns other errors unchanged. */
  explain(error: unknown): unknown {
    if (!AppsctlError.is(error) || error.code !== 'INTERRUPTED') return error;
    const { uninstall, policies, manifests, functions, assets, logGroups } = this.state.plan;
    const counts: readonly (readonly [ResourceKind, number])[] = [
      ['installation', uninstall === undefined ? 0 : 1],
      ['invoke policy', policies.length],
      ['manifest', manifests.length],
      ['function', functions.length],
      ['asset', assets.length],
      ['log group', logGroups.length],
    ];
    const describe = ([kind, total]: readonly [ResourceKind, number]): string => {
      const plural = kind === 'invoke policy' ? 'invoke policies' : `${kind}s`;
      return `${this.done.get(kind) ?? 0} of ${total} ${total === 1 ? kind : plural}`;
    };
    const completed = counts.filter(([, total]) => total > 0).map(describe);
    return new AppsctlError('INTERRUPTED', `interrupted: completed ${completed.join(', ')}`, {
      hint: ({ again }) => `${again} to finish`,
    });
  }
}

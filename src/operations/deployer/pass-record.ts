import type { BundleState } from '../../core/deployer/bundle-state.js';
import type { DeployedBundle, FailedBundle, PassReport } from '../../core/deployer/report.js';

/** A bundle of the bucket. */
interface KnownBundle {
  readonly state: BundleState;
  /** Of its error; empty without one. */
  readonly code: string;
  readonly uploadedAt: number;
}

/** What identifies a pass. */
export interface PassStart {
  readonly run: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly environment: string;
}

/** What a pass has done so far. */
export class PassRecord {
  readonly deployed: DeployedBundle[] = [];
  readonly failed: FailedBundle[] = [];
  isOutOfTime = false;
  private readonly bundles = new Map<string, KnownBundle>();

  constructor(readonly start: PassStart) {}

  setState(
    { key, uploadedAt }: { readonly key: string; readonly uploadedAt: number },
    state: BundleState,
    code = '',
  ): void {
    this.bundles.set(key, { state, code, uploadedAt });
  }

  /** Forgets a bundle that was removed from the bucket. */
  remove(key: string): void {
    this.bundles.delete(key);
  }

  /** @param endedAt milliseconds since the epoch */
  report(endedAt: number): PassReport {
    const counts: Record<BundleState, number> = { new: 0, deployed: 0, failed: 0, blocked: 0 };
    const failureCodes: Record<string, number> = {};
    let waitingSince: number | undefined;
    for (const { state, code, uploadedAt } of this.bundles.values()) {
      counts[state]++;
      if (code !== '') failureCodes[code] = (failureCodes[code] ?? 0) + 1;
      if (state === 'new' || state === 'failed')
        waitingSince = Math.min(uploadedAt, waitingSince ?? uploadedAt);
    }
    return {
      ...this.start,
      endedAt,
      heldBy: undefined,
      bundles: counts,
      failureCodes,
      waitingSince,
      deployed: this.deployed,
      failed: this.failed,
      isOutOfTime: this.isOutOfTime,
    };
  }
}

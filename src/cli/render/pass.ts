import type { PassReport } from '../../core/deployer/report.js';
import { formatDuration } from '../../core/units.js';

/** What a pass of the deployer has done, in one line. */
export function describePass(report: PassReport): string {
  const { heldBy, deployed, failed, bundles, isOutOfTime, startedAt, endedAt } = report;
  if (heldBy !== undefined) {
    const { run, since } = heldBy;
    const when = since === undefined ? '' : `, which began at ${toIso(since)},`;
    return `nothing was done: run ${run}${when} is still going on`;
  }
  const duration = formatDuration(endedAt - startedAt);
  const rest = isOutOfTime ? '; no time was left for the others' : '';
  const states = `${bundles.deployed} deployed, ${bundles.new} new, ${bundles.failed} failed, ${bundles.blocked} blocked`;
  return `${deployed.length} deployed, ${failed.length} failed in ${duration}${rest}; all bundles: ${states}`;
}

/** The same for programs. */
export function passJson(report: PassReport): object {
  const { environment, heldBy, bundles, failureCodes, waitingSince, deployed, failed, isOutOfTime } = report;
  return {
    environment,
    deployed: deployed.length,
    failed: failed.length,
    bundles,
    failureCodes,
    waitingSince: optionalIso(waitingSince),
    outOfTime: isOutOfTime,
    heldBy: heldBy && { ...heldBy, since: optionalIso(heldBy.since) },
  };
}

/** @param milliseconds since the epoch */
export function toIso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** A time that may not be known, or never comes. */
export function optionalIso(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : toIso(milliseconds);
}

import { throwIfAborted } from '../../core/async/clock.js';
import { leaseKey } from '../../core/aws/resource-names.js';
import type { PassReport } from '../../core/deployer/report.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { acquireLease } from '../locks/lease.js';
import { Pass } from './pass.js';
import type { DeployerAccess, DeployerPorts } from './ports.js';
import type { DeployerSettings } from './settings.js';

/**
 * Deploys the bundles of a bucket that are new or to be tried again. Only one pass of an environment runs at a time. What
 * has happened to a bundle is held in the tags of its object; one bundle that fails does not stop the others.
 *
 * @param beforeChanges called before anything is changed; what it throws ends the pass
 * @returns what was done; its `failed` bundles are no reason to reject
 * @throws AppsctlError what stops the whole pass: CREDENTIALS, ACCESS_DENIED and NOT_FOUND for what every bundle needs,
 *   NETWORK and SERVICE, CONFLICT when the lease is lost; INTERRUPTED
 */
export async function runPass(
  settings: DeployerSettings,
  ports: DeployerPorts,
  beforeChanges: () => void = () => {},
): Promise<PassReport> {
  const { environment } = settings;
  const startedAt = ports.clock.now();
  const run = newRunId(startedAt);
  const context = { run, environment };
  try {
    const access = await ports.openAccess();
    ports.onEvent({ type: 'pass', state: 'started', run, environment, bucket: access.bundles.name });
    throwIfAborted(ports.signal);
    beforeChanges();
    const report = await runUnderLease(settings, ports, access, { run, startedAt });
    if (settings.summary && (report.deployed.length > 0 || report.failed.some(({ isNews }) => isNews)))
      ports.notifier.notify({ kind: 'summary', report }, context);
    ports.onEvent({ type: 'pass', state: 'ended', report });
    return report;
  } catch (error) {
    if (AppsctlError.is(error) && error.code !== 'INTERRUPTED')
      ports.notifier.notify({ kind: 'pass failed', error }, context);
    throw error;
  }
}

/** What identifies a pass. */
interface PassStart {
  readonly run: string;
  readonly startedAt: number;
}

async function runUnderLease(
  settings: DeployerSettings,
  ports: DeployerPorts,
  access: DeployerAccess,
  { run, startedAt }: PassStart,
): Promise<PassReport> {
  const { environment } = settings;
  const since = new Date(startedAt).toISOString();
  const { lease, heldBy } = await acquireLease({ ...ports, store: access.leases }, leaseKey(environment), {
    run,
    since,
  });
  if (lease === undefined) {
    const holder = {
      run: heldBy.run ?? '',
      host: heldBy.host ?? '',
      since: Date.parse(heldBy.since ?? heldBy.time),
    };
    return { ...new Pass(settings, ports, access, { run, startedAt }).report(), heldBy: holder };
  }
  const signal = AbortSignal.any([lease.lost, ...(ports.signal === undefined ? [] : [ports.signal])]);
  const pass = new Pass(settings, { ...ports, signal }, access, { run, startedAt });
  try {
    await pass.run();
    return pass.report();
  } catch (error) {
    if (!lease.lost.aborted) throw pass.explain(error);
    throw new AppsctlError('CONFLICT', `the lease of ${environment} was lost: another pass may be running`, {
      hint: 'the next pass goes on with what is left; check the connection to S3',
      cause: error,
    });
  } finally {
    await lease.release();
  }
}

/** Sortable by time, and unique enough to tell passes apart. */
function newRunId(now: number): string {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const random = Math.floor(Math.random() * 36 ** 4)
    .toString(36)
    .padStart(4, '0');
  return `${time}-${random}`;
}

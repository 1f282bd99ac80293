import { throwIfAborted } from '../../core/async/clock.js';
import { leaseKey } from '../../core/aws/resource-names.js';
import type { LeaseHolder, PassReport } from '../../core/deployer/report.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { acquireLease } from '../locks/lease.js';
import type { LockContent } from '../locks/lock-object.js';
import { toFailure } from './failures.js';
import { Pass } from './pass.js';
import { PassRecord } from './pass-record.js';
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
  const { environment, bucket } = settings;
  const startedAt = ports.clock.now();
  const run = newRunId(startedAt);
  const context = { run, environment };
  ports.onEvent({ type: 'pass', state: 'started', run, environment, bucket });
  try {
    const access = await ports.openAccess();
    throwIfAborted(ports.signal);
    beforeChanges();
    return await runUnderLease(settings, ports, access, new PassRecord({ run, startedAt, environment }));
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code !== 'INTERRUPTED')
      ports.notifier.notify({ kind: 'pass failed', error: failure }, context);
    throw error;
  }
}

async function runUnderLease(
  settings: DeployerSettings,
  ports: DeployerPorts,
  access: DeployerAccess,
  record: PassRecord,
): Promise<PassReport> {
  const { run, startedAt, environment } = record.start;
  const { clock, onEvent } = ports;
  const claim = { run, since: new Date(startedAt).toISOString() };
  const { lease, heldBy } = await acquireLease(
    { ...ports, store: access.leases },
    leaseKey(environment),
    claim,
  );
  if (lease === undefined) {
    const report = { ...record.report(clock.now()), heldBy: toHolder(heldBy) };
    onEvent({ type: 'pass', state: 'ended', report });
    return report;
  }
  const signal = AbortSignal.any([lease.lost, ...(ports.signal === undefined ? [] : [ports.signal])]);
  const failure = await new Pass(settings, { ...ports, signal }, access, record).run().then(
    () => undefined,
    (error: unknown) => ({ error: lease.lost.aborted ? lostLease(environment, error) : error }),
  );
  await lease.release();
  const report = record.report(clock.now());
  // Also after a failure: it is not said again by the next pass.
  if (settings.summary && (report.deployed.length > 0 || report.failed.some(({ isNews }) => isNews)))
    ports.notifier.notify({ kind: 'summary', report }, { run, environment });
  if (failure !== undefined) throw explain(failure.error, report);
  onEvent({ type: 'pass', state: 'ended', report });
  return report;
}

function toHolder({ run = '', host = '', since, time }: LockContent): LeaseHolder {
  const startedAt = Date.parse(since ?? time);
  return { run, host, since: Number.isNaN(startedAt) ? undefined : startedAt };
}

function lostLease(environment: string, cause: unknown): AppsctlError {
  return new AppsctlError('CONFLICT', `the lease of ${environment} was lost: another run may have it`, {
    hint: 'the next run goes on with what is left; check the connection to S3',
    cause,
  });
}

/** Adds to an INTERRUPTED error what has been done; returns other errors unchanged. */
function explain(error: unknown, { deployed, failed }: PassReport): unknown {
  if (!AppsctlError.is(error) || error.code !== 'INTERRUPTED') return error;
  return new AppsctlError(
    'INTERRUPTED',
    `interrupted: ${deployed.length} deployed, ${failed.length} failed`,
    {
      hint: 'the next run goes on with the others',
    },
  );
}

/** Sortable by time, and unique enough to tell passes apart. */
function newRunId(now: number): string {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const random = Math.floor(Math.random() * 36 ** 4)
    .toString(36)
    .padStart(4, '0');
  return `${time}-${random}`;
}

import { throwIfAborted } from '../../core/async/clock.js';
import { mapConcurrent } from '../../core/async/concurrency.js';
import {
  addAttempt,
  type BundleState,
  isFaultOfBundle,
  isNews,
  nextAttempt,
  type RecordedFailure,
  tagDeployed,
  tagFailed,
} from '../../core/deployer/bundle-state.js';
import type { DeployerListener } from '../../core/deployer/event.js';
import type { BundleApp, DeployedBundle, FailedBundle, PassReport } from '../../core/deployer/report.js';
import type { Upload } from '../../core/deployer/upload.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { SECOND } from '../../core/units.js';
import { deployBundle } from './deploy-bundle.js';
import type { DeployerAccess, DeployerPorts } from './ports.js';
import { isDue, type ReadBundle, readBundles, type UnreadableBundle } from './read-bundles.js';
import type { DeployerSettings } from './settings.js';
import { isTagged, type TagChange, tagUpload } from './tag-upload.js';

/** Deployers of other environments read and write tags within this time: then ours are looked up again. */
const SETTLED_AFTER_MS = 2 * SECOND;

/** What stops the whole pass, because every bundle needs it. */
const FATAL_CODES: readonly string[] = ['CREDENTIALS', 'INTERRUPTED'];

/** A pass while it runs, under the lease. */
export class Pass {
  private readonly deployed: DeployedBundle[] = [];
  private readonly failed: FailedBundle[] = [];
  /** The states of all bundles, by key. */
  private readonly states = new Map<string, { state: BundleState; code: string; uploadedAt: number }>();
  /** What was tagged, to be looked up again. */
  private readonly tagged: { readonly upload: Upload; readonly change: TagChange }[] = [];
  private isOutOfTime = false;
  /** Why tags cannot be written: without them, the next pass would do everything again. */
  private refusal: AppsctlError | undefined;

  constructor(
    private readonly settings: DeployerSettings,
    private readonly ports: DeployerPorts,
    private readonly access: DeployerAccess,
    private readonly start: { readonly run: string; readonly startedAt: number },
  ) {}

  /** @throws AppsctlError what stops the whole pass */
  async run(): Promise<void> {
    const { settings, ports, access } = this;
    const { bundles, unreadable } = await readBundles(access.bundles, settings, ports.signal);
    for (const bundle of bundles) this.setState(bundle, bundle.state, bundle.failure?.code);
    for (const bundle of unreadable) this.reportUnreadable(bundle);
    const due = bundles.filter((bundle) => isDue(bundle, settings, ports.clock.now()));
    await mapConcurrent(due, settings.parallelBundles, (bundle) => this.process(bundle));
    await this.settle();
  }

  report(): PassReport {
    const counts: Record<BundleState, number> = { new: 0, deployed: 0, failed: 0, blocked: 0 };
    const failureCodes: Record<string, number> = {};
    let waitingSince: number | undefined;
    for (const { state, code, uploadedAt } of this.states.values()) {
      counts[state]++;
      if (code !== '') failureCodes[code] = (failureCodes[code] ?? 0) + 1;
      if (state === 'new' || state === 'failed')
        waitingSince = Math.min(uploadedAt, waitingSince ?? uploadedAt);
    }
    return {
      ...this.start,
      environment: this.settings.environment,
      endedAt: this.ports.clock.now(),
      heldBy: undefined,
      bundles: counts,
      failureCodes,
      waitingSince,
      deployed: this.deployed,
      failed: this.failed,
      isOutOfTime: this.isOutOfTime,
    };
  }

  /** Adds to an INTERRUPTED error what has been done; returns other errors unchanged. */
  explain(error: unknown): unknown {
    if (!AppsctlError.is(error) || error.code !== 'INTERRUPTED') return error;
    const done = `${this.deployed.length} bundles deployed, ${this.failed.length} failed`;
    return new AppsctlError('INTERRUPTED', `interrupted: ${done}`, {
      hint: 'the next pass goes on with the others',
    });
  }

  private async process(bundle: ReadBundle): Promise<void> {
    const { clock, signal } = this.ports;
    throwIfAborted(signal);
    const start = clock.now();
    if (start - this.start.startedAt > this.settings.maxDurationMs) {
      this.isOutOfTime = true;
      return;
    }
    const onEvent: DeployerListener = (event) => this.ports.onEvent({ ...event, bundle: bundle.key });
    onEvent({ type: 'bundle', state: 'started' });
    let app: BundleApp | undefined;
    try {
      const context = {
        ...{ settings: this.settings, access: this.access, clock, signal, onEvent },
        onApp: (read: BundleApp) => {
          app = read;
        },
      };
      const result = await deployBundle(bundle, context);
      await this.markDeployed(bundle, { ...result, milliseconds: clock.now() - start }, onEvent);
    } catch (error) {
      const failure = toFailure(error);
      if (this.isFatal(failure)) throw failure;
      if (await this.wasReplaced(bundle.upload)) return this.postpone(bundle, onEvent);
      await this.markFailed(bundle, app, failure, onEvent);
    }
  }

  private async markDeployed(
    bundle: ReadBundle,
    result: DeployedBundle,
    onEvent: DeployerListener,
  ): Promise<void> {
    const { environment } = this.settings;
    if (!(await this.tag(bundle.upload, (tags) => tagDeployed(tags, environment)))) {
      return this.postpone(bundle, onEvent);
    }
    this.setState(bundle, 'deployed');
    this.deployed.push(result);
    onEvent({ type: 'bundle', state: 'deployed', result });
    this.tell({ kind: 'deployed', bundle: result });
  }

  private async markFailed(
    bundle: ReadBundle,
    app: BundleApp | undefined,
    error: AppsctlError,
    onEvent: DeployerListener,
  ): Promise<void> {
    const { forcedKeys } = this.settings;
    const { key, failure: earlier } = bundle;
    const failure = addAttempt(earlier, error, this.ports.clock.now());
    const isForced = forcedKeys.has(key);
    await this.recordFailure(bundle, failure, onEvent);
    const result: FailedBundle = {
      ...{ key, app, error, attempts: failure.attempts, nextAttemptAt: nextAttempt(failure) },
      isNews: isForced || isNews(failure, earlier),
    };
    this.setState(bundle, isFaultOfBundle(error.code) ? 'blocked' : 'failed', error.code);
    this.failed.push(result);
    onEvent({ type: 'bundle', state: 'failed', result });
    if (result.isNews) this.tell({ kind: 'failed', bundle: result });
  }

  /** Without room for the tag, the bundle is tried again by the next pass. */
  private async recordFailure(
    bundle: ReadBundle,
    failure: RecordedFailure,
    onEvent: DeployerListener,
  ): Promise<void> {
    const { environment } = this.settings;
    try {
      await this.tag(bundle.upload, (tags) => tagFailed(tags, environment, failure));
    } catch (error) {
      if (!AppsctlError.is(error) || this.isFatal(error)) throw error;
      onEvent({ type: 'warning', message: `the failure cannot be recorded: ${error.message}` });
    }
  }

  private reportUnreadable({ key, uploadedAt, error }: UnreadableBundle): void {
    const result: FailedBundle = {
      ...{ key, app: undefined, error, attempts: 1, nextAttemptAt: undefined, isNews: true },
    };
    this.states.set(key, { state: 'failed', code: error.code, uploadedAt });
    this.failed.push(result);
    this.ports.onEvent({ type: 'bundle', state: 'failed', result, bundle: key });
    this.tell({ kind: 'failed', bundle: result });
  }

  private postpone(bundle: ReadBundle, onEvent: DeployerListener): void {
    this.setState(bundle, 'new');
    onEvent({ type: 'bundle', state: 'postponed', reason: 'it was replaced or removed meanwhile' });
  }

  /** @returns false when what was deployed is not what the bucket has any more */
  private async tag(upload: Upload, change: TagChange): Promise<boolean> {
    const { bundles } = this.access;
    try {
      const outcome = await tagUpload({ bundles, clock: this.ports.clock }, upload, change);
      if (outcome === 'replaced') return false;
    } catch (error) {
      if (AppsctlError.is(error) && error.code === 'ACCESS_DENIED') this.refusal = error;
      throw error;
    }
    this.tagged.push({ upload, change });
    return true;
  }

  /** A deployer of another environment that read the tags before they were written has removed them again. */
  private async settle(): Promise<void> {
    const { clock, signal } = this.ports;
    if (this.tagged.length === 0) return;
    await clock.sleep(SETTLED_AFTER_MS, signal);
    for (const { upload, change } of this.tagged.splice(0)) {
      throwIfAborted(signal);
      if (!(await isTagged(this.access.bundles, upload, change))) await this.tag(upload, change);
    }
  }

  private async wasReplaced({ key, etag, versionId }: Upload): Promise<boolean> {
    const { bundles } = this.access;
    try {
      if (versionId !== undefined) return (await bundles.readTags(key, versionId)) === undefined;
      return (await bundles.currentEtag(key)) !== etag;
    } catch {
      // The first error is the one to report.
      return false;
    }
  }

  /** Whether a failure stops the whole pass. */
  private isFatal(error: AppsctlError): boolean {
    return FATAL_CODES.includes(error.code) || error === this.refusal;
  }

  private setState({ key, uploadedAt }: ReadBundle, state: BundleState, code = ''): void {
    this.states.set(key, { state, code, uploadedAt });
  }

  private tell(message: Parameters<DeployerPorts['notifier']['notify']>[0]): void {
    const { environment, summary } = this.settings;
    if (!summary) this.ports.notifier.notify(message, { run: this.start.run, environment });
  }
}

/** The error for whatever was thrown. */
export function toFailure(error: unknown): AppsctlError {
  if (AppsctlError.is(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new AppsctlError('INTERNAL', `internal error: ${reason}`, { cause: error });
}

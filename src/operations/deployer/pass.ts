import { throwIfAborted } from '../../core/async/clock.js';
import { mapConcurrent } from '../../core/async/concurrency.js';
import {
  addAttempt,
  hasRoom,
  isFaultOfBundle,
  isNews,
  nextAttempt,
  type RecordedFailure,
  tagDeployed,
  tagFailed,
} from '../../core/deployer/bundle-state.js';
import type { DeployerListener } from '../../core/deployer/event.js';
import type { DeployerMessage } from '../../core/deployer/message.js';
import { alertOf } from '../../core/deployer/pass-alerts.js';
import type { BundleApp, DeployedBundle, FailedBundle } from '../../core/deployer/report.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { AppTurns } from './app-turns.js';
import { deployBundle } from './deploy-bundle.js';
import { endsPass, toFailure } from './failures.js';
import type { PassRecord } from './pass-record.js';
import { PassTags } from './pass-tags.js';
import type { DeployerAccess, DeployerPorts } from './ports.js';
import { type ReadBundle, readBundles, selectDue, type UnreadableBundle } from './read-bundles.js';
import type { DeployerSettings } from './settings.js';
import { findUpload } from './tag-upload.js';

/** If more bundles cannot be read, it is for one reason, which is told once for each of these. */
const MAX_TOLD_UNREADABLE = 5;

/** A pass while it runs, under the lease. */
export class Pass {
  private readonly tags: PassTags;
  private readonly turns = new AppTurns();

  /** @param record gets what is done, even if the pass fails */
  constructor(
    private readonly settings: DeployerSettings,
    private readonly ports: DeployerPorts,
    private readonly access: DeployerAccess,
    private readonly record: PassRecord,
  ) {
    this.tags = new PassTags(ports, access);
  }

  /** @throws AppsctlError what stops the whole pass; NOT_FOUND for a bundle that is to be tried and does not exist */
  async run(): Promise<void> {
    const { settings, ports, access, record } = this;
    const list = await readBundles(access.bundles, settings, ports.signal);
    for (const bundle of list.bundles) record.setState(bundle, bundle.state, bundle.failure?.code);
    const due = selectDue(list, settings, access.bundles.name, ports.clock.now());
    for (const [index, bundle] of list.unreadable.entries())
      this.reportUnreadable(bundle, index < MAX_TOLD_UNREADABLE);
    await mapConcurrent(due, settings.parallelBundles, (bundle) => this.process(bundle));
    await this.tags.settle();
  }

  private async process(bundle: ReadBundle): Promise<void> {
    const { clock, signal } = this.ports;
    throwIfAborted(signal);
    const start = clock.now();
    if (start - this.record.start.startedAt > this.settings.maxDurationMs) {
      this.record.isOutOfTime = true;
      return;
    }
    const onEvent: DeployerListener = (event) => this.ports.onEvent({ ...event, bundle: bundle.key });
    onEvent({ type: 'bundle', state: 'started' });
    const turn = this.turns.begin();
    let app: BundleApp | undefined;
    try {
      const context = {
        ...{ settings: this.settings, access: this.access, clock, signal, onEvent },
        onApp: (read: BundleApp) => {
          app = read;
          return turn.take(read.id);
        },
      };
      const result = await deployBundle(bundle, context);
      await this.markDeployed(bundle, { ...result, milliseconds: clock.now() - start }, onEvent);
    } catch (error) {
      const failure = toFailure(error);
      if (this.isFatal(failure)) throw failure;
      // Without the lease, another pass may have deployed the bundle by now.
      throwIfAborted(signal);
      if (!(await this.leaveIfReplaced(bundle, onEvent)))
        await this.markFailed(bundle, app, failure, onEvent);
    } finally {
      turn.end();
    }
  }

  private async markDeployed(
    bundle: ReadBundle,
    result: DeployedBundle,
    onEvent: DeployerListener,
  ): Promise<void> {
    const { environment } = this.settings;
    const isTagged = await this.tags.tag(bundle.upload, (tags) => tagDeployed(tags, environment), true);
    if (!isTagged && (await this.leaveIfReplaced(bundle, onEvent))) return;
    this.record.setState(bundle, 'deployed');
    this.record.deployed.push(result);
    onEvent({ type: 'bundle', state: 'deployed', result });
    this.tell({ kind: 'deployed', bundle: result });
  }

  private async markFailed(
    bundle: ReadBundle,
    app: BundleApp | undefined,
    error: AppsctlError,
    onEvent: DeployerListener,
  ): Promise<void> {
    const { key, failure: earlier } = bundle;
    const failure = addAttempt(earlier, error, this.ports.clock.now());
    const isRecorded = await this.recordFailure(bundle, error, failure, onEvent);
    const isForced = this.settings.forcedKeys.has(key);
    this.addFailure(bundle, {
      ...{ key, app, error, attempts: failure.attempts, isRecorded },
      nextAttemptAt: isRecorded ? nextAttempt(failure) : failure.at,
      isNews: isForced || (isRecorded ? isNews(failure, earlier) : this.isNewHere(key, failure)),
    });
  }

  /** @returns whether the next pass will know of it */
  private async recordFailure(
    { upload, tags }: ReadBundle,
    { message }: AppsctlError,
    failure: RecordedFailure,
    onEvent: DeployerListener,
  ): Promise<boolean> {
    const { environment } = this.settings;
    // The failure is that there is no room for it.
    if (!hasRoom(tags, environment)) return false;
    try {
      return await this.tags.tag(upload, (current) => tagFailed(current, environment, failure), false);
    } catch (error) {
      if (!AppsctlError.is(error) || this.isFatal(error)) throw error;
      // Maybe the failure is that nothing can be tagged.
      if (error.message !== message)
        onEvent({ type: 'warning', message: `the failure cannot be recorded: ${error.message}` });
      return false;
    }
  }

  private reportUnreadable({ key, uploadedAt, error }: UnreadableBundle, isTold: boolean): void {
    const at = this.ports.clock.now();
    const isNews = isTold && this.isNewHere(key, { code: error.code, at });
    const result = { key, app: undefined, error, attempts: 1, nextAttemptAt: at, isRecorded: false, isNews };
    this.addFailure({ key, uploadedAt }, result);
  }

  private addFailure(bundle: Pick<ReadBundle, 'key' | 'uploadedAt'>, result: FailedBundle): void {
    const { code } = result.error;
    this.record.setState(bundle, isFaultOfBundle(code) ? 'blocked' : 'failed', code);
    this.record.failed.push(result);
    this.ports.onEvent({ type: 'bundle', state: 'failed', result, bundle: bundle.key });
    if (result.isNews) this.tell({ kind: 'failed', bundle: result });
  }

  /** Whether people are told of a failure that is not recorded: only in a loop of passes is it known what they were told. */
  private isNewHere(key: string, { code, at }: Pick<RecordedFailure, 'code' | 'at'>): boolean {
    const { toldFailures } = this.ports;
    const { alert, told } = alertOf(toldFailures.get(key), { code }, at);
    if (told !== undefined) toldFailures.set(key, told);
    return alert !== undefined;
  }

  private async leaveIfReplaced(bundle: ReadBundle, onEvent: DeployerListener): Promise<boolean> {
    // The first error is the one to report.
    const found = await findUpload(this.access.bundles, bundle.upload).catch(() => 'current');
    if (found === 'current') return false;
    if (found === 'removed') this.record.remove(bundle.key);
    else this.record.setState(bundle, 'new');
    onEvent({ type: 'bundle', state: 'postponed', reason: `it was ${found} meanwhile` });
    return true;
  }

  /** Whether a failure stops the whole pass. */
  private isFatal(error: AppsctlError): boolean {
    return endsPass(error) || this.tags.isGeneral(error);
  }

  private tell(message: DeployerMessage): void {
    const { run, environment } = this.record.start;
    if (!this.settings.summary) this.ports.notifier.notify(message, { run, environment });
  }
}

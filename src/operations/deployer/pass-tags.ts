import { throwIfAborted } from '../../core/async/clock.js';
import type { Upload } from '../../core/deployer/upload.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { SECOND } from '../../core/units.js';
import type { DeployerAccess, DeployerPorts } from './ports.js';
import { isTagged, type TagChange, tagUpload } from './tag-upload.js';

/** Deployers of other environments read and write tags within this time: then ours are looked up again. */
const SETTLED_AFTER_MS = 2 * SECOND;

/** The tags that a pass writes. */
export class PassTags {
  /** What was tagged, to be looked up again. */
  private readonly tagged: { readonly upload: Upload; readonly change: TagChange }[] = [];
  private hasTagged = false;
  private readonly refusedKeys = new Set<string>();
  /** Why no tag can be written: without them, the next pass would do everything again. */
  private refusal: unknown;

  constructor(
    private readonly ports: Pick<DeployerPorts, 'clock' | 'signal' | 'onEvent'>,
    private readonly access: Pick<DeployerAccess, 'bundles'>,
  ) {}

  /**
   * @param isLookedUp whether the tag is looked up again in the end: not that of a failure, which someone may have removed by
   *   then to retry the bundle
   * @returns false when what was deployed is not what the bucket has any more
   * @throws AppsctlError as {@link tagUpload}
   */
  async tag(upload: Upload, change: TagChange, isLookedUp: boolean): Promise<boolean> {
    const { bundles } = this.access;
    try {
      const outcome = await tagUpload({ bundles, clock: this.ports.clock }, upload, change);
      if (outcome === 'replaced') return false;
    } catch (error) {
      if (AppsctlError.is(error) && error.code === 'ACCESS_DENIED') this.refusedKeys.add(upload.key);
      // One bundle may be special; if two of them are refused and none is accepted, a permission is missing.
      if (this.refusedKeys.size > 1 && !this.hasTagged) this.refusal = error;
      throw error;
    }
    this.hasTagged = true;
    if (isLookedUp) this.tagged.push({ upload, change });
    return true;
  }

  /** Whether an error means that no tag can be written. */
  isGeneral(error: unknown): boolean {
    return error === this.refusal;
  }

  /**
   * Looks the tags up again: a deployer of another environment that read them before they were written has removed them.
   *
   * @throws AppsctlError INTERRUPTED
   */
  async settle(): Promise<void> {
    const { clock, signal, onEvent } = this.ports;
    if (this.tagged.length === 0) return;
    await clock.sleep(SETTLED_AFTER_MS, signal);
    for (const { upload, change } of this.tagged.splice(0)) {
      throwIfAborted(signal);
      try {
        if (!(await isTagged(this.access.bundles, upload, change))) await this.tag(upload, change, false);
      } catch (error) {
        if (!AppsctlError.is(error)) throw error;
        const message = `cannot make sure that the tags were kept: ${error.message}`;
        onEvent({ type: 'warning', message, bundle: upload.key });
      }
    }
  }
}

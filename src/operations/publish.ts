import { OUTCOME_OF } from '../core/deploy/action.js';
import type { MattermostPlan } from '../core/deploy/mattermost-plan.js';
import type { Outcome } from '../core/diagnostics/event.js';
import type { Manifest } from '../core/manifest/manifest.js';
import type { Mattermost } from '../core/ports/mattermost.js';

/** What publishing an app needs. */
export interface PublishContext {
  readonly mattermost: Mattermost;
  /** Marks a safe point. */
  throwIfAborted(): void;
  /** Called with each completed step. */
  report(kind: 'listing' | 'installation', name: string, outcome: Outcome): void;
}

/** Lists an app in Mattermost and installs it, as planned. */
export async function publish(
  { mattermost, ...run }: PublishContext,
  manifest: Manifest,
  { listing, installation }: Pick<MattermostPlan, 'listing' | 'installation'>,
): Promise<void> {
  run.throwIfAborted();
  if (listing !== 'unchanged') await mattermost.list(manifest);
  run.report('listing', manifest.app_id, OUTCOME_OF[listing]);
  if (installation === undefined) return;
  run.throwIfAborted();
  if (installation !== 'unchanged') await mattermost.install(manifest);
  run.report('installation', manifest.app_id, OUTCOME_OF[installation]);
}

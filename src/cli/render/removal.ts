import type { AppRemoval, RemovalStep, RemoveResult } from '../../api/remove.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import { joinFirst } from '../../core/text.js';
import { type Format, jsonLines } from './json.js';
import { renderStep } from './plan.js';

/** The number of versions that a line lists. */
const MAX_LISTED = 10;

/**
 * The lines for the plan of a removal.
 *
 * @param vocabulary the names of options and commands
 */
export function renderRemovalPlan(removal: AppRemoval, format: Format, vocabulary: Vocabulary): string[] {
  if (format === 'json') return jsonLines(toJson(removal));
  const { steps } = removal;
  const count = (action: RemovalStep['action']): number =>
    steps.filter((step) => step.action === action).length;
  const refusal = `Without ${vocabulary.uninstall}, this removal is refused: the app is installed.`;
  return [
    ...renderSteps(removal, vocabulary),
    `Plan: ${count('remove')} to remove, ${count('update')} to update, ${count('keep')} kept. Nothing was changed (--dry-run).`,
    ...(steps.some(({ isRefused }) => isRefused) ? [refusal] : []),
    ...listingNote(removal, vocabulary),
  ];
}

/** What would be removed, changed and kept. */
export function renderSteps({ steps }: AppRemoval, { uninstall }: Vocabulary): string[] {
  return steps.flatMap((step) => renderStep(step, uninstall));
}

/**
 * The lines for a removal that is done.
 *
 * @param vocabulary the names of options and commands
 */
export function renderRemoval(result: RemoveResult, format: Format, vocabulary: Vocabulary): string[] {
  if (format === 'json') return jsonLines({ ...toJson(result), left: result.left });
  const { appId, versions, remaining, steps } = result;
  if (versions.length === 0) return [`Nothing to remove: ${appId} has ${countVersions(remaining)}.`];
  const count = (kind: RemovalStep['kind']): number =>
    steps.filter((step) => step.kind === kind && step.action === 'remove').length;
  const logGroups = count('log group');
  return [
    `${appId} ${joinFirst(versions, MAX_LISTED)} ${versions.length === 1 ? 'is' : 'are'} removed from AWS.`,
    `Functions: ${count('function')} removed`,
    `Assets: ${count('asset')} removed`,
    logGroups > 0
      ? `Log groups: ${logGroups} removed`
      : `Log groups: kept, ${vocabulary.logs} would remove them`,
    ...(remaining.length === 0 ? [] : [`Still deployed, latest first: ${joinFirst(remaining, MAX_LISTED)}`]),
    ...listingNote(result, vocabulary),
  ];
}

function toJson({ appId, steps, ...fields }: AppRemoval): object {
  const { versions, remaining, listed = null } = fields;
  const items = steps.map(({ isRefused: refused, ...step }) => ({ ...step, refused }));
  return { app: appId, versions, remaining, listed, steps: items };
}

/** Mattermost cannot take an app off its list. */
function listingNote({ appId, listed, remaining }: AppRemoval, { rollbackCommand }: Vocabulary): string[] {
  if (listed === undefined) return [];
  const after = remaining.length === 0 ? '' : `; list another version with: ${rollbackCommand}`;
  return [
    `Mattermost still lists ${appId} ${listed}, and has no way to unlist it: an installation of it would not work${after}`,
  ];
}

function countVersions(versions: readonly string[]): string {
  return versions.length === 1 ? '1 version' : `${versions.length} versions`;
}

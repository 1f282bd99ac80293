import type { AccountRemovals } from '../../core/clean/plan.js';
import { type Format, jsonLines } from './json.js';
import { INDENT, renderAction } from './plan.js';

/** The lines for a dry run of `aws clean`. */
export function renderCleanPlan(planned: AccountRemovals, format: Format): string[] {
  if (format === 'json') return jsonLines(planned);
  const { removals, kept } = planned;
  return [
    ...renderRemovals(planned),
    `Plan: ${removals.length} to remove, ${kept.length} to keep. Nothing was changed (--dry-run).`,
  ];
}

/** What would be removed, with what is attached to it, and what stays. */
export function renderRemovals({ removals, kept }: AccountRemovals): string[] {
  return [
    ...removals.flatMap(({ kind, name, details }) => [
      renderAction('remove', kind, name),
      ...details.map((detail) => `${INDENT}with ${detail}`),
    ]),
    ...kept.map(({ kind, name, reason }) => `${renderAction('keep', kind, name)} (${reason})`),
  ];
}

/** The lines for what `aws clean` has removed and kept. */
export function renderClean(result: AccountRemovals, format: Format): string[] {
  if (format === 'json') return jsonLines(result);
  const { accountId, removals, kept } = result;
  const removed = removals.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return [
    removals.length === 0
      ? `There is nothing to remove in account ${accountId}.`
      : `Removed from account ${accountId}: ${removed}.`,
    ...kept.map(({ kind, name, reason }) => `Kept: ${kind} ${name} (${reason}).`),
  ];
}

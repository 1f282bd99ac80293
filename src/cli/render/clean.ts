import type { AccountRemovals } from '../../core/clean/plan.js';

/** Where the name of a resource begins. */
const INDENT = ' '.repeat(10);

/** The lines for a dry run of `aws clean`: what would be removed, with what is attached to it, and what stays. */
export function renderCleanPlan({ removals, kept }: AccountRemovals): string[] {
  return [
    ...removals.flatMap(({ kind, name, details }) => [
      `${'remove'.padEnd(INDENT.length)}${kind} ${name}`,
      ...details.map((detail) => `${INDENT}with ${detail}`),
    ]),
    ...kept.map(({ kind, name, reason }) => `${'keep'.padEnd(INDENT.length)}${kind} ${name}: ${reason}`),
    `Plan: ${removals.length} to remove, ${kept.length} to keep. Nothing was changed (--dry-run).`,
  ];
}

/** The lines for what `aws clean` has removed and kept. */
export function renderClean({ accountId, removals, kept }: AccountRemovals): string[] {
  const removed = removals.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return [
    removals.length === 0
      ? `There is nothing to remove in account ${accountId}.`
      : `Removed from account ${accountId}: ${removed}.`,
    ...kept.map(({ kind, name, reason }) => `Kept: ${kind} ${name} (${reason}).`),
  ];
}

/** What is about to be removed, in one sentence, for the question. */
export function describeClean({ accountId, removals }: AccountRemovals): string {
  const things = removals.map(({ kind, name, details }) =>
    details.length === 0 ? `${kind} ${name}` : `${kind} ${name} with ${details.join(', ')}`,
  );
  return `this removes from account ${accountId}: ${things.join('; ')}`;
}

import type { RemovalStep } from '../../api/remove.js';
import type { Action } from '../../core/deploy/action.js';
import type { Change } from '../../core/deploy/changes.js';
import type { ResourceKind } from '../../core/diagnostics/event.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import type { Plan } from './command-result.js';

/** Where the name of a resource begins: after the longest action and a space. */
export const INDENT = ' '.repeat(10);

/**
 * The lines for a plan: what would be created and updated, and how many things stay unchanged.
 *
 * @param vocabulary the names of options and commands
 */
export function renderPlan({ changes }: Plan, { update }: Vocabulary): string[] {
  const count = (action: Action): number => changes.filter((change) => change.action === action).length;
  const refused = changes.filter(({ isRefused }) => isRefused).length;
  const note = refused === 0 ? '' : ` (${refused} only with ${update})`;
  const refusal = `Without ${update}, this deployment is refused: it would replace what is on AWS.`;
  return [
    ...changes.filter(({ action }) => action !== 'unchanged').flatMap((change) => renderStep(change, update)),
    `Plan: ${count('create')} to create, ${count('update')} to update${note}, ${count('unchanged')} unchanged. Nothing was changed (--dry-run).`,
    ...(refused > 0 ? [refusal] : []),
  ];
}

/**
 * The lines for a step of a plan: one, and for invoke policies one more for each detail.
 *
 * @param flag without which the step is refused
 */
export function renderStep(step: Change | RemovalStep, flag: string): string[] {
  const { action, kind, name, details, isRefused } = step;
  const line = renderAction(action, kind, name);
  if (kind === 'invoke policy') return [line, ...details.map((detail) => INDENT + detail)];
  const described = details.length === 0 ? line : `${line}: ${details.join('; ')}`;
  return [isRefused ? `${described} (only with ${flag})` : described];
}

/** What is done with a resource. */
export function renderAction(action: string, kind: ResourceKind, name: string): string {
  return `${action.padEnd(INDENT.length)}${kind} ${name}`;
}

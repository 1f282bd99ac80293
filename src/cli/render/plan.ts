import type { Action } from '../../core/deploy/action.js';
import type { Change } from '../../core/deploy/changes.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import type { Plan } from './command-result.js';

/** Where the name of a resource begins: after the longest action and a space. */
const INDENT = ' '.repeat(10);

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
    ...changes
      .filter(({ action }) => action !== 'unchanged')
      .flatMap((change) => renderChange(change, update)),
    `Plan: ${count('create')} to create, ${count('update')} to update${note}, ${count('unchanged')} unchanged. Nothing was changed (--dry-run).`,
    ...(refused > 0 ? [refusal] : []),
  ];
}

function renderChange({ action, kind, name, details, isRefused }: Change, update: string): string[] {
  const line = `${action.padEnd(INDENT.length)}${kind} ${name}`;
  if (kind === 'invoke policy') return [line, ...details.map((detail) => INDENT + detail)];
  const described = details.length === 0 ? line : `${line}: ${details.join('; ')}`;
  return [isRefused ? `${described} (only with ${update})` : described];
}

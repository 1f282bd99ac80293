import type { DeploymentPlan } from '../../api/deploy.js';
import type { Action } from '../../core/deploy/action.js';
import type { Change } from '../../core/deploy/changes.js';

/** Where the name of a resource begins: after the longest action and a space. */
const INDENT = ' '.repeat(10);

/** The lines for a plan: what would be created and updated, and how many things stay unchanged. */
export function renderPlan({ changes }: DeploymentPlan): string[] {
  const count = (action: Action): number => changes.filter((change) => change.action === action).length;
  return [
    ...changes.filter(({ action }) => action !== 'unchanged').flatMap(renderChange),
    `Plan: ${count('create')} to create, ${count('update')} to update, ${count('unchanged')} unchanged. Nothing was changed (--dry-run).`,
  ];
}

function renderChange({ action, kind, name, details }: Change): string[] {
  const line = `${action.padEnd(INDENT.length)}${kind} ${name}`;
  if (kind === 'invoke policy') return [line, ...details.map((detail) => INDENT + detail)];
  return [details.length === 0 ? line : `${line}: ${details.join('; ')}`];
}

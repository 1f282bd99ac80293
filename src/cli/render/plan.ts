import type { Action, DeployPlan } from '../../core/deploy/plan.js';

/** The lines for a plan: what is to be created and updated, and how much stays as it is. */
export function renderPlan(plan: DeployPlan, appId: string): string[] {
  const line = (action: Action, what: string, detail = ''): string =>
    `${action.padEnd(9)} ${what}${detail === '' ? '' : `: ${detail}`}`;
  const lines: string[] = [];
  let unchanged = 0;
  const add = (action: Action, what: string, detail?: string): void => {
    if (action === 'unchanged') unchanged++;
    else lines.push(line(action, what, detail));
  };
  for (const { action, spec, changes } of plan.functions) {
    add(action, `function ${spec.name}`, changes.map(({ detail }) => detail).join('; '));
  }
  for (const { action, asset } of plan.assets) add(action, `asset ${asset.key}`);
  if (plan.policyChange === undefined) unchanged++;
  else {
    const { name, policy, added, removed, attachTo } = plan.policyChange;
    add(policy === undefined ? 'create' : 'update', `invoke policy ${name}`);
    lines.push(
      ...attachTo.map((holder) => `          attached to ${holder.kind} ${holder.name}`),
      ...added.map((resource) => `          + ${resource}`),
      ...removed.map((resource) => `          - ${resource}`),
    );
  }
  add(plan.manifest, 'manifest');
  add(plan.listing, `listing ${appId}`);
  if (plan.installation !== undefined) add(plan.installation, `installation ${appId}`);
  lines.push(`${unchanged} unchanged`);
  return lines;
}

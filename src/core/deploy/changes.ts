import { manifestKey } from '../aws/resource-names.js';
import type { ResourceKind } from '../diagnostics/event.js';
import type { Manifest } from '../manifest/manifest.js';
import type { PolicyChange } from '../policy/invoke-policies.js';
import type { Action } from './action.js';
import { describeSettings } from './function-settings.js';
import { functionTarget } from './function-spec.js';
import type { ResourcePlan } from './plan.js';

/** One thing that a deployment creates, updates or leaves unchanged. */
export interface Change {
  readonly action: Action;
  readonly kind: ResourceKind;
  /** The name on AWS, the S3 key or the id of the app. */
  readonly name: string;
  /** What changes, or the settings of a new function, one text each; never the value of an environment variable. */
  readonly details: readonly string[];
  /** Whether the deployment refuses this change, because it replaces something on AWS and `update` is not set. */
  readonly isRefused: boolean;
}

/**
 * Describes a plan as one list, in the order of a deployment.
 *
 * @param policyName the name of the invoke policy
 * @param hasServer whether the app is listed in Mattermost
 */
export function toChanges(
  manifest: Manifest,
  plan: ResourcePlan,
  policyName: string,
  hasServer: boolean,
): Change[] {
  const { app_id: id, version } = manifest;
  const refused = new Set(plan.refused.map(({ kind, name }) => `${kind} ${name}`));
  const changes: Change[] = [];
  const add = (kind: ResourceKind, name: string, action: Action, details: readonly string[] = []): void => {
    changes.push({ action, kind, name, details, isRefused: refused.has(`${kind} ${name}`) });
  };
  for (const { action, spec, changes: fields } of plan.functions) {
    add(
      'function',
      spec.name,
      action,
      action === 'create'
        ? describeSettings(functionTarget(spec, undefined))
        : fields.map(({ detail }) => detail),
    );
  }
  for (const { action, asset } of plan.assets) add('asset', asset.key, action);
  changes.push(toAccessChange(policyName, plan.policyChange));
  add('manifest', manifestKey(id, version), plan.manifest);
  if (hasServer) changes.push(...toServerChanges(id, plan));
  return changes;
}

/**
 * Describes a rollback as one list, in its order.
 *
 * @param id the ID of the app
 * @param policyName the name of the invoke policy
 */
export function toRollbackChanges(
  id: string,
  policyName: string,
  policyChange: PolicyChange | undefined,
  plan: Pick<ResourcePlan, 'listing' | 'installation'>,
): Change[] {
  return [toAccessChange(policyName, policyChange), ...toServerChanges(id, plan)];
}

function toAccessChange(policyName: string, policyChange: PolicyChange | undefined): Change {
  if (policyChange !== undefined) return toPolicyChange(policyChange);
  return unrefused('invoke policy', policyName, 'unchanged');
}

function toServerChanges(
  id: string,
  { listing, installation }: Pick<ResourcePlan, 'listing' | 'installation'>,
): Change[] {
  return [
    unrefused('listing', id, listing),
    ...(installation === undefined ? [] : [unrefused('installation', id, installation)]),
  ];
}

function unrefused(kind: ResourceKind, name: string, action: Action): Change {
  return { action, kind, name, details: [], isRefused: false };
}

function toPolicyChange({ name, policy, added, removed, attachTo }: PolicyChange): Change {
  return {
    action: policy === undefined ? 'create' : 'update',
    kind: 'invoke policy',
    name,
    isRefused: false,
    details: [
      ...attachTo.map((identity) => `attached to ${identity.kind} ${identity.name}`),
      ...added.map((resource) => `+ ${resource}`),
      ...removed.map((resource) => `- ${resource}`),
    ],
  };
}

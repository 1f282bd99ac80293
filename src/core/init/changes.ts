import type { Action } from '../deploy/action.js';
import type { Change } from '../deploy/changes.js';
import type { ResourceKind } from '../diagnostics/event.js';
import type { InitPlan } from './plan.js';
import type { InitSettings } from './settings.js';
import type { InitState } from './state.js';

/**
 * Describes a plan as one list, in the order in which it is applied.
 *
 * @param store what happens to the thing that keeps the server's variables, if there is one
 */
export function toInitChanges(
  settings: InitSettings,
  { bucket }: InitState,
  plan: InitPlan,
  store: Pick<Change, 'action' | 'kind' | 'name'> | undefined,
): Change[] {
  const { userName, groupName, policyName, executionRoleName } = settings;
  const { makeRoom, create, replaced, replacement } = plan.accessKeys;
  const changes: Change[] = [];
  const add = (kind: ResourceKind, name: string, action: Action, detail?: string): void => {
    // What does not differ from what its name says needs no detail.
    const details = action === 'unchanged' || detail === undefined ? [] : [detail];
    changes.push({ action, kind, name, details, isRefused: false });
  };
  add('user', userName, plan.user);
  add('bucket', bucket.name, plan.bucket, plan.bucket === 'update' ? 'make it private' : undefined);
  add('lifecycle rules', bucket.name, plan.cleanupRules, 'remove abandoned uploads');
  add('group', groupName, plan.group);
  add('invoke policy', policyName, plan.policy, `allow bucket ${bucket.name}`);
  add('policy attachment', policyName, plan.attachment, `to group ${groupName}`);
  add('group membership', userName, plan.membership, `in group ${groupName}`);
  add('execution role', executionRoleName, plan.role);
  add('policy attachment', LOGGING_POLICY, plan.logging, `to role ${executionRoleName}, to write logs`);
  if (makeRoom !== undefined) add('access key', makeRoom.id, 'update', 'delete it, to make room');
  if (create) add('access key', '(new)', 'create', `for user ${userName}`);
  if (store !== undefined) add(store.kind, store.name, store.action);
  for (const { id } of replaced)
    add('access key', id, 'update', `${replacement} it once the other one works`);
  return changes;
}

const LOGGING_POLICY = 'AWSLambdaBasicExecutionRole';

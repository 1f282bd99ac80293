import { parseAccount } from '../../core/aws/arn.js';
import type { Change } from '../../core/deploy/changes.js';
import { toInitChanges } from '../../core/init/changes.js';
import { type InitPlan, planInit } from '../../core/init/plan.js';
import { serverVariables } from '../../core/init/server-variables.js';
import type { InitSettings } from '../../core/init/settings.js';
import type { BucketSetup } from '../../core/ports/s3.js';
import { InitRun } from './apply.js';
import { checkInit } from './check-init.js';
import { readInitState } from './init-state.js';
import type { InitPorts } from './ports.js';
import type { PreparedAccount } from './prepared-account.js';

/** An account that has been checked, but not changed. */
export interface CheckedAccount {
  /** What {@link apply} creates, changes and leaves unchanged, in this order. */
  readonly changes: readonly Change[];
  /** Creates and changes resources; without `create`, at most the new access key. */
  apply(): Promise<PreparedAccount>;
}

/**
 * Checks the resources that Mattermost Apps require in an AWS account: a bucket, a user who is only allowed to invoke
 * functions and to read the bucket (through a group and its policy), and the execution role. Changes nothing.
 *
 * @throws AppsctlError NOT_FOUND naming all missing resources or CONFLICT naming all misconfigurations, unless `create`
 *   is set; LIMIT when the user cannot have another access key; the errors of the ports
 */
export async function prepareInit(settings: InitSettings, ports: InitPorts): Promise<CheckedAccount> {
  const account = parseAccount(await ports.identity.arn());
  ports.onEvent({ type: 'account', accountId: account.accountId, region: settings.region });
  const bucket = await ports.openBucket(account.accountId);
  const state = await readInitState(settings, ports, bucket, account);
  const plan = planInit(settings, state);
  checkInit(settings, state, plan, ports);
  const run = new InitRun(settings, ports, bucket, state, plan);
  return {
    changes: toInitChanges(settings, state, plan, planStore(settings, ports, bucket, plan)),
    apply: () => run.apply(),
  };
}

/** The plan for what keeps the server's variables; the secret of a new key is not known yet. */
function planStore(
  { region }: InitSettings,
  { store }: InitPorts,
  { name: bucket }: BucketSetup,
  { accessKeys }: InitPlan,
): Pick<Change, 'action' | 'kind' | 'name'> | undefined {
  if (store === undefined) return undefined;
  const newKey = accessKeys.create ? { id: '', secret: '' } : undefined;
  const { kind, name } = store;
  return { action: store.plan(serverVariables({ region, bucket }, newKey)), kind, name };
}

import { mapConcurrent } from '../../core/async/concurrency.js';
import { defaultLogGroup } from '../../core/aws/resource-names.js';
import { OUTCOME_OF } from '../../core/deploy/action.js';
import { checkFunctionChange } from '../../core/deploy/check-function-change.js';
import { differenceError, toDifference } from '../../core/deploy/differences.js';
import { type FieldChange, functionChanges, hasChangeOf } from '../../core/deploy/function-changes.js';
import type { FunctionSpec, FunctionState } from '../../core/deploy/function-spec.js';
import type { FunctionStep } from '../../core/deploy/plan-function.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Outcome } from '../../core/diagnostics/event.js';
import type { DeployRun } from './deploy-run.js';

/** Lambda allows 15 changes of functions per second in an account. */
const CONCURRENT_FUNCTIONS = 5;

/**
 * Asks Lambda whether it would accept the new code of functions; changes nothing.
 *
 * @throws the errors of the port when it would not
 */
export async function checkCodeUpdates({ plan, state }: DeployRun): Promise<void> {
  const steps = plan.functions.filter(({ changes }) => hasChangeOf(changes, 'code'));
  await mapConcurrent(steps, CONCURRENT_FUNCTIONS, async ({ current, changes }) => {
    if (current !== undefined) await state.functions.checkCodeUpdate(current, changes);
  });
}

/** Creates and updates the functions, and waits until they can be invoked. */
export async function deployFunctions(run: DeployRun): Promise<void> {
  await mapConcurrent(run.plan.functions, CONCURRENT_FUNCTIONS, async (step) => {
    run.throwIfAborted();
    run.report('function', step.spec.name, await deployFunction(run, step));
  });
}

async function deployFunction(
  run: DeployRun,
  { action, spec, current, changes }: FunctionStep,
): Promise<Outcome> {
  const { functions } = run.state;
  // Before the function is created: if the deployment stops in between, a new one sees a function that is still missing.
  await setLogRetention(run, spec, current, changes);
  if (current === undefined) return createFunction(run, spec);
  if (action === 'update') await functions.update(spec, current, changes);
  else if (current.status === 'busy') await functions.whenReady(spec.name);
  return OUTCOME_OF[action];
}

async function setLogRetention(
  { ports }: DeployRun,
  { name, settings }: FunctionSpec,
  current: FunctionState | undefined,
  changes: readonly FieldChange[],
): Promise<void> {
  const { logRetention } = settings;
  if (logRetention === undefined || (current !== undefined && !hasChangeOf(changes, 'logs'))) return;
  const logs = await ports.openLogs();
  await logs.setRetention(current?.logGroup ?? defaultLogGroup(name), logRetention);
}

/** Creates a function that did not exist when the deployment was planned. */
async function createFunction({ state, settings }: DeployRun, spec: FunctionSpec): Promise<Outcome> {
  const { functions } = state;
  if (await functions.create(spec)) return 'created';
  // Either our own request created it and its response was lost, or another deployment did.
  const found = await functions.find(spec.name);
  if (found === undefined) {
    const message = `function ${spec.name} was created and deleted by another deployment`;
    throw new AppsctlError('CONFLICT', message, { hint: ({ again }) => again });
  }
  // Its log retention is already set.
  const current = { ...found, logRetention: spec.settings.logRetention };
  const changes = functionChanges(spec, current);
  checkFunctionChange(spec, current, changes);
  if (changes.every(({ isUncertain }) => isUncertain === true)) {
    await functions.whenReady(spec.name);
    return 'created';
  }
  if (!settings.update) throw differenceError([toDifference({ spec, changes })]);
  await functions.update(spec, current, changes);
  return 'updated';
}

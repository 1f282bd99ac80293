import { mapConcurrent } from '../../core/async/concurrency.js';
import { OUTCOME_OF } from '../../core/deploy/action.js';
import { checkFunctionChange } from '../../core/deploy/check-function-change.js';
import { differenceError, toDifference } from '../../core/deploy/differences.js';
import { functionChanges, hasChangeOf } from '../../core/deploy/function-changes.js';
import type { FunctionSpec } from '../../core/deploy/function-spec.js';
import type { FunctionStep } from '../../core/deploy/plan.js';
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
  if (current === undefined) return createFunction(run, spec);
  if (action === 'update') await functions.update(spec, current, changes);
  else if (current.status === 'busy') await functions.whenReady(spec.name);
  return OUTCOME_OF[action];
}

/** Creates a function that did not exist when the deployment was planned. */
async function createFunction({ state, settings }: DeployRun, spec: FunctionSpec): Promise<Outcome> {
  const { functions } = state;
  if (await functions.create(spec)) return 'created';
  // Either our own request created it and its response was lost, or another deployment did.
  const current = await functions.find(spec.name);
  if (current === undefined) {
    const message = `function ${spec.name} was created and deleted by another deployment`;
    throw new AppsctlError('CONFLICT', message, { hint: ({ again }) => again });
  }
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

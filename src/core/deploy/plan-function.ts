import type { BundleFunction } from '../bundle/bundle.js';
import type { Action } from './action.js';
import { checkFunctionChange } from './check-function-change.js';
import { type FieldChange, functionChanges } from './function-changes.js';
import type { FunctionSettings, FunctionSpec, FunctionState } from './function-spec.js';
import { type PreviousFunction, type TakenOver, takeOver } from './take-over.js';

/** The plan for a function. */
export interface FunctionStep {
  readonly action: Action;
  readonly spec: FunctionSpec;
  readonly current: FunctionState | undefined;
  readonly changes: readonly FieldChange[];
  /** Undefined for a function that exists, or that the previous version does not have. */
  readonly takenOver: TakenOver | undefined;
}

/**
 * Plans what a deployment does to a function.
 *
 * @param given the settings of the deployment
 * @param current undefined for a function that does not exist yet
 * @param previous what such a function takes over
 * @throws the errors of {@link takeOver} and {@link checkFunctionChange}
 */
export function planFunction(
  { lambdaName: name, handler, runtime }: BundleFunction,
  { role, code }: Pick<FunctionSpec, 'role' | 'code'>,
  given: FunctionSettings,
  current: FunctionState | undefined,
  previous: PreviousFunction | undefined,
): FunctionStep {
  const taken = current === undefined && previous !== undefined ? takeOver(name, given, previous) : undefined;
  const spec = { name, handler, runtime, role, code, settings: taken?.settings ?? given };
  const changes = current === undefined ? [] : functionChanges(spec, current);
  checkFunctionChange(spec, current, changes);
  const action = current === undefined ? 'create' : changes.length > 0 ? 'update' : 'unchanged';
  return { action, spec, current, changes, takenOver: taken?.takenOver };
}

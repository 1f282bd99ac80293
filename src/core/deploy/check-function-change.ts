import { environmentProblem, tagsProblem } from '../aws/function-limits.js';
import { AppsctlError } from '../diagnostics/error.js';
import type { FieldChange, FunctionField } from './function-changes.js';
import { type FunctionSpec, type FunctionState, functionTarget, ownTags } from './function-spec.js';

/**
 * Checks that a function can be created or updated as planned.
 *
 * @throws AppsctlError CONFLICT for a function that must be deleted first, or that has a customer-managed runtime;
 *   ACCESS_DENIED when variables cannot be read and others would be added or are required; LIMIT when existing and new
 *   variables or tags together exceed a limit of AWS Lambda
 */
export function checkFunctionChange(
  spec: FunctionSpec,
  current: FunctionState | undefined,
  changes: readonly FieldChange[],
): void {
  const { name, settings } = spec;
  if (current?.status === 'failed') {
    throw new AppsctlError('CONFLICT', `function ${name} could not be created: ${current.failure}`, {
      hint: `delete it and deploy again: aws lambda delete-function --function-name ${name}`,
    });
  }
  if (current?.runtime === 'custom') {
    throw new AppsctlError(
      'CONFLICT',
      `function ${name} has a customer-managed runtime, which would be lost`,
      { hint: 'select an AWS managed runtime in the AWS console, or delete the function' },
    );
  }
  const { environment, replaceEnvironment, requiredEnvironment = [] } = settings;
  const needsEnvironment =
    replaceEnvironment !== true && (environment !== undefined || requiredEnvironment.length > 0);
  if (current !== undefined && current.environment === undefined && needsEnvironment) {
    const message = `the environment variables of function ${name} cannot be read: ${current.environmentError}`;
    throw new AppsctlError('ACCESS_DENIED', message, {
      hint: ({ replaceEnv }) =>
        `allow kms:Decrypt on the KMS key of the function, or use ${replaceEnv} to replace all variables`,
    });
  }
  const target = functionTarget(spec, current);
  const isChanged = (field: FunctionField): boolean =>
    current === undefined || changes.some((change) => change.field === field);
  const problem =
    (isChanged('environment') ? environmentProblem(target.environment ?? {}) : undefined) ??
    (isChanged('tags') ? tagsProblem({ ...ownTags(current?.tags), ...target.tags }) : undefined);
  if (problem === undefined) return;
  throw new AppsctlError('LIMIT', `function ${name}: ${problem}`, {
    hint: ({ replaceEnv }) =>
      `remove variables or tags from the function; ${replaceEnv} removes the variables that are not given`,
  });
}

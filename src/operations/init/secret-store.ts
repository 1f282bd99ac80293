import { AppsctlError, type ErrorDetails } from '../../core/diagnostics/error.js';
import type { SecretService } from '../../core/ports/secrets.js';
import type { VariableStore } from './ports.js';

/**
 * Checks that a secret exists and that its value can be replaced, as far as that shows without a change.
 *
 * @param arn its ARN
 * @throws AppsctlError NOT_FOUND; CONFLICT for a secret whose value cannot be replaced; the errors of requests
 */
export async function openSecret(secrets: SecretService, arn: string): Promise<VariableStore> {
  const found = await secrets.find(arn);
  if (found === undefined) {
    throw new AppsctlError('NOT_FOUND', `secret ${arn} does not exist`, {
      hint: 'create it first, or check its ARN, which ends with six random characters',
    });
  }
  const { isBeingDeleted, owner, primaryRegion } = found;
  if (isBeingDeleted) throw conflict(arn, 'is scheduled to be deleted', 'cancel its deletion');
  if (owner !== undefined) {
    throw conflict(arn, `is managed by ${owner}`, ({ secret }) => `name another secret with ${secret}`);
  }
  if (primaryRegion !== undefined) {
    const hint = `name the secret in ${primaryRegion}, of which this one is a replica`;
    throw conflict(arn, 'is a replica, which cannot be written', hint);
  }
  return {
    kind: 'secret',
    name: arn,
    // Its value is not read, which would be another permission.
    plan: () => 'update',
    // Only writing it would show more.
    prepare: async () => {},
    write: (variables) => secrets.put(arn, JSON.stringify(variables)),
  };
}

function conflict(arn: string, problem: string, hint: ErrorDetails['hint']): AppsctlError {
  return new AppsctlError('CONFLICT', `secret ${arn} ${problem}`, { hint });
}

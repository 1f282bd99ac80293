import type { Account } from './account.js';
import { lambdaTime } from './clock.js';
import { copyOf } from './copy.js';
import { AwsError } from './errors.js';
import type { StoredFunction } from './lambda-model.js';

/** The answer to a read: what has been pending long enough is over afterwards. */
export function readState(stored: StoredFunction): Record<string, unknown> {
  const answer = configuration(stored);
  if (stored.pendingReads > 0) stored.pendingReads--;
  if (stored.inProgressReads > 0) stored.inProgressReads--;
  if (stored.inProgressReads === 0) stored.previous = undefined;
  return answer;
}

/** FunctionConfiguration as Lambda shows it. */
export function configuration(stored: StoredFunction): Record<string, unknown> {
  const { live } = stored;
  const [pending, updating] = [stored.pendingReads > 0, stored.inProgressReads > 0];
  return {
    FunctionName: live.name,
    FunctionArn: live.arn,
    Runtime: live.runtime,
    Role: stored.role,
    Handler: live.handler,
    CodeSize: live.code.zip.length,
    Description: stored.description,
    Timeout: live.timeout,
    MemorySize: live.memorySize,
    LastModified: lambdaTime(stored.lastModified),
    CodeSha256: live.code.sha256,
    Version: '$LATEST',
    ...(Object.keys(live.environment).length > 0 ? { Environment: { Variables: live.environment } } : {}),
    TracingConfig: { Mode: stored.tracing },
    RevisionId: stored.revisionId,
    PackageType: 'Zip',
    Architectures: [stored.architecture],
    EphemeralStorage: { Size: 512 },
    State: pending ? 'Pending' : 'Active',
    ...(pending ? { StateReason: 'The function is being created.', StateReasonCode: 'Creating' } : {}),
    LastUpdateStatus: updating ? 'InProgress' : 'Successful',
    ...(updating
      ? { LastUpdateStatusReason: 'The function is being updated.', LastUpdateStatusReasonCode: 'Updating' }
      : {}),
  };
}

/** To be called right before functions change, with the one that does unless it is new: keeps what there was. */
export function keepBefore(account: Account, stored?: StoredFunction): void {
  const before = account.snapshot('functions');
  if (stored !== undefined) before.functions.set(stored.live.name, copyOf(stored));
  account.remember(before);
}

export function conflict(message: string): AwsError {
  return new AwsError(409, 'ResourceConflictException', message);
}

export function pendingConflict(): AwsError {
  return conflict(
    'The operation cannot be performed at this time. The function is currently in the following state: Pending',
  );
}

/** Neither a function that is being created nor one that is being updated takes an update. */
export function refuseWhileBusy(stored: StoredFunction): void {
  if (stored.pendingReads > 0) throw pendingConflict();
  if (stored.inProgressReads > 0) {
    throw conflict(
      `The operation cannot be performed at this time. An update is in progress for resource: ${stored.live.arn}`,
    );
  }
}

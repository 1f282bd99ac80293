import type { Account } from './account.js';
import { lambdaTime } from './clock.js';
import { copyOf } from './copy.js';
import { AwsError } from './errors.js';
import type { Caller } from './exchange.js';
import type { StoredFunction } from './lambda-model.js';

/** The answer to a read: what has been pending long enough is over afterwards. */
export function readState(account: Account, stored: StoredFunction, caller: Caller): Record<string, unknown> {
  const answer = configuration(stored, caller);
  if (stored.deletingReads > 0 && --stored.deletingReads === 0) account.functions.delete(stored.live.name);
  if (stored.pendingReads > 0) stored.pendingReads--;
  if (stored.inProgressReads > 0) stored.inProgressReads--;
  if (stored.inProgressReads === 0) stored.previous = undefined;
  return answer;
}

/** The VPC of all subnets. */
const VPC_ID = 'vpc-0123456789abcdef0';

/** FunctionConfiguration as Lambda shows it to a caller. */
export function configuration(stored: StoredFunction, caller: Caller): Record<string, unknown> {
  const { live } = stored;
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
    ...environmentOf(stored, caller),
    ...(stored.kmsKeyArn === undefined ? {} : { KMSKeyArn: stored.kmsKeyArn }),
    TracingConfig: { Mode: stored.tracing },
    RevisionId: stored.revisionId,
    PackageType: 'Zip',
    Architectures: [stored.architecture],
    EphemeralStorage: { Size: stored.ephemeralStorage },
    ...vpcOf(stored),
    ...(stored.layers.length === 0 ? {} : { Layers: stored.layers.map((Arn) => ({ Arn })) }),
    LoggingConfig: { LogFormat: 'Text', LogGroup: stored.logGroup ?? `/aws/lambda/${live.name}` },
    ...stateOf(stored),
    ...lastUpdateOf(stored),
  };
}

/** What ListFunctions leaves out. Source: the API model of ListFunctions. */
const STATE_FIELDS: ReadonlySet<string> = new Set([
  ...['State', 'StateReason', 'StateReasonCode'],
  ...['LastUpdateStatus', 'LastUpdateStatusReason', 'LastUpdateStatusReasonCode'],
]);

/** A configuration as ListFunctions shows it. */
export function withoutState(shown: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(shown).filter(([field]) => !STATE_FIELDS.has(field)));
}

/** The lists are empty for a function without a VPC. */
function vpcOf({ vpc: { subnets, securityGroups } }: StoredFunction): Record<string, unknown> {
  if (subnets.length === 0) return { VpcConfig: { SubnetIds: [], SecurityGroupIds: [], VpcId: '' } };
  return { VpcConfig: { SubnetIds: subnets, SecurityGroupIds: securityGroups, VpcId: VPC_ID } };
}

function environmentOf(stored: StoredFunction, caller: Caller): Record<string, unknown> {
  const { kmsKeyArn, environmentError, live } = stored;
  const failed = (ErrorCode: string, Message: string) => ({ Environment: { Error: { ErrorCode, Message } } });
  if (environmentError !== undefined) return failed(environmentError.code, environmentError.message);
  if (Object.keys(live.environment).length === 0) return {};
  const refusal =
    kmsKeyArn === undefined ? undefined : caller.refusal({ action: 'kms:Decrypt', resource: kmsKeyArn });
  if (refusal === undefined) return { Environment: { Variables: live.environment } };
  return failed(
    'AccessDeniedException',
    `Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check your KMS permissions. KMS Exception: AccessDeniedException KMS Message: ${refusal}`,
  );
}

function stateOf({ pendingReads, state }: StoredFunction): Record<string, unknown> {
  if (pendingReads > 0) {
    return { State: 'Pending', StateReason: 'The function is being created.', StateReasonCode: 'Creating' };
  }
  if (state === undefined) return { State: 'Active' };
  return { State: state.name, StateReason: state.reason, StateReasonCode: state.code };
}

function lastUpdateOf({ inProgressReads, updateFailure }: StoredFunction): Record<string, unknown> {
  if (inProgressReads > 0) {
    return {
      LastUpdateStatus: 'InProgress',
      LastUpdateStatusReason: 'The function is being updated.',
      LastUpdateStatusReasonCode: 'Updating',
    };
  }
  if (updateFailure === undefined) return { LastUpdateStatus: 'Successful' };
  return {
    LastUpdateStatus: 'Failed',
    LastUpdateStatusReason: updateFailure.reason,
    LastUpdateStatusReasonCode: updateFailure.code,
  };
}

/** Stores the state of functions before a change. Call it right before, with the function unless it is new. */
export function keepBefore(account: Account, stored?: StoredFunction): void {
  const before = account.snapshot('functions');
  if (stored !== undefined) before.functions.set(stored.live.name, copyOf(stored));
  account.remember(before);
}

export function conflict(message: string): AwsError {
  return new AwsError(409, 'ResourceConflictException', message);
}

/** The error for whatever cannot be done in this state. */
export function stateConflict(state: string): AwsError {
  return conflict(
    `The operation cannot be performed at this time. The function is currently in the following state: ${state}`,
  );
}

export function refuseWhileDeleting({ state }: StoredFunction): void {
  if (state?.name === 'Deleting') throw stateConflict(state.name);
}

/** A failed function has to be deleted and created again; an update makes an inactive one active. */
const NO_UPDATES: ReadonlySet<string> = new Set(['Failed', 'Deactivating', 'Deleting']);

/** Neither a function that is being created or deleted nor one that is being updated takes an update. */
export function refuseWhileBusy(stored: StoredFunction): void {
  if (stored.pendingReads > 0) throw stateConflict('Pending');
  if (stored.state !== undefined && NO_UPDATES.has(stored.state.name)) throw stateConflict(stored.state.name);
  if (stored.inProgressReads > 0) {
    throw conflict(
      `The operation cannot be performed at this time. An update is in progress for resource: ${stored.live.arn}`,
    );
  }
}

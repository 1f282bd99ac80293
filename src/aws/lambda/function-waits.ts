import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { poll } from '../../core/async/poll.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { LAMBDA_TRUST_POLICY } from '../../core/policy/policy-templates.js';
import type { Role } from '../../core/policy/role.js';
import { isAwsError } from '../client/aws-error.js';
import type { LambdaService } from './lambda-service.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** How long a new role may take until Lambda can assume it and has its permissions; Terraform waits as long. */
const NEW_ROLE_MS = 5 * MINUTE;
/** How long EC2 may throttle Lambda. */
const EC2_THROTTLING_MS = 10 * MINUTE;
/** How long a function may take to become ready. */
const READY_LIMIT_MS = 5 * MINUTE;
/** How long a function that was just created may not be found. */
const APPEARANCE_LIMIT_MS = 20 * SECOND;
const DELETION_LIMIT_MS = 2 * MINUTE;

/** What was done to a function that is waited for: it must not have failed since. */
export type LastChange = 'created' | 'updated' | 'none';

/**
 * Waits until a function can be called and changed. A failed update of before does not matter: the function is as it
 * was, and another update is the remedy.
 *
 * @param first the function's configuration in the answer to a request just before; anything older that Lambda answers
 *   after that is waited out
 * @throws AppsctlError SERVICE when it fails, or takes too long; the errors of the SDK
 */
export function waitUntilReady(
  service: LambdaService,
  name: string,
  lastChange: LastChange,
  first?: FunctionConfiguration,
): Promise<FunctionConfiguration> {
  const { clock } = service.connection;
  const start = clock.now();
  let known = first;
  const wait = { limitMs: READY_LIMIT_MS, reason: `until function ${name} is ready` };
  return poll(service.connection, wait, async (isLast) => {
    const configuration = known ?? (await service.get(name))?.Configuration;
    known = undefined;
    if (configuration === undefined) {
      if (lastChange === 'created' && clock.now() - start < APPEARANCE_LIMIT_MS) return undefined;
      throw new AppsctlError('NOT_FOUND', `function ${name} does not exist any more`);
    }
    const { State, LastUpdateStatus, LastModified = '' } = configuration;
    // All times have one format, so that they can be compared as texts.
    const isOld = LastModified < (first?.LastModified ?? '');
    const isUpdateFailed = lastChange === 'updated' && LastUpdateStatus === 'Failed' && !isOld;
    if (State === 'Failed' || isUpdateFailed) throw failure(name, configuration, isUpdateFailed);
    if (State !== 'Pending' && LastUpdateStatus !== 'InProgress' && !isOld) return configuration;
    if (!isLast) return undefined;
    throw new AppsctlError('SERVICE', `function ${name} is not ready after ${READY_LIMIT_MS / SECOND} s`, {
      hint: 'run the same command again later',
    });
  });
}

/** Why a function or its last update failed, as AWS says it. */
export function failureReason(configuration: FunctionConfiguration, isUpdate: boolean): string {
  const { StateReason, StateReasonCode, LastUpdateStatusReason, LastUpdateStatusReasonCode } = configuration;
  const reasons = isUpdate
    ? [LastUpdateStatusReason, LastUpdateStatusReasonCode]
    : [StateReason, StateReasonCode];
  return reasons.filter(Boolean).join(', ') || 'AWS gives no reason';
}

function failure(name: string, configuration: FunctionConfiguration, isUpdate: boolean): AppsctlError {
  const reason = failureReason(configuration, isUpdate);
  const message = `function ${name} could not be ${isUpdate ? 'updated' : 'created'}: ${reason}`;
  return new AppsctlError('SERVICE', message, {
    hint: isUpdate
      ? 'the function is as it was; mend the cause and run the same command again'
      : `mend the cause, delete the function and deploy again: aws lambda delete-function --function-name ${name}`,
  });
}

/** Waits until a function that is being deleted is gone. */
export async function waitUntilDeleted(service: LambdaService, name: string): Promise<void> {
  const wait = { limitMs: DELETION_LIMIT_MS, reason: `until function ${name} is deleted` };
  await poll(service.connection, wait, async (isLast) => {
    const found = await service.get(name);
    if (found === undefined) return 'deleted';
    if (!isLast) return undefined;
    throw new AppsctlError('CONFLICT', `function ${name} is still being deleted`, {
      hint: 'run the same command again later',
    });
  });
}

/** Sends a change of a function, once no other change of it is in progress. */
export function whenUpdatable<T>(service: LambdaService, name: string, send: () => Promise<T>): Promise<T> {
  const wait = { limitMs: READY_LIMIT_MS, reason: `until function ${name} can be changed` };
  return poll(service.connection, wait, async (isLast) => {
    try {
      return await service.change(send);
    } catch (error) {
      if (isLast || !isAwsError(error, 'ResourceConflictException')) throw error;
      await waitUntilReady(service, name, 'none');
      return undefined;
    }
  });
}

/**
 * Sends a request that gives a function its role. Lambda cannot assume a role that was just created, and says so under
 * the name of another error. A role that is not new does not change: then the error is final.
 */
export function whenRoleAssumable<T>(service: LambdaService, role: Role, send: () => Promise<T>): Promise<T> {
  const { clock } = service.connection;
  const start = clock.now();
  const wait = { limitMs: EC2_THROTTLING_MS, reason: `until AWS Lambda can use the role ${role.arn}` };
  return poll(service.connection, wait, async (isLast) => {
    try {
      return await send();
    } catch (error) {
      if (!isAwsError(error, 'InvalidParameterValueException')) throw error;
      const limit = /throttled by EC2/.test(error.message)
        ? start + EC2_THROTTLING_MS
        : NEW_ROLE_MESSAGES.test(error.message)
          ? Math.max(role.createdAt, start - NEW_ROLE_MS) + NEW_ROLE_MS
          : start;
      if (!isLast && clock.now() < limit) return undefined;
      if (!/cannot be assumed by Lambda/.test(error.message)) throw error;
      throw new AppsctlError('SERVICE', `AWS Lambda may not assume the role ${role.arn}`, {
        hint: `its trust policy must be ${JSON.stringify(LAMBDA_TRUST_POLICY)}`,
        cause: error,
      });
    }
  });
}

/** What AWS says of a role as long as it does not know it everywhere, or for ever if the role is wrong. */
const NEW_ROLE_MESSAGES =
  /cannot be assumed by Lambda|execution role does not have permissions|KMS key is invalid for CreateGrant/;

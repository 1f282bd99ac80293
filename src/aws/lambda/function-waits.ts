import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { poll } from '../../core/async/poll.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { LAMBDA_TRUST_POLICY } from '../../core/policy/policy-templates.js';
import type { Role } from '../../core/policy/role.js';
import { PROPAGATION_LIMIT_MS } from '../../core/timeouts.js';
import { MINUTE, SECOND } from '../../core/units.js';
import { isAwsError } from '../client/aws-error.js';
import type { LambdaService } from './lambda-service.js';

/** How long Lambda may take to be able to assume a new role and use its permissions. Terraform has the same limit. */
const NEW_ROLE_LIMIT_MS = 5 * MINUTE;
/** How long EC2 may throttle Lambda. */
const EC2_THROTTLING_LIMIT_MS = 10 * MINUTE;
/** How long a function may take to become ready: in a VPC, Lambda creates network interfaces. Terraform has the same limit. */
const READY_LIMIT_MS = 10 * MINUTE;
const DELETION_LIMIT_MS = 2 * MINUTE;

/** The change that a wait follows, and whose failure ends it. */
export type LastChange = 'created' | 'updated' | 'none';

/**
 * Waits until a function can be invoked and changed. The failure of an earlier update is ignored: it left the function
 * unchanged, and another update fixes it.
 *
 * @param first the function's configuration in the response to the change, if there was one; older configurations that
 *   Lambda returns after it are ignored
 * @throws AppsctlError SERVICE when the function fails or is not ready in time; the errors of the SDK
 */
export function waitUntilReady(
  service: LambdaService,
  name: string,
  lastChange: LastChange,
  first?: FunctionConfiguration,
): Promise<FunctionConfiguration> {
  const { clock } = service.connection;
  const start = clock.now();
  let latest = first;
  const wait = { limitMs: READY_LIMIT_MS, reason: `until function ${name} is ready` };
  return poll(service.connection, wait, async (isLast) => {
    const configuration = latest ?? (await service.get(name))?.Configuration;
    latest = undefined;
    if (configuration === undefined) {
      // GetFunction may not find a function yet that was just created.
      if (lastChange === 'created' && clock.now() - start < PROPAGATION_LIMIT_MS) return undefined;
      throw new AppsctlError('NOT_FOUND', `function ${name} no longer exists`);
    }
    const { State, LastUpdateStatus, LastModified = '' } = configuration;
    // ISO 8601 in UTC, so comparable as strings.
    const isOld = LastModified < (first?.LastModified ?? '');
    const isUpdateFailed = lastChange === 'updated' && LastUpdateStatus === 'Failed' && !isOld;
    if (State === 'Failed' || isUpdateFailed) throw createChangeError(name, configuration, isUpdateFailed);
    if (State !== 'Pending' && LastUpdateStatus !== 'InProgress' && !isOld) return configuration;
    if (!isLast) return undefined;
    throw new AppsctlError('SERVICE', `function ${name} is not ready after ${READY_LIMIT_MS / SECOND} s`, {
      hint: ({ again }) => `${again} later`,
    });
  });
}

/** Why a function or its last update failed, in AWS's words. */
export function toFailureReason(configuration: FunctionConfiguration, isUpdate: boolean): string {
  const { StateReason, StateReasonCode, LastUpdateStatusReason, LastUpdateStatusReasonCode } = configuration;
  const reasons = isUpdate
    ? [LastUpdateStatusReason, LastUpdateStatusReasonCode]
    : [StateReason, StateReasonCode];
  return reasons.filter(Boolean).join(', ') || 'AWS did not give a reason';
}

function createChangeError(
  name: string,
  configuration: FunctionConfiguration,
  isUpdate: boolean,
): AppsctlError {
  const reason = toFailureReason(configuration, isUpdate);
  const message = `function ${name} could not be ${isUpdate ? 'updated' : 'created'}: ${reason}`;
  return new AppsctlError('SERVICE', message, {
    hint: isUpdate
      ? ({ again }) => `fix the cause and ${again}; the function is unchanged`
      : `fix the cause, delete the function and deploy again: aws lambda delete-function --function-name ${name}`,
  });
}

/** Waits until a function that is being deleted no longer exists. */
export async function waitUntilDeleted(service: LambdaService, name: string): Promise<void> {
  const wait = { limitMs: DELETION_LIMIT_MS, reason: `until function ${name} is deleted` };
  await poll(service.connection, wait, async (isLast) => {
    const found = await service.get(name);
    if (found === undefined) return 'deleted';
    if (!isLast) return undefined;
    throw new AppsctlError('CONFLICT', `function ${name} is still being deleted`, {
      hint: ({ again }) => `${again} later`,
    });
  });
}

/**
 * Deletes a function, once no other change of it is in progress.
 *
 * @returns false when it does not exist
 */
export async function whenDeletable(
  service: LambdaService,
  name: string,
  send: () => Promise<unknown>,
): Promise<boolean> {
  const wait = { limitMs: DELETION_LIMIT_MS, reason: `until function ${name} can be deleted` };
  return poll(service.connection, wait, async (isLast) => {
    try {
      await service.change(send);
      return true;
    } catch (error) {
      if (isAwsError(error, 'ResourceNotFoundException')) return false;
      if (isLast || !isAwsError(error, 'ResourceConflictException')) throw error;
      // Either it is being changed, or another request is already deleting it.
      return undefined;
    }
  });
}

/** Sends a request that changes a function, once no other change of it is in progress. */
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
 * Sends a request that sets the role of a function. Lambda rejects a role that has not propagated yet as an invalid
 * parameter; for a role that is not new, that error is final.
 */
export function whenRoleAssumable<T>(service: LambdaService, role: Role, send: () => Promise<T>): Promise<T> {
  const { clock } = service.connection;
  const start = clock.now();
  const wait = { limitMs: EC2_THROTTLING_LIMIT_MS, reason: `until AWS Lambda can use the role ${role.arn}` };
  return poll(service.connection, wait, async (isLast) => {
    try {
      return await send();
    } catch (error) {
      if (!isAwsError(error, 'InvalidParameterValueException')) throw error;
      const limit = /throttled by EC2/.test(error.message)
        ? start + EC2_THROTTLING_LIMIT_MS
        : ROLE_NOT_READY.test(error.message)
          ? Math.max(role.createdAt, start - NEW_ROLE_LIMIT_MS) + NEW_ROLE_LIMIT_MS
          : start;
      if (!isLast && clock.now() < limit) return undefined;
      if (!/cannot be assumed by Lambda/.test(error.message)) throw error;
      throw new AppsctlError('SERVICE', `AWS Lambda is not allowed to assume the role ${role.arn}`, {
        hint: `set its trust policy to ${JSON.stringify(LAMBDA_TRUST_POLICY)}`,
        cause: error,
      });
    }
  });
}

/** Messages about a role that has not propagated yet, or that is misconfigured. */
const ROLE_NOT_READY =
  /cannot be assumed by Lambda|execution role does not have permissions|KMS key is invalid for CreateGrant/;

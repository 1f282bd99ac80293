import type { Account } from './account.js';
import { callerFor, type Identity } from './callers.js';
import { AwsError, errorAnswer, notImplemented } from './errors.js';
import type { Answer, IncomingCall, Operation } from './exchange.js';
import { iamOperation } from './iam.js';
import type { Invoker } from './invoke.js';
import { lambdaOperation } from './lambda.js';
import { logsOperation } from './logs.js';
import type { ServiceName } from './options.js';
import { s3Operation } from './s3.js';
import { secretsOperation } from './secrets.js';
import { stsOperation } from './sts.js';

/** Lets a service parse one request, without acting on it. */
export function understand(
  account: Account,
  invoker: Invoker,
  service: ServiceName,
  call: IncomingCall,
): Operation {
  if (service === 'iam') return iamOperation(account, call);
  if (service === 'sts') return stsOperation(account, call);
  if (service === 'lambda') return lambdaOperation(account, invoker, call);
  if (service === 'logs') return logsOperation(account, call);
  if (service === 'secretsmanager') return secretsOperation(account, call);
  return s3Operation(account, call);
}

/**
 * The same request against the state before the last change that its service accepted, if its answer can be old: reads
 * can. Objects in S3 are never old, but a bucket that was just created can be missing for any request.
 */
export function understandAsBefore(
  account: Account,
  invoker: Invoker,
  call: IncomingCall,
  operation: Operation,
): Operation {
  const before = account.before();
  const canBeOld =
    operation.reads || (operation.bucket !== undefined && !before.buckets.has(operation.bucket));
  return canBeOld ? understand(before, invoker, operation.service, call) : operation;
}

/** Runs an operation if its caller is allowed to. Never throws: returns errors as the service sends them. */
export async function perform(operation: Operation, account: Account, identity: Identity): Promise<Answer> {
  try {
    const caller = callerFor(account, identity, operation.service);
    account.lambdaRates.check(operation, account.now().getTime());
    operation.check?.();
    for (const permission of operation.needs) caller.demand(permission);
    return await operation.act(caller);
  } catch (error) {
    return answerError(operation.service, error);
  }
}

export function answerError(service: ServiceName, error: unknown): Answer {
  if (error instanceof AwsError) return errorAnswer(service, error);
  // A defect of the stand-in itself: 501, which is not an error of AWS and which no SDK retries.
  return errorAnswer(
    service,
    notImplemented(`what led to ${error instanceof Error ? error.stack : String(error)}`),
  );
}

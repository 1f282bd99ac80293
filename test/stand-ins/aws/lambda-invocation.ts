import { AwsError, jsonAnswer } from './errors.js';
import { type Answer, header } from './exchange.js';
import type { StoredFunction } from './lambda-model.js';
import type { LambdaCall } from './lambda-request.js';
import { runsHere } from './lambda-runtimes.js';
import { stateConflict } from './lambda-state.js';
import { logInvocation } from './log-events.js';

const SYNCHRONOUS_BYTES = 6_291_456;
const ASYNCHRONOUS_BYTES = 1_048_576;

export async function invokeFunction(
  { account, invoker, call }: LambdaCall,
  stored: StoredFunction,
): Promise<Answer> {
  const type = header(call, 'x-amz-invocation-type') ?? 'RequestResponse';
  if (type === 'DryRun') return jsonAnswer(204, undefined);
  if (type !== 'RequestResponse' && type !== 'Event') {
    throw new AwsError(400, 'InvalidParameterValueException', `Unsupported invocation type: ${type}`);
  }
  const payload = readPayload(call.body, type);
  checkInvocable(stored, account.lambda.pendingReads);
  // Until an update is through, Lambda runs what was there before.
  const runnable = stored.previous ?? stored.live;
  if (!runsHere(runnable.runtime)) {
    throw new AwsError(
      502,
      'InvalidRuntimeException',
      `The local AWS runs nodejs functions only; ${runnable.name} has the runtime ${runnable.runtime}.`,
    );
  }
  if (type === 'Event') {
    // Lambda responds before the function ends, and does not report its outcome.
    invoker.run(runnable, payload).then(
      ({ lines }) => logInvocation(account, stored, lines),
      () => undefined,
    );
    return jsonAnswer(202, undefined);
  }
  const { body, failed, log, lines } = await invoker.run(runnable, payload);
  logInvocation(account, stored, lines);
  return {
    ...jsonAnswer(200, undefined, {
      'x-amz-executed-version': '$LATEST',
      ...(failed ? { 'x-amz-function-error': 'Unhandled' } : {}),
      ...(header(call, 'x-amz-log-type') === 'Tail'
        ? { 'x-amz-log-result': Buffer.from(log).toString('base64') }
        : {}),
    }),
    body,
  };
}

/** Invoking an inactive function fails, and makes it Pending. */
function checkInvocable(stored: StoredFunction, pendingReads: number): void {
  if (stored.pendingReads > 0) throw stateConflict('Pending');
  if (stored.state === undefined) return;
  if (stored.state.name !== 'Inactive') throw stateConflict(stored.state.name);
  stored.state = undefined;
  stored.pendingReads = pendingReads;
  throw new AwsError(
    502,
    'ResourceNotReadyException',
    'The function is inactive and its VPC connection is no longer available. Wait for the VPC connection to reestablish and try again.',
  );
}

function readPayload(bytes: Buffer, type: 'RequestResponse' | 'Event'): string {
  const most = type === 'Event' ? ASYNCHRONOUS_BYTES : SYNCHRONOUS_BYTES;
  if (bytes.length > most) {
    throw new AwsError(
      413,
      'RequestEntityTooLargeException',
      `${bytes.length} byte payload is too large for the ${type} invocation type (limit ${most} bytes)`,
    );
  }
  const text = bytes.length === 0 ? '{}' : bytes.toString('utf8');
  try {
    JSON.parse(text);
  } catch (error) {
    throw new AwsError(
      400,
      'InvalidRequestContentException',
      `Could not parse request body into json: ${String(error)}`,
    );
  }
  return text;
}

import { type CallRequest, callPayload, findFunction } from '../../core/app-call/call-request.js';
import {
  type CalledFunction,
  describeFailure,
  functionFailure,
  parseCallResponse,
  parseHttpResponse,
} from '../../core/app-call/call-response.js';
import type { Clock } from '../../core/async/clock.js';
import { lambdaFunctionName } from '../../core/aws/resource-names.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { AppReference } from '../../core/manifest/app-reference.js';
import type { LambdaFunction, Manifest } from '../../core/manifest/manifest.js';
import type { FunctionCaller, Invocation } from '../../core/ports/lambda.js';
import type { ObjectReader } from '../../core/ports/s3.js';
import { joinFirst } from '../../core/text.js';
import { findDeployedApp } from '../inventory/find-app.js';

/** The number of paths that an error lists. */
const MAX_LISTED = 10;

/** What calling an app needs. */
export interface InvokePorts {
  readonly bucket: ObjectReader;
  readonly caller: FunctionCaller;
  readonly clock: Clock;
}

/** How an app has answered a call. */
export interface AppAnswer {
  /** The version of the app. */
  readonly version: string;
  /** The name of the function in the manifest. */
  readonly functionName: string;
  readonly lambdaName: string;
  /** The HTTP status. */
  readonly status: number;
  /** The call response as text, as the function returned it. */
  readonly body: string;
  /** Whether the server takes the answer as an error: because of its status, or because its type is `error`. */
  readonly isError: boolean;
  /** How long the call took. */
  readonly milliseconds: number;
  /** The end of the function's log, at most 4 KB. */
  readonly log: string;
}

/**
 * Calls an app as the server does: the function with the longest path that the path of the call begins with.
 *
 * @throws AppsctlError NOT_FOUND for an app or a function that is not deployed, and for a path that no function has;
 *   FUNCTION_FAILED for a function that failed or did not answer as an app; the errors of the ports
 */
export async function invokeApp(
  reference: AppReference,
  request: CallRequest,
  { bucket, caller, clock }: InvokePorts,
): Promise<AppAnswer> {
  const { manifest } = await findDeployedApp(reference, bucket);
  const { app_id: app, version } = manifest;
  const { name: functionName } = requireFunction(manifest, request.path);
  const lambdaName = lambdaFunctionName(app, version, functionName);
  const target = { app, name: lambdaName };
  const start = clock.now();
  const invocation = await caller.invoke(lambdaName, callPayload(request));
  const milliseconds = clock.now() - start;
  const { status, body, isError } = readAnswer(target, invocation);
  return { version, functionName, lambdaName, status, body, isError, milliseconds, log: invocation.log };
}

/**
 * Reads the answer of an app.
 *
 * @throws AppsctlError FUNCTION_FAILED for a function that failed or did not answer as an app
 */
export function readAnswer(
  target: CalledFunction,
  { payload, functionError, log }: Invocation,
): Pick<AppAnswer, 'status' | 'body' | 'isError'> & { readonly type: string | undefined } {
  if (functionError !== undefined) {
    throw functionFailure(target, `failed: ${describeFailure(payload)}`, { items: logLines(log) });
  }
  const { status, body } = parseHttpResponse(target, payload);
  // The server does not read the body of another status.
  if (status !== 200) return { status, body, type: undefined, isError: true };
  const { type } = parseCallResponse(target, payload);
  return { status, body, type, isError: type === 'error' };
}

function requireFunction({ app_id, version, aws_lambda }: Manifest, path: string): LambdaFunction {
  const functions = aws_lambda?.functions ?? [];
  const found = findFunction(functions, path);
  if (found !== undefined) return found;
  const message = `app ${app_id} ${version} has no function for the path ${JSON.stringify(path)}`;
  const paths = functions.map((item) => item.path);
  throw new AppsctlError('NOT_FOUND', message, {
    ...(paths.length > 0 && { hint: `the paths of its functions are ${joinFirst(paths, MAX_LISTED)}` }),
  });
}

function logLines(log: string): string[] {
  return log
    .split('\n')
    .map((line) => line.replaceAll('\t', '  ').trimEnd())
    .filter((line) => line !== '');
}

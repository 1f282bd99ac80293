import { AppsctlError, type ErrorDetails } from '../diagnostics/error.js';
import { decodeStruct, firstValue, GoDecodeError, type GoStruct, type GoType } from '../json/go-decode.js';

/** An app's response to a call; fields that it omits are empty. */
export interface CallResponse {
  /** `ok`, `error`, `form`, `call` or `navigate`. */
  readonly type: string;
  readonly text: string;
}

/** HTTPCallResponse of the Mattermost Apps plugin 1.2. */
const HTTP_CALL_RESPONSE: Readonly<Record<string, GoType>> = {
  statusCode: 'int',
  headers: 'strings',
  isBase64Encoded: 'bool',
  body: 'string',
};

/** CallResponse of the Mattermost Apps plugin 1.2. The contents of forms and of nested calls are not checked. */
const CALL_RESPONSE: Readonly<Record<string, GoType>> = {
  type: 'string',
  text: 'string',
  refresh_bindings: 'bool',
  data: 'any',
  navigate_to_url: 'string',
  use_external_browser: 'bool',
  call: 'any',
  form: 'object',
};

/** How much of a response or an object an error message quotes. */
export const MAX_QUOTED_CHARACTERS = 200;
/** How much of a failure, which may contain a stack trace, an error message quotes. */
export const MAX_FAILURE_CHARACTERS = 500;

/** A function of an app, for messages. */
export interface CalledFunction {
  /** The ID of the app. */
  readonly app: string;
  /** The name of the function on AWS. */
  readonly name: string;
}

/** The HTTP response that a function of an app returns. */
export interface HttpResponse {
  readonly status: number;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/**
 * Reads what a function has returned as an HTTP response, as the server does, by the rules of Go's encoding/json.
 *
 * @param payload JSON {statusCode, headers, isBase64Encoded, body}
 * @throws AppsctlError FUNCTION_FAILED for any other payload
 */
export function parseHttpResponse(target: CalledFunction, payload: string): HttpResponse {
  const invalid = notAppResponse(target, payload);
  const response = decode(() => decodeStruct(payload, HTTP_CALL_RESPONSE), invalid);
  const status = response.get('statusCode');
  if (status === undefined) throw invalid();
  return {
    status: Number(status),
    body: String(response.get('body') ?? ''),
    isBase64Encoded: response.get('isBase64Encoded') === true,
  };
}

/**
 * Reads a function's response as the server does: the status must be 200, a Base64 body is not decoded, and only the first
 * JSON value of the body counts.
 *
 * @param payload JSON {statusCode, headers, isBase64Encoded, body}
 * @throws AppsctlError FUNCTION_FAILED for any other payload
 */
export function parseCallResponse(target: CalledFunction, payload: string): CallResponse {
  const { status, body, isBase64Encoded } = parseHttpResponse(target, payload);
  if (status !== 200) {
    throw functionFailure(
      target,
      `returned status ${status}, not 200: ${body.slice(0, MAX_QUOTED_CHARACTERS)}`,
    );
  }
  if (isBase64Encoded) {
    throw functionFailure(
      target,
      'returned a Base64-encoded body, which the Mattermost server does not decode',
      { hint: 'return "isBase64Encoded": false and the body as text' },
    );
  }
  const invalid = notAppResponse(target, payload);
  const call = decode(() => decodeStruct(firstValue(body), CALL_RESPONSE), invalid);
  return { type: String(call.get('type') ?? ''), text: String(call.get('text') ?? '') };
}

function notAppResponse(target: CalledFunction, payload: string): () => AppsctlError {
  return () =>
    functionFailure(
      target,
      `did not return a Mattermost app response: ${payload.slice(0, MAX_QUOTED_CHARACTERS)}`,
    );
}

function decode(read: () => GoStruct, invalid: () => AppsctlError): GoStruct {
  try {
    return read();
  } catch (error) {
    if (error instanceof GoDecodeError) throw invalid();
    throw error;
  }
}

/**
 * The error for a function that did not respond as it should.
 *
 * @param problem continues `function {name} …`
 */
export function functionFailure(
  { app, name }: CalledFunction,
  problem: string,
  details: ErrorDetails = {},
): AppsctlError {
  return new AppsctlError('FUNCTION_FAILED', `function ${name} ${problem}`, {
    hint: ({ logsCommand }) => `read its log: ${logsCommand.replace('APP', app)}`,
    ...details,
  });
}

/**
 * Describes the failure of a function in the words of Lambda.
 *
 * @param payload JSON {errorType, errorMessage}, or anything else
 * @returns such as `TypeError: x is not a function`
 */
export function describeFailure(payload: string): string {
  const quoted = payload.slice(0, MAX_FAILURE_CHARACTERS);
  try {
    const { errorType, errorMessage } = Object(JSON.parse(payload)) as Readonly<Record<string, unknown>>;
    const parts = [errorType, errorMessage].filter((part) => typeof part === 'string' && part !== '');
    // The message of a missing module has several lines.
    const failure = parts
      .join(': ')
      .slice(0, MAX_FAILURE_CHARACTERS)
      .replace(/\s*\n\s*/g, ' ');
    return parts.length === 0 ? quoted : failure;
  } catch {
    return quoted;
  }
}

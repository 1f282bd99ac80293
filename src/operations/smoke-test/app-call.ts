import { AppsctlError } from '../../core/diagnostics/error.js';
import {
  decodeStruct,
  firstValue,
  GoDecodeError,
  type GoStruct,
  type GoType,
} from '../../core/json/go-decode.js';

/** An app's response to a call; fields that it omits are empty. */
export interface CallResponse {
  /** `ok`, `error`, `form`, `call` or `navigate`. */
  readonly type: string;
  readonly text: string;
}

/** The context of a call without a user, a channel or an app, in the server's order of fields. */
const EMPTY_CONTEXT = { app_id: '', mattermost_site_url: '', app_path: '', bot_user_id: '', oauth2: {} };

/**
 * The payload that the server invokes a function with when the app is installed.
 *
 * @param path the path of the call, such as /ping
 * @returns JSON: the HTTP request that the function receives, with the call request as text in its body
 */
export function callPayload(path: string): string {
  return JSON.stringify({
    path,
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ path, context: EMPTY_CONTEXT }),
  });
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

/**
 * Reads a function's response as the server does, by the rules of Go's encoding/json: the status must be 200, a Base64
 * body is not decoded, and only the first JSON value of the body counts.
 *
 * @param name the function, for the error message
 * @param payload JSON {statusCode, headers, isBase64Encoded, body}
 * @throws AppsctlError FUNCTION_FAILED for any other payload
 */
export function parseCallResponse(name: string, payload: string): CallResponse {
  const invalid = (): AppsctlError =>
    functionFailure(
      name,
      `did not return a Mattermost app response: ${payload.slice(0, MAX_QUOTED_CHARACTERS)}`,
    );
  const response = decode(() => decodeStruct(payload, HTTP_CALL_RESPONSE), invalid);
  const status = response.get('statusCode');
  if (status === undefined) throw invalid();
  const body = String(response.get('body') ?? '');
  if (status !== 200) {
    throw functionFailure(
      name,
      `returned status ${status}, not 200: ${body.slice(0, MAX_QUOTED_CHARACTERS)}`,
    );
  }
  if (response.get('isBase64Encoded') === true) {
    throw functionFailure(
      name,
      'returned a Base64-encoded body, which the Mattermost server does not decode',
      'return "isBase64Encoded": false and the body as text',
    );
  }
  const call = decode(() => decodeStruct(firstValue(body), CALL_RESPONSE), invalid);
  return { type: String(call.get('type') ?? ''), text: String(call.get('text') ?? '') };
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
  name: string,
  problem: string,
  hint = `read its log: aws logs tail /aws/lambda/${name} --since 10m`,
): AppsctlError {
  return new AppsctlError('FUNCTION_FAILED', `function ${name} ${problem}`, { hint });
}

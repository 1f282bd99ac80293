import { AppsctlError } from '../../core/diagnostics/error.js';
import {
  decodeStruct,
  firstValue,
  GoDecodeError,
  type GoStruct,
  type GoType,
} from '../../core/json/go-decode.js';

/** What an app answers to a call; what it leaves out is empty. */
export interface CallResponse {
  /** `ok`, `error`, `form`, `call` or `navigate`. */
  readonly type: string;
  readonly text: string;
}

/** The context of a call of which nothing is known, in the order in which the server writes it. */
const EMPTY_CONTEXT = { app_id: '', mattermost_site_url: '', app_path: '', bot_user_id: '', oauth2: {} };

/**
 * The payload with which the server calls an app's function when it is installed.
 *
 * @param path the call's path, such as /ping
 * @returns JSON: the HTTP request that the function sees, the call request as text in its body
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
const ANSWER: Readonly<Record<string, GoType>> = {
  statusCode: 'int',
  headers: 'strings',
  isBase64Encoded: 'bool',
  body: 'string',
};

/** CallResponse of the Mattermost Apps plugin 1.2. Of a form or a further call, only that it can be one is checked. */
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

/** As much of an answer as an error repeats, in characters. */
const MAX_SHOWN_CHARACTERS = 200;

/**
 * Reads a function's answer as the server does, with the rules of Go's encoding/json: only the status 200 counts, a body in
 * Base64 is not decoded, and of the body only the first JSON value is read.
 *
 * @param name the function, for the error
 * @param payload JSON {statusCode, headers, isBase64Encoded, body}
 * @throws AppsctlError FUNCTION_FAILED when it is something else
 */
export function parseCallResponse(name: string, payload: string): CallResponse {
  const unlike = (): AppsctlError =>
    failure(
      `function ${name} did not answer like a Mattermost app: ${payload.slice(0, MAX_SHOWN_CHARACTERS)}`,
    );
  const answer = decoded(payload, ANSWER, unlike);
  const status = answer.get('statusCode');
  if (status === undefined) throw unlike();
  const body = String(answer.get('body') ?? '');
  if (status !== 200) {
    throw failure(
      `function ${name} answered with the status ${status}, not 200: ${body.slice(0, MAX_SHOWN_CHARACTERS)}`,
    );
  }
  if (answer.get('isBase64Encoded') === true) {
    throw failure(
      `function ${name} answered in Base64, which the Mattermost server does not decode`,
      'let it answer with "isBase64Encoded": false and the body as text',
    );
  }
  const response = decoded(body, CALL_RESPONSE, unlike, firstValue);
  return { type: String(response.get('type') ?? ''), text: String(response.get('text') ?? '') };
}

function decoded(
  text: string,
  types: Readonly<Record<string, GoType>>,
  unlike: () => AppsctlError,
  select: (text: string) => string = (whole) => whole,
): GoStruct {
  try {
    return decodeStruct(select(text), types);
  } catch (error) {
    if (error instanceof GoDecodeError) throw unlike();
    throw error;
  }
}

function failure(message: string, hint = 'look at its log in CloudWatch'): AppsctlError {
  return new AppsctlError('FUNCTION_FAILED', message, { hint });
}

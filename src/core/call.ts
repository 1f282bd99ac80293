import * as z from 'zod/mini';
import { AppsctlError } from './errors.js';

const answerSchema = z.object({
  statusCode: z.number(),
  body: z.optional(z.string()),
  isBase64Encoded: z.optional(z.boolean()),
});
const callResponseSchema = z.looseObject({ type: z.optional(z.string()), text: z.optional(z.string()) });

/** What an app answers to a call. */
export type CallResponse = z.infer<typeof callResponseSchema>;

/**
 * The payload with which the server calls an app's function.
 *
 * @param path the call's path, such as /ping
 * @returns JSON: the HTTP request that the function sees, the call request as text in its body
 */
export function callPayload(path: string): string {
  return JSON.stringify({
    path,
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ path }),
  });
}

/** As much of an answer as an error repeats, in characters. */
const SHOWN = 200;

/**
 * Reads a function's answer as the server does: only the status 200 counts, and a body in Base64 is not decoded.
 *
 * @param name the function, for the error
 * @param payload JSON {statusCode, headers, isBase64Encoded, body}
 * @throws AppsctlError FUNCTION_FAILED when it is something else
 */
export function parseCallAnswer(name: string, payload: string): CallResponse {
  const answer = answerSchema.safeParse(parseJson(payload));
  if (!answer.success) {
    throw failure(`function ${name} did not answer like a Mattermost app: ${payload.slice(0, SHOWN)}`);
  }
  const { statusCode, body = '', isBase64Encoded } = answer.data;
  if (statusCode !== 200) {
    throw failure(
      `function ${name} answered with the status ${statusCode}, not 200: ${body.slice(0, SHOWN)}`,
    );
  }
  if (isBase64Encoded === true) {
    throw failure(
      `function ${name} answered in Base64, which the Mattermost server does not decode`,
      'let it answer with "isBase64Encoded": false and the body as text',
    );
  }
  const response = callResponseSchema.safeParse(parseJson(body));
  if (response.success) return response.data;
  throw failure(`function ${name} did not answer like a Mattermost app: ${payload.slice(0, SHOWN)}`);
}

function failure(message: string, hint = 'look at its log in CloudWatch'): AppsctlError {
  return new AppsctlError('FUNCTION_FAILED', message, { hint });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

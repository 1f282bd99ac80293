import { z } from 'zod';
import { AppsctlError } from './errors.js';

const answerSchema = z.object({
  statusCode: z.number().optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
});
const callResponseSchema = z.looseObject({ type: z.string().optional(), text: z.string().optional() });

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

/**
 * Reads a function's answer as the server does.
 *
 * @param name the function, for the error
 * @param payload JSON {statusCode, headers, isBase64Encoded, body}
 * @throws AppsctlError FUNCTION_FAILED when it is something else
 */
export function parseCallAnswer(name: string, payload: string): CallResponse {
  try {
    const answer = answerSchema.parse(JSON.parse(payload));
    const body = answer.body ?? '';
    return callResponseSchema.parse(
      JSON.parse(answer.isBase64Encoded ? Buffer.from(body, 'base64').toString() : body),
    );
  } catch (error) {
    const message = `function ${name} did not answer like a Mattermost app: ${payload.slice(0, 200)}`;
    throw new AppsctlError('FUNCTION_FAILED', message, {
      hint: 'look at its log in CloudWatch',
      cause: error,
    });
  }
}

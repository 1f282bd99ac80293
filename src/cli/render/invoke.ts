import type { InvokeResult } from '../../api/invoke.js';
import { type Format, jsonLines } from './json.js';

/** The answer of an app: the call response, indented if it is JSON; as JSON, with the function and the end of its log. */
export function renderAnswer(result: InvokeResult, format: Format): string[] {
  const { body, ...fields } = result;
  const response = parse(body);
  if (format === 'json') return jsonLines({ ...fields, response: response === undefined ? body : response });
  if (response === undefined) return body.split('\n');
  return JSON.stringify(response, undefined, 2).split('\n');
}

/** Returns undefined if the text is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

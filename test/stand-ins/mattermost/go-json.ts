import { PluginError } from './plugin-error.js';

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The JSON object in the body of a request. Of an error only Go's own text reaches the client.
 *
 * @param type the name of the Go type that the body is decoded into
 */
export function decodeBody(body: string, type: string): JsonObject {
  const decoded = parseJson(body);
  if (decoded === undefined) {
    throw new PluginError(syntaxError(body), 'invalid input');
  }
  if (!isObject(decoded)) {
    throw new PluginError(
      `json: cannot unmarshal ${kindOf(decoded)} into Go value of type ${type}`,
      'invalid input',
    );
  }
  return decoded;
}

/** A value of another type than the field has. */
export function mistyped(value: unknown, field: string, type: string): never {
  throw new PluginError(
    `json: cannot unmarshal ${kindOf(value)} into Go struct field UpdateAppListingRequest.${field} of type ${type}`,
    'invalid input',
  );
}

/** Not always the character that Go names, but always one of its forms. */
function syntaxError(text: string): string {
  const first = text.trimStart()[0];
  if (first === undefined) {
    return 'EOF';
  }
  return /[{["\d\-tfn]/.test(first)
    ? 'unexpected EOF'
    : `invalid character '${first}' looking for beginning of value`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) {
    return 'array';
  }
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

import { foldKey } from '../json/go-decode.js';
import { goJson } from '../json/go-json.js';
import { type JsonObject, type JsonValue, parseStrictJson } from '../json/strict-json.js';

/** What replaces the fields of a function; what is undefined stays. */
export interface FunctionReplacement {
  readonly handler?: string | undefined;
  readonly runtime?: string | undefined;
}

/**
 * Replaces handlers and runtimes in a manifest.json.
 *
 * @param bytes a valid manifest.json
 * @param replacements by the name of the function
 * @returns the same bytes if nothing differs; else JSON that is indented with two spaces and keeps everything else,
 *   including unknown fields and the order and case of keys
 */
export function replaceFunctions(
  bytes: Uint8Array,
  replacements: ReadonlyMap<string, FunctionReplacement>,
): Uint8Array {
  const root = parseStrictJson(bytes);
  const lambda = getField(root, 'aws_lambda');
  const functions = getField(lambda, 'functions');
  let differs = false;
  for (const item of Array.isArray(functions) ? functions : []) {
    const name = getField(item, 'name');
    const replacement = typeof name === 'string' ? replacements.get(name) : undefined;
    if (!(item instanceof Map) || replacement === undefined) continue;
    for (const field of ['handler', 'runtime'] as const) {
      const value = replacement[field];
      if (value === undefined || getField(item, field) === value) continue;
      item.set(findKey(item, field) ?? field, value);
      differs = true;
    }
  }
  return differs ? new TextEncoder().encode(`${goJson(root, '  ')}\n`) : bytes;
}

function getField(value: JsonValue | undefined, name: string): JsonValue | undefined {
  const key = value instanceof Map ? findKey(value, name) : undefined;
  return value instanceof Map && key !== undefined ? value.get(key) : undefined;
}

/** Keys are case-insensitive, as they are for the server. */
function findKey(object: JsonObject, name: string): string | undefined {
  const wanted = foldKey(name);
  return [...object.keys()].find((key) => foldKey(key) === wanted);
}

/**
 * Decodes JSON as Go's encoding/json decodes it into a struct, which depends on details that JSON.parse hides: each
 * duplicate of a key is decoded in turn, keys are case-insensitive, and an integer must be written as one.
 * Rule: https://pkg.go.dev/encoding/json#Unmarshal
 */

/** Thrown for JSON that Go rejects. */
export class GoDecodeError extends Error {
  override readonly name = 'GoDecodeError';
}

/** The type of a struct's field: `any` is an `interface{}`, `strings` a `map[string]string`. */
export type GoType = 'string' | 'int' | 'bool' | 'strings' | 'object' | 'any';

/** The values of a struct's fields by name, without those that are null. */
export type GoStruct = ReadonlyMap<string, unknown>;

/**
 * Decodes JSON text into a struct.
 *
 * @param text a JSON object, or null, which sets no field
 * @param types the struct's fields by name; other keys are ignored
 * @throws GoDecodeError if the text is not JSON or not an object, or a field has another type
 */
export function decodeStruct(text: string, types: Readonly<Record<string, GoType>>): GoStruct {
  const root = parse(text);
  if (root === null) return new Map();
  if (!isObject(root)) throw new GoDecodeError('not an object');
  const names = new Map(Object.keys(types).map((name) => [foldKey(name), name]));
  const fields = new Map<string, unknown>();
  for (const [key, value] of parseMembers(text)) {
    const name = names.get(foldKey(key));
    const type = name === undefined ? undefined : types[name];
    // Null does not change a field, even if a duplicate of the key has set it.
    if (name === undefined || type === undefined || value === 'null') continue;
    if (!MATCHES[type](value, parse(value))) throw new GoDecodeError(`${name} has another type`);
    fields.set(name, parse(value));
  }
  return fields;
}

/**
 * Returns the first JSON value in a text, whatever follows it, as Go's Decoder does.
 *
 * @throws GoDecodeError if there is none
 */
export function firstValue(text: string): string {
  const start = skipSpace(text, 0);
  return text.slice(start, findValueEnd(text, start));
}

/**
 * Folds a key as Go does to compare it with a field's name. For ASCII names that is the case, and the two non-ASCII
 * characters that Unicode folds to ASCII letters (U+017F to s, U+212A to k).
 */
export function foldKey(key: string): string {
  return key
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replaceAll('\u017f', 's')
    .replaceAll('\u212a', 'k');
}

const MATCHES: Readonly<Record<GoType, (text: string, value: unknown) => boolean>> = {
  string: (_, value) => typeof value === 'string',
  int: (text) => /^-?\d{1,15}$/.test(text),
  bool: (_, value) => typeof value === 'boolean',
  strings: (_, value) =>
    isObject(value) && Object.values(value).every((item) => typeof item === 'string' || item === null),
  object: (_, value) => isObject(value),
  any: () => true,
};

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GoDecodeError('not JSON');
  }
}

/** Returns the members of an object in valid JSON: each key with the text of its value. */
function parseMembers(text: string): [key: string, value: string][] {
  const members: [string, string][] = [];
  let position = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[position] !== '}') {
    const keyEnd = findValueEnd(text, position);
    const key = String(parse(text.slice(position, keyEnd)));
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = findValueEnd(text, start);
    members.push([key, text.slice(start, end)]);
    position = skipSpace(text, end);
    if (text[position] === ',') position = skipSpace(text, position + 1);
  }
  return members;
}

const LITERAL = /null|true|false|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Finds the end of the value that starts at a position, without validating its content. */
function findValueEnd(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return findStringEnd(text, start);
  if (first !== '{' && first !== '[') {
    LITERAL.lastIndex = start;
    if (!LITERAL.test(text)) throw new GoDecodeError('not JSON');
    return LITERAL.lastIndex;
  }
  let depth = 0;
  for (let position = start; position < text.length; position++) {
    const char = text[position];
    if (char === '"') position = findStringEnd(text, position) - 1;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    if (depth === 0) return position + 1;
  }
  throw new GoDecodeError('not JSON');
}

/** A loop, because a regular expression can overflow the stack on a string of several MB. */
function findStringEnd(text: string, start: number): number {
  for (let position = start + 1; position < text.length; position++) {
    if (text[position] === '"') return position + 1;
    if (text[position] === '\\') position++;
  }
  throw new GoDecodeError('not JSON');
}

function skipSpace(text: string, position: number): number {
  let end = position;
  while (' \t\n\r'.includes(text[end] ?? '!')) end++;
  return end;
}

/**
 * JSON as Go's encoding/json decodes it into a struct. What JSON.parse does not tell matters there: repeated keys, of which
 * each is decoded in turn, keys in another case, and whether a number is written as an integer.
 * Rule: https://pkg.go.dev/encoding/json#Unmarshal
 */

/** Thrown for what Go refuses. */
export class GoDecodeError extends Error {
  override readonly name = 'GoDecodeError';
}

/** The types that a field of a struct may have: `any` takes every value, `strings` is a map of strings. */
export type GoType = 'string' | 'int' | 'bool' | 'strings' | 'object' | 'any';

/** What is read of a struct: the values of fields that are not null, by name. */
export type GoStruct = ReadonlyMap<string, unknown>;

/**
 * Decodes JSON text into a struct.
 *
 * @param text a JSON object, or null, which leaves every field empty
 * @param types the struct's fields by name; others are ignored
 * @throws GoDecodeError when the text is not JSON, is another value, or a field has another type
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
    // Null leaves a field as it is, even one that was set by the same key before.
    if (name === undefined || type === undefined || value === 'null') continue;
    if (!FITS[type](value, parse(value))) throw new GoDecodeError(`${name} has another type`);
    fields.set(name, parse(value));
  }
  return fields;
}

/**
 * The first JSON value in a text. As Go's Decoder has it, anything may follow.
 *
 * @throws GoDecodeError when there is none
 */
export function firstValue(text: string): string {
  const start = afterSpace(text, 0);
  return text.slice(start, endOfValue(text, start));
}

/**
 * A key as Go compares it, reduced to what matters for ASCII names: case is folded, and so are the two
 * non-ASCII characters that Unicode folds to ASCII letters (U+017F to s, U+212A to k).
 */
export function foldKey(key: string): string {
  return key
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replaceAll('\u017f', 's')
    .replaceAll('\u212a', 'k');
}

const FITS: Readonly<Record<GoType, (text: string, value: unknown) => boolean>> = {
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

/** The members of an object in valid JSON, in their order: each key, and the text of its value. */
function parseMembers(text: string): [key: string, value: string][] {
  const members: [string, string][] = [];
  let position = afterSpace(text, afterSpace(text, 0) + 1);
  while (text[position] !== '}') {
    const keyEnd = endOfValue(text, position);
    const key = String(parse(text.slice(position, keyEnd)));
    const start = afterSpace(text, afterSpace(text, keyEnd) + 1);
    const end = endOfValue(text, start);
    members.push([key, text.slice(start, end)]);
    position = afterSpace(text, end);
    if (text[position] === ',') position = afterSpace(text, position + 1);
  }
  return members;
}

const LITERAL = /null|true|false|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Where the value ends that begins here; whether it is valid inside is not looked at. */
function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  if (first !== '{' && first !== '[') {
    LITERAL.lastIndex = start;
    if (!LITERAL.test(text)) throw new GoDecodeError('not JSON');
    return LITERAL.lastIndex;
  }
  let depth = 0;
  for (let position = start; position < text.length; position++) {
    const char = text[position];
    if (char === '"') position = endOfString(text, position) - 1;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    if (depth === 0) return position + 1;
  }
  throw new GoDecodeError('not JSON');
}

/** A loop, because a regular expression may need more of the stack than there is for a string of megabytes. */
function endOfString(text: string, start: number): number {
  for (let position = start + 1; position < text.length; position++) {
    if (text[position] === '"') return position + 1;
    if (text[position] === '\\') position++;
  }
  throw new GoDecodeError('not JSON');
}

function afterSpace(text: string, position: number): number {
  let end = position;
  while (' \t\n\r'.includes(text[end] ?? '!')) end++;
  return end;
}

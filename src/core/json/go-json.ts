import { compareUtf8 } from '../text.js';
import type { JsonValue } from './strict-json.js';

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what JSON must escape
const ESCAPED = /["\\<>&\u2028\u2029\u0000-\u001f]/g;

/**
 * Writes a string as Go's encoding/json does (HTML-safe: `<`, `>`, `&`, U+2028 and U+2029 become \u escapes),
 * because the files of the Go tool are compared byte for byte.
 * Rule: https://pkg.go.dev/encoding/json#Marshal
 */
function goString(text: string): string {
  const body = text.replace(
    ESCAPED,
    (char) => SHORT_ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${body}"`;
}

/** A double as Go writes it: as JavaScript does, but with the sign of a negative zero. An infinite one stays beyond a double. */
function goNumber(number: number): string {
  if (!Number.isFinite(number)) return number > 0 ? '1e999' : '-1e999';
  return Object.is(number, -0) ? '-0' : String(number);
}

/**
 * Encodes a value as Go's json.Marshal or json.MarshalIndent(…, "", "\t") would.
 *
 * @param value the value; the order of a Map's keys is kept
 * @param indent "" for compact JSON, "\t" for one line per value
 * @returns the text, without a newline at the end
 */
export function goJson(value: JsonValue, indent: '' | '\t' = ''): string {
  const out: string[] = [];
  // Its own stack, not recursion: `state` in a manifest may be nested 10,000 levels deep.
  const rest: { text?: string; value?: JsonValue; depth: number }[] = [{ value, depth: 0 }];
  const newline = (depth: number): string => (indent === '' ? '' : `\n${indent.repeat(depth)}`);
  for (let item = rest.pop(); item !== undefined; item = rest.pop()) {
    const { value: current, depth } = item;
    if (item.text !== undefined) {
      out.push(item.text);
    } else if (typeof current === 'string') {
      out.push(goString(current));
    } else if (typeof current === 'number') {
      out.push(goNumber(current));
    } else if (current === null || typeof current === 'boolean' || current === undefined) {
      out.push(String(current ?? null));
    } else {
      const isArray = Array.isArray(current);
      const members: [string, JsonValue][] = isArray
        ? current.map((member) => ['', member])
        : [...current].map(([key, member]) => [`${goString(key)}:${indent === '' ? '' : ' '}`, member]);
      const [open, close] = isArray ? ['[', ']'] : ['{', '}'];
      if (members.length === 0) {
        out.push(open + close);
        continue;
      }
      out.push(open);
      rest.push({ text: newline(depth) + close, depth });
      for (const [index, [prefix, member]] of [...members.entries()].reverse()) {
        rest.push({ value: member, depth: depth + 1 });
        rest.push({ text: (index === 0 ? '' : ',') + newline(depth + 1) + prefix, depth });
      }
    }
  }
  return out.join('');
}

/** The same value with the keys of every object in it in UTF-8 byte order, as Go encodes an `interface{}`. */
export function withSortedKeys(value: JsonValue): JsonValue {
  const root: JsonValue[] = [value];
  const rest: { get: JsonValue; set: (copy: JsonValue) => void }[] = [
    { get: value, set: (copy) => void root.splice(0, 1, copy) },
  ];
  for (let item = rest.pop(); item !== undefined; item = rest.pop()) {
    const { get, set } = item;
    if (Array.isArray(get)) {
      const copy: JsonValue[] = [...get];
      set(copy);
      for (const [index, member] of get.entries()) {
        rest.push({ get: member, set: (inner) => void copy.splice(index, 1, inner) });
      }
    } else if (get instanceof Map) {
      const copy = new Map([...get].sort(([a], [b]) => compareUtf8(a, b)));
      set(copy);
      for (const [key, member] of get) rest.push({ get: member, set: (inner) => void copy.set(key, inner) });
    } else {
      set(get);
    }
  }
  return root[0] ?? null;
}

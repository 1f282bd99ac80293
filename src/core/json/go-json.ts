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
 * Encodes a string as Go's encoding/json does (HTML-safe: `<`, `>`, `&`, U+2028 and U+2029 become \u escapes), so that
 * files are byte-identical to those of the Go tool.
 * Rule: https://pkg.go.dev/encoding/json#Marshal
 */
function encodeString(text: string): string {
  const body = text.replace(
    ESCAPED,
    (char) => SHORT_ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${body}"`;
}

/** As Go and JavaScript encode a double, except that Go keeps the sign of -0. Infinity becomes a literal out of range. */
function encodeNumber(number: number): string {
  if (!Number.isFinite(number)) return number > 0 ? '1e999' : '-1e999';
  return Object.is(number, -0) ? '-0' : String(number);
}

/**
 * Encodes a value as Go's json.Marshal or json.MarshalIndent(…, "", "\t") would.
 *
 * @param value keys of a Map are encoded in their order
 * @param indent "" for compact JSON, "\t" or spaces for one line per value
 * @returns the text without a trailing newline
 */
export function goJson(value: JsonValue, indent: '' | '\t' | '  ' = ''): string {
  const out: string[] = [];
  // A stack instead of recursion: `state` in a manifest can be nested 10,000 levels deep.
  const stack: { text?: string; value?: JsonValue; depth: number }[] = [{ value, depth: 0 }];
  const newline = (depth: number): string => (indent === '' ? '' : `\n${indent.repeat(depth)}`);
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { value: current, depth } = item;
    if (item.text !== undefined) {
      out.push(item.text);
    } else if (typeof current === 'string') {
      out.push(encodeString(current));
    } else if (typeof current === 'number') {
      out.push(encodeNumber(current));
    } else if (current === null || typeof current === 'boolean' || current === undefined) {
      out.push(String(current ?? null));
    } else {
      const isArray = Array.isArray(current);
      const members: [string, JsonValue][] = isArray
        ? current.map((member) => ['', member])
        : [...current].map(([key, member]) => [`${encodeString(key)}:${indent === '' ? '' : ' '}`, member]);
      const [open, close] = isArray ? ['[', ']'] : ['{', '}'];
      if (members.length === 0) {
        out.push(open + close);
        continue;
      }
      out.push(open);
      stack.push({ text: newline(depth) + close, depth });
      for (const [index, [prefix, member]] of [...members.entries()].reverse()) {
        stack.push({ value: member, depth: depth + 1 });
        stack.push({ text: (index === 0 ? '' : ',') + newline(depth + 1) + prefix, depth });
      }
    }
  }
  return out.join('');
}

/** Returns a copy with the keys of each object in UTF-8 byte order, as Go encodes an `interface{}`. */
export function withSortedKeys(value: JsonValue): JsonValue {
  const root: JsonValue[] = [value];
  const stack: { get: JsonValue; set: (copy: JsonValue) => void }[] = [
    { get: value, set: (copy) => void root.splice(0, 1, copy) },
  ];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { get, set } = item;
    if (Array.isArray(get)) {
      const copy: JsonValue[] = [...get];
      set(copy);
      for (const [index, member] of get.entries()) {
        stack.push({ get: member, set: (inner) => void copy.splice(index, 1, inner) });
      }
    } else if (get instanceof Map) {
      const copy = new Map([...get].sort(([a], [b]) => compareUtf8(a, b)));
      set(copy);
      for (const [key, member] of get) stack.push({ get: member, set: (inner) => void copy.set(key, inner) });
    } else {
      set(get);
    }
  }
  return root[0] ?? null;
}

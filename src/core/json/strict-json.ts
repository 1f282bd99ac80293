import { decodeUtf8 } from '../text.js';

/** A JSON value. Objects are Maps, which preserve the order of keys and treat `__proto__` as any other key. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export type JsonObject = Map<string, JsonValue>;

/** Thrown by {@link parseStrictJson}; the message gives the problem, line and column. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/** The limit of Go's encoding/json, which reads manifests on the server. */
const MAX_DEPTH = 10_000;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are not allowed in a string
const PLAIN_TEXT = /[^"\\\u0000-\u001f]+/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const LITERALS: readonly (readonly [string, JsonValue])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
];

/**
 * Parses UTF-8 JSON (RFC 8259) strictly: invalid UTF-8, a byte order mark, duplicate keys, lone surrogates and text
 * after the value are errors.
 *
 * @returns the value; a number beyond the range of a double is infinite, for the reader of that field to reject
 * @throws JsonSyntaxError for the first error
 */
export function parseStrictJson(bytes: Uint8Array): JsonValue {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new JsonSyntaxError('the text is not valid UTF-8');
  return new Parser(text).parse();
}

type ArrayContainer = { kind: 'array'; value: JsonValue[] };
type ObjectContainer = { kind: 'object'; value: JsonObject; key: string };
type Container = ArrayContainer | ObjectContainer;

const CLOSING = { array: ']', object: '}' } as const;
const ENDS_TOO_EARLY = 'the JSON ends too early';
const LONE_SURROGATE = 'a lone surrogate is not a valid character';

/** Has a stack of open containers instead of recursing, so that deep nesting cannot overflow the call stack. */
class Parser {
  private position = 0;
  private readonly stack: Container[] = [];

  constructor(private readonly text: string) {}

  parse(): JsonValue {
    if (this.text.startsWith('\ufeff')) this.fail('the file starts with a byte order mark');
    let value = this.parseValue();
    for (let top = this.stack.at(-1); top !== undefined; top = this.stack.at(-1)) {
      value = this.addMember(top, value);
    }
    this.skipSpace();
    if (this.position < this.text.length) this.fail('unexpected text after the JSON value');
    return value;
  }

  /** Adds a value to its container. Returns the container if it ends there, else the next value in it. */
  private addMember(container: Container, value: JsonValue): JsonValue {
    if (container.kind === 'array') container.value.push(value);
    else container.value.set(container.key, value);
    const end = this.position;
    this.skipSpace();
    const closing = CLOSING[container.kind];
    const next = this.text[this.position];
    if (next === closing) {
      this.position++;
      this.stack.pop();
      return container.value;
    }
    if (next !== ',') this.failAfterMember(end, closing);
    const comma = this.position;
    this.position++;
    this.skipSpace();
    if (this.text[this.position] === closing) {
      this.fail(`a comma before "${closing}" is not allowed in JSON`, comma);
    }
    if (container.kind === 'object') this.parseKey(container);
    return this.parseValue();
  }

  /** Reports a member that neither a comma nor the closing bracket follows. */
  private failAfterMember(end: number, closing: string): never {
    const next = this.text[this.position];
    if (next === undefined) this.fail(`${ENDS_TOO_EARLY}: "${closing}" is missing`);
    const isNextMember = /["{[]/.test(next) || (this.position > end && /[-\w]/.test(next));
    if (isNextMember) this.fail('a comma is missing', end);
    this.fail(`a comma or "${closing}" is missing`);
  }

  /** Parses a scalar or an empty container, and opens the containers that precede it. */
  private parseValue(): JsonValue {
    for (;;) {
      this.skipSpace();
      const first = this.text[this.position];
      if (first !== '{' && first !== '[') return this.parseScalar(first);
      if (this.stack.length >= MAX_DEPTH) this.fail(`the nesting is deeper than ${MAX_DEPTH} levels`);
      this.position++;
      this.skipSpace();
      const isEmpty = this.text[this.position] === (first === '{' ? '}' : ']');
      if (isEmpty) {
        this.position++;
        return first === '{' ? new Map() : [];
      }
      if (first === '[') {
        this.stack.push({ kind: 'array', value: [] });
      } else {
        const object: ObjectContainer = { kind: 'object', value: new Map(), key: '' };
        this.stack.push(object);
        this.parseKey(object);
      }
    }
  }

  private parseKey(object: ObjectContainer): void {
    const start = this.position;
    const first = this.text[start];
    if (first === undefined) this.fail(ENDS_TOO_EARLY);
    if (first !== '"') this.fail('expected an object key in double quotes');
    object.key = this.parseString();
    if (object.value.has(object.key)) {
      this.fail(`the key ${JSON.stringify(object.key)} appears twice in an object`, start);
    }
    this.skipSpace();
    if (this.text[this.position] !== ':') this.fail('a colon is missing after an object key');
    this.position++;
  }

  private parseScalar(first: string | undefined): JsonValue {
    if (first === '"') return this.parseString();
    for (const [word, value] of LITERALS) {
      if (this.text.startsWith(word, this.position)) {
        this.position += word.length;
        return value;
      }
    }
    NUMBER.lastIndex = this.position;
    const match = NUMBER.exec(this.text);
    if (match === null) {
      if (first === undefined) this.fail(ENDS_TOO_EARLY);
      this.fail(first === "'" ? 'a string must be in double quotes' : 'expected a value');
    }
    this.position += match[0].length;
    return Number(match[0]);
  }

  private parseString(): string {
    const start = this.position;
    let result = '';
    this.position++;
    for (;;) {
      PLAIN_TEXT.lastIndex = this.position;
      const plain = PLAIN_TEXT.exec(this.text);
      if (plain !== null) {
        result += plain[0];
        this.position += plain[0].length;
        continue;
      }
      const next = this.text[this.position];
      if (next === '"') {
        this.position++;
        return result;
      }
      if (next === undefined) this.fail('a string is not closed', start);
      if (next === '\n' || next === '\r')
        this.fail('a string is not closed before the end of its line', start);
      if (next !== '\\') this.fail('a control character in a string must be escaped');
      result += this.parseEscape();
    }
  }

  private parseEscape(): string {
    const letter = this.text[this.position + 1] ?? '';
    const simple = ESCAPES[letter];
    if (simple !== undefined) {
      this.position += 2;
      return simple;
    }
    const unit = this.parseUnicodeEscape(this.position);
    if (unit === undefined) this.fail('invalid escape sequence in a string');
    if (unit >= 0xdc00 && unit <= 0xdfff) this.fail(LONE_SURROGATE);
    if (unit < 0xd800 || unit > 0xdbff) {
      this.position += 6;
      return String.fromCharCode(unit);
    }
    const low = this.parseUnicodeEscape(this.position + 6);
    if (low === undefined || low < 0xdc00 || low > 0xdfff) this.fail(LONE_SURROGATE);
    this.position += 12;
    return String.fromCharCode(unit, low);
  }

  private parseUnicodeEscape(start: number): number | undefined {
    const match = /^\\u([0-9a-fA-F]{4})$/.exec(this.text.slice(start, start + 6));
    return match?.[1] === undefined ? undefined : Number.parseInt(match[1], 16);
  }

  private skipSpace(): void {
    while (' \t\n\r'.includes(this.text[this.position] ?? '!')) this.position++;
    const [first, second] = [this.text[this.position], this.text[this.position + 1]];
    if (first === '/' && (second === '/' || second === '*')) this.fail('JSON has no comments');
  }

  private fail(message: string, position = this.position): never {
    const lines = this.text.slice(0, position).split('\n');
    const column = (lines.at(-1)?.length ?? 0) + 1;
    throw new JsonSyntaxError(`${message} (line ${lines.length}, column ${column})`);
  }
}

/**
 * JSON as a value that keeps what `JSON.parse` loses: objects are Maps, so that keys such as `__proto__`
 * are ordinary and their order is that of the text.
 */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export type JsonObject = Map<string, JsonValue>;

/** Thrown by {@link parseStrictJson}; the message says what is wrong and at which line and column. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/** The depth at which Go's encoding/json gives up, which is what reads a manifest on the server. */
const MAX_DEPTH = 10_000;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a string may not hold
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
 * Parses UTF-8 JSON (RFC 8259) without any of the usual leniencies: invalid UTF-8, a byte order mark, a
 * duplicate key, a lone surrogate and anything after the value are errors.
 *
 * @param bytes the text as UTF-8
 * @returns the value; a number beyond a double is infinite, which is an error only where somebody reads it
 * @throws JsonSyntaxError naming line and column of the first thing that is wrong
 */
export function parseStrictJson(bytes: Uint8Array): JsonValue {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonSyntaxError('the text is not valid UTF-8');
  }
  return new Parser(text).parse();
}

type Container = { kind: 'array'; value: JsonValue[] } | { kind: 'object'; value: JsonObject; key: string };

/** Keeps its own stack of open containers, so that deep nesting cannot exhaust the call stack. */
class Parser {
  private position = 0;
  private readonly open: Container[] = [];

  constructor(private readonly text: string) {}

  parse(): JsonValue {
    if (this.text.startsWith('\ufeff')) this.fail('a byte order mark stands before the JSON');
    let value = this.value();
    for (let top = this.open.at(-1); top !== undefined; top = this.open.at(-1)) {
      value = this.close(top, value);
    }
    this.space();
    if (this.position < this.text.length) this.fail('something follows the end of the JSON value');
    return value;
  }

  /** Puts a finished value into its container; answers the container if that ends it, else the next value in it. */
  private close(top: Container, value: JsonValue): JsonValue {
    if (top.kind === 'array') top.value.push(value);
    else top.value.set(top.key, value);
    this.space();
    const next = this.text[this.position];
    if (next === ',') {
      this.position++;
      if (top.kind === 'object') this.key(top);
      return this.value();
    }
    if (next !== (top.kind === 'array' ? ']' : '}')) {
      this.fail(`a comma or ${top.kind === 'array' ? ']' : '}'} is missing`);
    }
    this.position++;
    this.open.pop();
    return top.value;
  }

  /** Reads one scalar or empty container, opening any containers in front of it. */
  private value(): JsonValue {
    for (;;) {
      this.space();
      const first = this.text[this.position];
      if (first !== '{' && first !== '[') return this.scalar(first);
      if (this.open.length >= MAX_DEPTH) this.fail(`the nesting is deeper than ${MAX_DEPTH} levels`);
      this.position++;
      this.space();
      const empty = this.text[this.position] === (first === '{' ? '}' : ']');
      if (empty) {
        this.position++;
        return first === '{' ? new Map() : [];
      }
      if (first === '[') {
        this.open.push({ kind: 'array', value: [] });
      } else {
        const object: Container = { kind: 'object', value: new Map(), key: '' };
        this.open.push(object);
        this.key(object);
      }
    }
  }

  private key(object: Container & { kind: 'object' }): void {
    this.space();
    const at = this.position;
    if (this.text[at] !== '"') this.fail('an object key in double quotes is missing');
    object.key = this.string();
    if (object.value.has(object.key)) {
      this.position = at;
      this.fail(`the key ${JSON.stringify(object.key)} stands twice in one object`);
    }
    this.space();
    if (this.text[this.position] !== ':') this.fail('a colon is missing after an object key');
    this.position++;
  }

  private scalar(first: string | undefined): JsonValue {
    if (first === '"') return this.string();
    for (const [word, value] of LITERALS) {
      if (this.text.startsWith(word, this.position)) {
        this.position += word.length;
        return value;
      }
    }
    NUMBER.lastIndex = this.position;
    const match = NUMBER.exec(this.text);
    if (match === null)
      return this.fail(first === undefined ? 'the JSON ends too early' : 'a value is missing');
    const number = Number(match[0]);
    this.position += match[0].length;
    return number;
  }

  private string(): string {
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
      if (next === undefined) this.fail('a string is not closed');
      if (next !== '\\') this.fail('a control character stands inside a string: write it as an escape');
      result += this.escape();
    }
  }

  private escape(): string {
    const letter = this.text[this.position + 1] ?? '';
    const simple = ESCAPES[letter];
    if (simple !== undefined) {
      this.position += 2;
      return simple;
    }
    const unit = this.unicodeEscape(this.position);
    if (unit === undefined) return this.fail('a backslash starts no known escape');
    if (unit >= 0xdc00 && unit <= 0xdfff) this.fail('a lone surrogate is no character');
    if (unit < 0xd800 || unit > 0xdbff) {
      this.position += 6;
      return String.fromCharCode(unit);
    }
    const low = this.unicodeEscape(this.position + 6);
    if (low === undefined || low < 0xdc00 || low > 0xdfff) this.fail('a lone surrogate is no character');
    this.position += 12;
    return String.fromCharCode(unit, low ?? 0);
  }

  private unicodeEscape(at: number): number | undefined {
    const match = /^\\u([0-9a-fA-F]{4})$/.exec(this.text.slice(at, at + 6));
    return match?.[1] === undefined ? undefined : Number.parseInt(match[1], 16);
  }

  private space(): void {
    while (' \t\n\r'.includes(this.text[this.position] ?? '!')) this.position++;
  }

  private fail(message: string): never {
    const before = this.text.slice(0, this.position).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw new JsonSyntaxError(`${message} (line ${before.length}, column ${column})`);
  }
}

import { cutText } from '../text.js';
import type { Finding } from './findings.js';
import { type Hint, hintText, LIBRARY_VOCABULARY, type Vocabulary } from './vocabulary.js';

/** The kind of an error; stable, for programs to branch on. */
export type ErrorCode =
  | 'USAGE'
  | 'MISSING_VARIABLE'
  | 'INVALID_VARIABLE'
  | 'INVALID_BUNDLE'
  | 'INVALID_SETTINGS'
  | 'BUILD_FAILED'
  | 'OUTPUT'
  | 'UNSUPPORTED_RUNTIME'
  | 'NOT_FOUND'
  | 'DIFFERS'
  | 'NOT_ALLOWED'
  | 'ACCESS_DENIED'
  | 'CREDENTIALS'
  | 'LIMIT'
  | 'CONFLICT'
  | 'NETWORK'
  | 'SERVICE'
  | 'FUNCTION_FAILED'
  | 'TEST_FAILED'
  | 'INTERRUPTED'
  | 'INTERNAL';

const INPUT_CODES: ReadonlySet<ErrorCode> = new Set([
  'USAGE',
  'MISSING_VARIABLE',
  'INVALID_VARIABLE',
  'INVALID_BUNDLE',
  'INVALID_SETTINGS',
  'UNSUPPORTED_RUNTIME',
]);

/** The details of an error. */
export interface ErrorDetails {
  /** What the user can do about it, as one sentence. */
  readonly hint?: Hint | undefined;
  /** All findings about the bundle, when the code is INVALID_BUNDLE. */
  readonly findings?: readonly Finding[];
  /** The things that the message counts, one line each. */
  readonly items?: readonly string[];
  /** The underlying error, for programs; its message is never printed. */
  readonly cause?: unknown;
}

/** Identifies errors across all copies of this package that a program has loaded. */
const MARK = Symbol.for('appsctl.AppsctlError');

/** The only error class of appsctl: what failed, why, and what the user can do about it. */
export class AppsctlError extends Error {
  override readonly name = 'AppsctlError';
  readonly code: ErrorCode;
  readonly findings: readonly Finding[];
  readonly items: readonly string[];
  readonly #hint: Hint | undefined;

  /**
   * @param message one sentence that names the resource or file
   */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.#hint = details.hint;
    this.findings = details.findings ?? [];
    this.items = details.items ?? [];
    Object.defineProperty(this, MARK, { value: true });
  }

  /** Whether a thrown value is an AppsctlError, of this copy of the package or of another one. */
  static is(error: unknown): error is AppsctlError {
    return error instanceof Error && MARK in error;
  }

  /** What the user can do about it, with the names of the library's options. */
  get hint(): string | undefined {
    return this.hintIn(LIBRARY_VOCABULARY);
  }

  /** The hint with the names that the caller uses. */
  hintIn(vocabulary: Partial<Vocabulary>): string | undefined {
    return hintText(this.#hint, { ...LIBRARY_VOCABULARY, ...vocabulary });
  }

  /**
   * The same error with at most so many findings, those that are errors first, and items, and with texts of a limited length.
   * Its message has the number of all.
   *
   * @internal
   */
  shortened(max: number, maxLength: number): AppsctlError {
    const { code, message, findings, items, cause } = this;
    const texts = findings.flatMap((finding) => [finding.location, finding.message, finding.fix ?? '']);
    const isShort = [message, ...texts, ...items].every(({ length }) => length <= maxLength);
    if (isShort && findings.length <= max && items.length <= max) return this;
    const cut = (text: string): string => cutText(text, maxLength);
    const isError = ({ severity }: Finding): boolean => severity === 'error';
    const sorted = [...findings.filter(isError), ...findings.filter((finding) => !isError(finding))];
    return new AppsctlError(code, cut(message), {
      ...{ hint: typeof this.#hint === 'string' ? cut(this.#hint) : this.#hint, cause },
      findings: sorted.slice(0, max).map((finding) => ({
        ...finding,
        location: cut(finding.location),
        message: cut(finding.message),
        fix: finding.fix && cut(finding.fix),
      })),
      items: items.slice(0, max).map(cut),
    });
  }

  /** True for invalid input (exit code 2), false for a failed operation (exit code 1). */
  get isInputError(): boolean {
    return INPUT_CODES.has(this.code);
  }
}

/** The error for what was thrown although nothing expects it. */
export function internalError(cause: unknown, hint: string): AppsctlError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AppsctlError('INTERNAL', `internal error: ${reason}`, { hint, cause });
}

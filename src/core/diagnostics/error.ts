import type { Finding } from './findings.js';
import { type Hint, hintText, LIBRARY_VOCABULARY, type Vocabulary } from './vocabulary.js';

/** What kind of failure this is; stable, for programs to branch on. */
export type ErrorCode =
  | 'USAGE'
  | 'MISSING_VARIABLE'
  | 'INVALID_VARIABLE'
  | 'INVALID_BUNDLE'
  | 'OUTPUT'
  | 'UNSUPPORTED_RUNTIME'
  | 'NOT_FOUND'
  | 'DIFFERS'
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
  'UNSUPPORTED_RUNTIME',
]);

/** What an error may carry besides its message. */
export interface ErrorDetails {
  /** What the user can do about it, as one sentence. */
  readonly hint?: Hint | undefined;
  /** Everything that is wrong with a bundle, when the code is INVALID_BUNDLE. */
  readonly findings?: readonly Finding[];
  /** The error behind this one, kept for programs; never printed. */
  readonly cause?: unknown;
}

/** Marks the errors of every copy of this package that a program has loaded. */
const MARK = Symbol.for('appsctl.AppsctlError');

/** The one error class of appsctl: what failed, on which thing and why, and what to do about it. */
export class AppsctlError extends Error {
  override readonly name = 'AppsctlError';
  readonly code: ErrorCode;
  readonly findings: readonly Finding[];
  readonly #hint: Hint | undefined;

  /**
   * @param code what kind of failure this is
   * @param message one sentence that names the thing
   * @param details a hint, findings, the cause
   */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.#hint = details.hint;
    this.findings = details.findings ?? [];
    Object.defineProperty(this, MARK, { value: true });
  }

  /** Whether something thrown is such an error, of this copy of the package or of another one. */
  static is(error: unknown): error is AppsctlError {
    return error instanceof Error && MARK in error;
  }

  /** What the user can do about it, as one sentence that names the options of the library. */
  get hint(): string | undefined {
    return this.hintIn(LIBRARY_VOCABULARY);
  }

  /** The hint in other words. */
  hintIn(words: Vocabulary): string | undefined {
    return hintText(this.#hint, words);
  }

  /** True when the user's input is at fault (exit code 2), false when the work failed (exit code 1). */
  get isInputError(): boolean {
    return INPUT_CODES.has(this.code);
  }
}

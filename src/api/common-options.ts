import { type Clock, systemClock } from '../core/async/clock.js';
import { LIBRARY_VOCABULARY, type Vocabulary } from '../core/diagnostics/vocabulary.js';
import type { Environment } from '../core/environment.js';

/** Options of every function. */
export interface CommonOptions {
  /** Stops the function at the next safe point: it then rejects with the code INTERRUPTED. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How hints and findings name options and functions; what is left out has the name that this library gives it.
   *
   * @default the names of this library
   */
  readonly vocabulary?: Partial<Vocabulary> | undefined;
  /**
   * The environment variables for credentials, regions, endpoints and proxies; for tests.
   *
   * @internal
   */
  readonly env?: Environment | undefined;
  /**
   * The time; for tests.
   *
   * @internal
   */
  readonly clock?: Clock | undefined;
}

/** The common options with their defaults. */
export interface Context {
  readonly env: Environment;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly vocabulary: Vocabulary;
}

// Not destructured in the signature: declaration files would name the internal options that they leave out.
export function resolveCommon(options: CommonOptions = {}): Context {
  const { env = process.env, clock = systemClock, signal, vocabulary } = options;
  return { env, clock, signal, vocabulary: { ...LIBRARY_VOCABULARY, ...vocabulary } };
}

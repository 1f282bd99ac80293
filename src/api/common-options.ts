import { type Clock, systemClock } from '../core/async/clock.js';
import type { EventListener } from '../core/diagnostics/event.js';
import { LIBRARY_VOCABULARY, type Vocabulary } from '../core/diagnostics/vocabulary.js';

/** What every operation takes. */
export interface CommonOptions {
  /** Stops the operation at the next safe point: it then rejects with the code INTERRUPTED. */
  readonly signal?: AbortSignal | undefined;
  /** Is called with progress, waits, findings and warnings; must not throw. */
  readonly onEvent?: EventListener;
  /**
   * How hints name options and commands.
   *
   * @default the names of this library
   */
  readonly vocabulary?: Vocabulary;
  /** The time; for tests. */
  readonly clock?: Clock;
}

/** The common options with their defaults. */
export interface Context {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: EventListener;
  readonly words: Vocabulary;
}

export function resolveCommon(options: CommonOptions = {}): Context {
  const { clock = systemClock, signal, onEvent = () => {}, vocabulary = LIBRARY_VOCABULARY } = options;
  return { clock, signal, onEvent, words: vocabulary };
}

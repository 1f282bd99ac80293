import { HOUR } from '../units.js';

/** A failure of passes that people were told of. */
export interface ToldFailure {
  /** The code of the error. */
  readonly code: string;
  /** When they were told last: milliseconds since the epoch. */
  readonly toldAt: number;
}

/** What people are told of a pass. */
export type PassAlert = 'failed' | 'works again';

const TELL_AGAIN_MS = 24 * HOUR;

/**
 * Decides what people are told of a pass in a loop: that passes fail, when they begin to, when the error is another one, and
 * once in 24 hours; and that they work again. A pass that did nothing, because another one was running, says neither.
 *
 * @param told what they were told of earlier passes
 * @param error of the pass; undefined if it has not failed
 * @param now milliseconds since the epoch
 * @returns what they are told now, and what is passed for the next pass
 */
export function alertOf(
  told: ToldFailure | undefined,
  error: { readonly code: string } | undefined,
  now: number,
): { readonly alert: PassAlert | undefined; readonly told: ToldFailure | undefined } {
  if (error === undefined) return { alert: told && 'works again', told: undefined };
  if (told?.code === error.code && now - told.toldAt < TELL_AGAIN_MS) return { alert: undefined, told };
  return { alert: 'failed', told: { code: error.code, toldAt: now } };
}

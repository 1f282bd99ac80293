import { afterEach, describe, expect, test, vi } from 'vitest';
import { poll, retry, type Wait, type WaitContext } from '../../../../src/core/async/poll.js';
import { FakeClock } from '../../../support/fake-clock.js';

afterEach(() => void vi.restoreAllMocks());

const REASON = 'until x is ready';

/** Polls on a clock whose sleeps take no time. */
function startPoll<T>(
  wait: Partial<Wait>,
  attempt: (isLast: boolean, count: number) => Promise<T | undefined>,
  signal?: AbortSignal,
) {
  let now = 5000;
  let attempts = 0;
  const sleeps: number[] = [];
  const signals = new Set<AbortSignal | undefined>();
  const log: string[] = [];
  const clock = {
    now: () => now,
    sleep: async (milliseconds: number, sleepSignal?: AbortSignal) => {
      now += milliseconds;
      sleeps.push(milliseconds);
      signals.add(sleepSignal);
      log.push(`sleep ${milliseconds}`);
    },
  };
  const onEvent: WaitContext['onEvent'] = (event) => {
    log.push(event.type === 'waiting' ? `waiting ${event.reason}` : event.type);
  };
  const result = poll({ clock, onEvent, signal }, { limitMs: 60_000, reason: REASON, ...wait }, (isLast) =>
    attempt(isLast, ++attempts),
  );
  return { result, sleeps, signals, log };
}

/** Succeeds at the given attempt. */
const succeedAt = (last: number) => async (_: boolean, count: number) =>
  count === last ? 'done' : undefined;

describe('poll', () => {
  test.each<[string, Partial<Wait>, number[]]>([
    ['by default', {}, [250, 500, 1000, 2000, 4000, 5000, 5000]],
    [
      'from the first to the longest pause',
      { firstPauseMs: 100, maxPauseMs: 300 },
      [100, 200, 300, 300, 300, 300, 300],
    ],
  ])('doubles the pauses %s', async (_, wait, pauses) => {
    const { result, sleeps } = startPoll(wait, succeedAt(8));
    expect(await result).toBe('done');
    expect(sleeps).toEqual(pauses);
  });

  test.each([null, false, 0, ''])('returns %j as a value', async (value) => {
    const { result, sleeps } = startPoll<unknown>({}, async () => value);
    expect(await result).toBe(value);
    expect(sleeps).toEqual([]);
  });

  test.each<[string, number | undefined, boolean | undefined, number]>([
    ['from half a pause', 0, true, 500],
    ['to one and a half', 0.9, true, 1400],
    ['not without jitter', 0, false, 1000],
    ['not by default', 0, undefined, 1000],
  ])('jitter varies pauses: %s', async (_, random, jitter, pause) => {
    vi.spyOn(Math, 'random').mockReturnValue(random ?? 0);
    const wait = jitter === undefined ? {} : { jitter };
    const { result, sleeps } = startPoll({ firstPauseMs: 1000, ...wait }, succeedAt(2));
    await result;
    expect(sleeps).toEqual([pause]);
  });

  test.each<[string, number, number, string[]]>([
    ['no wait of up to 2 s', 2000, 2, ['sleep 2000']],
    ['a longer one before it starts', 2001, 2, [`waiting ${REASON}`, 'sleep 2001']],
    ['the time waited so far counts', 1500, 3, ['sleep 1500', `waiting ${REASON}`, 'sleep 3000']],
    ['it is reported once', 2500, 3, [`waiting ${REASON}`, 'sleep 2500', 'sleep 5000']],
  ])('reports waits: %s', async (_, firstPauseMs, attempts, expected) => {
    const { result, log } = startPoll({ firstPauseMs }, succeedAt(attempts));
    await result;
    expect(log).toEqual(expected);
  });

  test.each<[number, boolean[]]>([
    [0, [true]],
    [100, [false, true]],
    [101, [false, false, true]],
    [300, [false, false, true]],
  ])('with a limit of %i ms, the last attempt is marked as such', async (limitMs, expected) => {
    const marks: boolean[] = [];
    const { result } = startPoll({ limitMs, firstPauseMs: 100 }, async (isLast) => {
      marks.push(isLast);
      return isLast ? 'done' : undefined;
    });
    await result;
    expect(marks).toEqual(expected);
  });

  test('throws what an attempt throws', async () => {
    const { result } = startPoll({}, () => Promise.reject(new Error('failed')));
    await expect(result).rejects.toThrow('failed');
  });

  test('throws if the last attempt returns nothing', async () => {
    const { result, sleeps } = startPoll({ limitMs: 300, firstPauseMs: 100 }, async () => undefined);
    await expect(result).rejects.toThrow(`the last attempt returned nothing: ${REASON}`);
    expect(sleeps).toEqual([100, 200]);
  });

  test('throws INTERRUPTED when the signal is aborted, but not if the attempt succeeded', async () => {
    const signal = AbortSignal.abort();
    const { result, log } = startPoll({}, async () => undefined, signal);
    await expect(result).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(log).toEqual([]);
    await expect(startPoll({}, async () => 'done', signal).result).resolves.toBe('done');
  });

  test('passes the signal to the sleep, which ends early when it is aborted', async () => {
    const { signal } = new AbortController();
    const { result, signals } = startPoll({}, succeedAt(2), signal);
    await result;
    expect([...signals]).toEqual([signal]);
  });
});

describe('retry', () => {
  /** Fails with each of the errors, and then returns a value. */
  function startRetry<T>(errors: readonly string[], value: T) {
    const clock = new FakeClock();
    const context = { clock, onEvent: () => {}, signal: undefined };
    let attempts = 0;
    const work = async (): Promise<T> => {
      const error = errors[attempts++];
      if (error !== undefined) throw new Error(error);
      return value;
    };
    const wait = { limitMs: 1000, reason: REASON };
    const isTemporary = (error: unknown): boolean => (error as Error).message === 'temporary';
    return { result: retry(context, wait, isTemporary, work), waits: clock.waits };
  }

  test.each(['done', undefined, null])(
    'repeats work while it fails temporarily, and returns %j',
    async (value) => {
      const { result, waits } = startRetry(['temporary', 'temporary'], value);
      expect(await result).toBe(value);
      expect(waits).toEqual([250, 500]);
    },
  );

  test('throws other errors immediately', async () => {
    const { result, waits } = startRetry(['temporary', 'final'], 'done');
    await expect(result).rejects.toThrow('final');
    expect(waits).toEqual([250]);
  });

  test('throws the last error once the limit is over', async () => {
    const { result, waits } = startRetry(Array(9).fill('temporary'), 'done');
    await expect(result).rejects.toThrow('temporary');
    expect(waits).toEqual([250, 500, 1000]);
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock, throwIfAborted } from '../../../../src/core/async/clock.js';

describe('systemClock', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
  afterEach(() => void vi.useRealTimers());

  /** Starts to sleep, and reports whether that has ended. */
  function startSleep(milliseconds: number, signal?: AbortSignal) {
    let isOver = false;
    void systemClock.sleep(milliseconds, signal).then(() => {
      isOver = true;
    });
    return async () => {
      await Promise.resolve();
      return isOver;
    };
  }

  test('counts milliseconds since the epoch', () => {
    vi.setSystemTime(1234);
    expect(systemClock.now()).toBe(1234);
  });

  test.each<[string, AbortSignal | undefined]>([
    ['without a signal', undefined],
    ['with a signal that is not aborted', new AbortController().signal],
  ])('sleeps for the given time %s', async (_, signal) => {
    const isOver = startSleep(1000, signal);
    vi.advanceTimersByTime(999);
    expect(await isOver()).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await isOver()).toBe(true);
  });

  test('does not sleep if the signal is aborted already', async () => {
    const isOver = startSleep(1000, AbortSignal.abort());
    expect(await isOver()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends the sleep when the signal is aborted, and leaves no timer behind', async () => {
    const controller = new AbortController();
    const isOver = startSleep(1000, controller.signal);
    expect(await isOver()).toBe(false);
    controller.abort();
    expect(await isOver()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('stops listening to the signal when the sleep is over', () => {
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, 'removeEventListener');
    startSleep(1000, signal);
    expect(remove).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    expect(remove).toHaveBeenCalledOnce();
  });
});

test('throwIfAborted throws INTERRUPTED once the signal is aborted', () => {
  const controller = new AbortController();
  expect(() => throwIfAborted(undefined)).not.toThrow();
  expect(() => throwIfAborted(controller.signal)).not.toThrow();
  controller.abort();
  expect(() => throwIfAborted(controller.signal)).toThrow(expect.objectContaining({ code: 'INTERRUPTED' }));
});

import { describe, expect, test } from 'vitest';
import {
  checkHealth,
  DEFAULT_INTERVAL_MS,
  DEFAULT_MAX_DURATION_MS,
  isPeriod,
  PERIOD_FORM,
  parsePeriod,
  pauseAfterPass,
} from '../../../../src/core/deployer/period.js';
import { HOUR, MINUTE, SECOND } from '../../../../src/core/units.js';

test.each([
  ['10s', 10 * SECOND],
  ['5m', 5 * MINUTE],
  ['90m', 90 * MINUTE],
  ['2h', 2 * HOUR],
  ['1d', 24 * HOUR],
])('%s is an interval', (text, expected) => {
  expect(parsePeriod(text)).toBe(expected);
});

test.each(['', '5', '9s', '0m', '25h', '2d', '999999999d', '1.5h', '5 m', '5M', '-5m', '5m30s', '1h\n'])(
  '%j is not',
  (text) => {
    expect(parsePeriod(text)).toBeUndefined();
  },
);

test('the defaults are valid, and so is what a message names', () => {
  expect([DEFAULT_INTERVAL_MS, DEFAULT_MAX_DURATION_MS].every(isPeriod)).toBe(true);
  expect(PERIOD_FORM.match(/\d+[smhd]/g)?.map(parsePeriod)).not.toContain(undefined);
});

test.each([
  [0, 270 * SECOND],
  [0.5, 300 * SECOND],
  [1, 330 * SECOND],
])('a pause varies by 10 %: %d', (random, expected) => {
  expect(pauseAfterPass(5 * MINUTE, random)).toBe(expected);
});

describe('the health of a loop', () => {
  const times = {
    startedAt: Date.parse('2026-11-29T00:00:00Z'),
    interval: 5 * MINUTE,
    maxDuration: 50 * MINUTE,
  };
  // The longest pause, the duration, and 15 minutes.
  const limit = 70.5 * MINUTE;

  test.each([
    ['from the start until a run must have ended', undefined, limit, true],
    ['not later', undefined, limit + 1, false],
    ['after a run has ended', HOUR, HOUR + limit, true],
    ['not when no other run has ended since', HOUR, HOUR + limit + 1, false],
  ])('is good %s', (_, endedAfter, after, isHealthy) => {
    const endedAt = endedAfter && times.startedAt + endedAfter;
    expect(checkHealth({ ...times, endedAt }, times.startedAt + after)).toEqual({
      isHealthy,
      line:
        endedAt === undefined
          ? 'no run has ended since 2026-11-29T00:00:00.000Z'
          : 'the last run ended at 2026-11-29T01:00:00.000Z',
    });
  });
});

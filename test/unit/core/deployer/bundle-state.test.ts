import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addAttempt,
  deployedTag,
  failedTag,
  hasRoom,
  isAttemptDue,
  isNews,
  isStateTag,
  nextAttempt,
  type RecordedFailure,
  readState,
  tagDeployed,
  tagFailed,
  untagFailed,
} from '../../../../src/core/deployer/bundle-state.js';
import { AppsctlError, type ErrorCode } from '../../../../src/core/diagnostics/error.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse('2026-11-29T01:00:00Z');
const ENVIRONMENT = 'staging';

const environments = fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/);
const failures = fc.record({
  attempts: fc.integer({ min: 1, max: 999_999 }),
  at: fc.integer({ min: 0, max: Date.parse('9999-12-31') }),
  code: fc.constantFrom('NETWORK', 'ACCESS_DENIED', 'INVALID_BUNDLE', 'A_CODE_OF_LATER'),
});
const otherTags = fc
  .uniqueArray(fc.stringMatching(/^[a-z]{1,8}-[a-z]{1,8}$/), { maxLength: 8 })
  .map((names) => new Map(names.map((name) => [name, 'x'])));

describe('the tags of a bundle', () => {
  test('hold what is read from them, and keep those of others', () => {
    fc.assert(
      fc.property(environments, failures, otherTags, (environment, failure, others) => {
        const failed = tagFailed(tagDeployed(others, environment), environment, failure);
        expect(readState(failed, environment).failure).toEqual(failure);
        const deployed = tagDeployed(failed, environment);
        expect(readState(deployed, environment)).toEqual({ state: 'deployed', failure: undefined });
        expect(deployed.get(`deployed_${environment}`)).toBe('true');
        expect(deployed.size).toBe(others.size + 1);
        expect(untagFailed(failed, environment)).toEqual(others);
      }),
    );
  });

  test('are accepted by S3', () => {
    fc.assert(
      fc.property(environments, failures, (environment, failure) => {
        for (const [name, value] of tagFailed(new Map(), environment, failure)) {
          expect(name).toMatch(/^[A-Za-z0-9 +\-=._:/@]{1,128}$/);
          expect(value).toMatch(/^[A-Za-z0-9 +\-=._:/@]{0,256}$/);
        }
      }),
    );
  });

  test('of another environment say nothing', () => {
    const tags = new Map([[deployedTag('production'), 'true']]);
    expect(readState(tags, ENVIRONMENT)).toEqual({ state: 'new', failure: undefined });
  });

  test.each([
    ['true', 'deployed'],
    ['TRUE', 'new'],
    ['false', 'new'],
    ['', 'new'],
  ])('with deployed_staging=%j: %s', (value, state) => {
    expect(readState(new Map([[deployedTag(ENVIRONMENT), value]]), ENVIRONMENT).state).toBe(state);
  });

  test.each([
    ['3 2026-11-29T01:00:00.000Z NETWORK', 'failed'],
    ['1 2026-11-29T01:00:00Z LIMIT', 'failed'],
    ['1 2026-11-29T01:00:00.000Z INVALID_BUNDLE', 'blocked'],
    ['1 2026-11-29T01:00:00.000Z UNSUPPORTED_RUNTIME', 'blocked'],
    ['1 2026-11-29T01:00:00.000Z DIFFERS', 'blocked'],
    ['1 2026-11-29T01:00:00.000Z NOT_ALLOWED', 'blocked'],
    ['1 2026-11-29T01:00:00.000Z OF_A_LATER_VERSION', 'failed'],
    ['0 2026-11-29T01:00:00.000Z NETWORK', 'new'],
    ['1 yesterday NETWORK', 'new'],
    ['1 +275760-09-13T00:00:00Z NETWORK', 'new'],
    ['1 2026-11-29T01:00:00.000Z', 'new'],
    ['1 2026-11-29T01:00:00.000Z network', 'new'],
    ['please retry', 'new'],
    ['', 'new'],
  ])('with failed_staging=%j: %s', (value, state) => {
    expect(readState(new Map([[failedTag(ENVIRONMENT), value]]), ENVIRONMENT).state).toBe(state);
  });

  test.each([
    [10, [], false],
    [9, [], true],
    [9, [deployedTag(ENVIRONMENT)], true],
    [9, [failedTag(ENVIRONMENT)], true],
    [9, [deployedTag('production')], false],
  ])('have room for one more beside %i others and %j: %s', (count, own, expected) => {
    const others = Array.from({ length: count }, (_, index) => `tag-${index}`);
    const tags = new Map([...others, ...own].map((name) => [name, 'x']));
    expect(hasRoom(tags, ENVIRONMENT)).toBe(expected);
  });

  test.each([
    ['deployed_production', true],
    ['failed_x', true],
    ['deployed', false],
    ['team_deployed_x', false],
  ])('of a deployer: %s: %s', (name, expected) => {
    expect(isStateTag(name)).toBe(expected);
  });
});

describe('attempts', () => {
  const error = (code: ErrorCode): AppsctlError => new AppsctlError(code, 'x');
  const attempt = (attempts: number, code: string): RecordedFailure => ({ attempts, at: NOW, code });

  test.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 8],
    [5, 16],
    [6, 24],
    [7, 24],
    [2000, 24],
  ])('after attempt %i there is a pause of %i hours', (attempts, hours) => {
    expect(nextAttempt(attempt(attempts, 'NETWORK'))).toBe(NOW + hours * HOUR);
  });

  test.each([
    ['at its time', 0, true],
    ['a little earlier', -10 * MINUTE, true],
    ['before', -10 * MINUTE - 1, false],
    ['24 hours before', -24 * HOUR, false],
    ['earlier than any pause before, because the clock was wrong', -24 * HOUR - 1, true],
  ])('the next one is due: %s', (_, offset, expected) => {
    expect(isAttemptDue(NOW, NOW + offset)).toBe(expected);
  });

  test('there are no others of a bundle that is at fault', () => {
    expect(nextAttempt(attempt(1, 'INVALID_BUNDLE'))).toBeUndefined();
  });

  test('are counted, whatever their errors', () => {
    const first = addAttempt(undefined, error('NETWORK'), NOW);
    expect(first).toEqual(attempt(1, 'NETWORK'));
    expect(addAttempt(first, error('LIMIT'), NOW + 1)).toEqual({ attempts: 2, at: NOW + 1, code: 'LIMIT' });
  });

  test.each<[string, RecordedFailure, RecordedFailure | undefined, boolean]>([
    ['the first one', attempt(1, 'NETWORK'), undefined, true],
    ['the same again', attempt(2, 'NETWORK'), attempt(1, 'NETWORK'), false],
    ['another error', attempt(2, 'LIMIT'), attempt(1, 'NETWORK'), true],
    ['the last one within a day', attempt(5, 'NETWORK'), attempt(4, 'NETWORK'), false],
    ['the first one after a day', attempt(6, 'NETWORK'), attempt(5, 'NETWORK'), true],
    ['the one of each day', attempt(7, 'NETWORK'), attempt(6, 'NETWORK'), true],
  ])('are told: %s', (_, failure, earlier, expected) => {
    expect(isNews(failure, earlier)).toBe(expected);
  });
});

import { describe, expect, test } from 'vitest';
import { AppsctlError, type ErrorCode } from '../../../../src/core/diagnostics/error.js';
import type { Finding } from '../../../../src/core/diagnostics/findings.js';
import {
  hintText,
  LIBRARY_VOCABULARY,
  type Vocabulary,
} from '../../../../src/core/diagnostics/vocabulary.js';

describe('an error', () => {
  test('has a code, a message, and nothing else by default', () => {
    const error = new AppsctlError('CONFLICT', 'policy p is attached to no group');
    expect(error).toMatchObject({ name: 'AppsctlError', code: 'CONFLICT', findings: [], hint: undefined });
    expect(error.message).toBe('policy p is attached to no group');
    expect('cause' in error).toBe(false);
    expect(error.hintIn(LIBRARY_VOCABULARY)).toBeUndefined();
  });

  test('has the details that it is created with', () => {
    const cause = new Error('socket hang up');
    const findings = [{ severity: 'error', location: 'a', message: 'b' }] as const;
    const details = { hint: 'retry', findings: findings as unknown as AppsctlError['findings'], cause };
    expect(new AppsctlError('NETWORK', 'm', details)).toMatchObject({ hint: 'retry', findings, cause });
  });

  test('has a hint in the words of the library, or of the caller', () => {
    const error = new AppsctlError('DIFFERS', 'm', { hint: ({ update }) => `overwrite it with ${update}` });
    expect(error.hint).toBe('overwrite it with update: true');
    expect(error.hintIn({ ...LIBRARY_VOCABULARY, update: '--update' })).toBe('overwrite it with --update');
  });

  test('can be shortened: to its errors first, and to the same one if it is short', () => {
    const finding = (severity: Finding['severity'], location: string): Finding => ({
      ...{ severity, location, rule: 'zip/invalid', message: 'm', fix: undefined },
    });
    const findings = [
      finding('note', 'a'),
      finding('error', 'b'),
      finding('warning', 'c'),
      finding('error', 'd'),
    ];
    const hint = ({ update }: Vocabulary): string => `overwrite it with ${update}`;
    const error = new AppsctlError('INVALID_BUNDLE', 'm', { findings, hint, items: ['1', '2', '3', '4'] });
    expect(error.shortened(4, 20)).toBe(error);
    const { code, message, hint: short, findings: left, items } = error.shortened(3, 20);
    expect({ code, message, short }).toEqual({ code: 'INVALID_BUNDLE', message: 'm', short: error.hint });
    expect(left.map(({ location }) => location)).toEqual(['b', 'd', 'a']);
    expect(items).toEqual(['1', '2', '3']);
  });

  test('can be shortened: its texts', () => {
    const finding = { severity: 'error', rule: 'zip/invalid' } as const;
    const findings = [{ ...finding, location: 'abcd', message: 'abc', fix: 'abcde' }];
    const error = new AppsctlError('INVALID_BUNDLE', 'abcd', { findings, hint: 'abcdef', items: ['abcde'] });
    expect(error.shortened(1, 3)).toMatchObject({
      ...{ message: 'abc…', hint: 'abc…', items: ['abc…'] },
      findings: [{ ...finding, location: 'abc…', message: 'abc', fix: 'abc…' }],
    });
  });

  test.each<[ErrorCode, boolean]>([
    ['USAGE', true],
    ['MISSING_VARIABLE', true],
    ['INVALID_VARIABLE', true],
    ['INVALID_BUNDLE', true],
    ['UNSUPPORTED_RUNTIME', true],
    ['OUTPUT', false],
    ['NOT_FOUND', false],
    ['DIFFERS', false],
    ['INTERNAL', false],
  ])('%s is invalid input: %j', (code, isInputError) => {
    expect(new AppsctlError(code, 'm').isInputError).toBe(isInputError);
  });
});

describe('AppsctlError.is', () => {
  test('recognizes errors of this copy and of other copies of the package', () => {
    const other = Object.assign(new Error('m'), { [Symbol.for('appsctl.AppsctlError')]: true });
    const error = new AppsctlError('USAGE', 'm');
    expect(AppsctlError.is(error)).toBe(true);
    expect(Reflect.get(error, Symbol.for('appsctl.AppsctlError'))).toBe(true);
    expect(AppsctlError.is(other)).toBe(true);
  });

  test.each([[new Error('m')], [{ [Symbol.for('appsctl.AppsctlError')]: true }], ['USAGE'], [undefined]])(
    'does not recognize %j',
    (value) => expect(AppsctlError.is(value)).toBe(false),
  );
});

test('a hint is a text, a function of the words, or missing', () => {
  expect(hintText('a', LIBRARY_VOCABULARY)).toBe('a');
  expect(hintText(({ bucket }) => bucket, LIBRARY_VOCABULARY)).toBe('aws.bucket');
  expect(hintText(undefined, LIBRARY_VOCABULARY)).toBeUndefined();
});

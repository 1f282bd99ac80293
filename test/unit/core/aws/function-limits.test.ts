import { describe, expect, test } from 'vitest';
import { environmentProblem, tagsProblem } from '../../../../src/core/aws/function-limits.js';
import { SETTINGS } from '../../../support/messages/function-settings.js';

describe('the environment variables of a function', () => {
  test.each<[Record<string, string>]>([
    [{}],
    [{ LOG_LEVEL: 'debug', a1: '', TZ: 'Europe/Berlin', AWS_LAMBDA_EXEC_WRAPPER: '/opt/x' }],
    [{ VALUE: 'x'.repeat(4096 - '{"VALUE":""}'.length) }],
  ])('%j are accepted', (variables) => {
    expect(environmentProblem(variables)).toBeUndefined();
  });

  test.each([
    ['AWS_REGION', SETTINGS.reservedVariable('AWS_REGION')],
    ['_HANDLER', SETTINGS.reservedVariable('_HANDLER')],
    ['AWS_LAMBDA_LOG_STREAM_NAME', SETTINGS.reservedVariable('AWS_LAMBDA_LOG_STREAM_NAME')],
    ['X', SETTINGS.invalidVariable('X', SETTINGS.tooShort)],
    ['1A', SETTINGS.invalidVariable('1A', SETTINGS.invalidStart)],
    ['_', SETTINGS.invalidVariable('_', SETTINGS.invalidStart)],
    ['A-B', SETTINGS.invalidVariable('A-B', SETTINGS.invalidStart)],
    ['A1\n', SETTINGS.invalidVariable('A1\\n', SETTINGS.invalidStart)],
    ['', SETTINGS.invalidVariable('', SETTINGS.invalidStart)],
  ])('cannot be named %j', (name, message) => {
    const problem = environmentProblem({ OK: 'fine', [name]: 'secret' });
    expect(problem).toBe(message);
    expect(problem).not.toContain('secret');
  });

  test('are measured as bytes of their JSON', () => {
    const name = '{"VALUE":""}'.length;
    for (const [value, bytes] of [
      ['x'.repeat(4097 - name), 4097],
      ['ü'.repeat(2048), 4108],
      ['"'.repeat(2048), 4108],
    ] as const) {
      expect(environmentProblem({ VALUE: value })).toBe(SETTINGS.variablesTooLarge(bytes));
    }
  });
});

describe('the tags of a function', () => {
  test.each<[Record<string, string>]>([
    [{}],
    [{ team: 'apps', 'Größe 1': '', 'a_.:/=+-@': 'x@example.com', awsome: 'x' }],
    [{ ['x'.repeat(128)]: 'y'.repeat(256), ['𝒳'.repeat(128)]: '𝒳'.repeat(256) }],
    [Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`tag ${index}`, '']))],
  ])('%#: are accepted', (tags) => {
    expect(tagsProblem(tags)).toBeUndefined();
  });

  test.each<[Record<string, string>, string]>([
    [{ '': 'secret' }, 'a tag key is empty'],
    [{ 'aws:x': 'secret' }, SETTINGS.reservedTag('aws:x')],
    [{ 'AWS:x': 'secret' }, SETTINGS.reservedTag('AWS:x')],
    [
      { ['k'.repeat(129)]: 'secret' },
      `the tag key starting with "${'k'.repeat(100)}" has 129 characters, over the limit of 128`,
    ],
    [{ 'a#b': 'secret' }, 'the tag key "a#b" may only contain letters, digits, spaces and _.:/=+-@'],
    [
      { team: 'secret\n' },
      'the value of the tag "team" may only contain letters, digits, spaces and _.:/=+-@',
    ],
    [
      { team: `secret${'x'.repeat(251)}` },
      'the value of the tag "team" has 257 characters, over the limit of 256',
    ],
    [
      Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`tag ${index}`, 'secret'])),
      SETTINGS.tooManyTags(51),
    ],
  ])('%#: are refused without repeating a value', (tags, message) => {
    expect(tagsProblem(tags)).toBe(message);
    expect(message).not.toContain('secret');
  });
});

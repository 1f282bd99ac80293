import { describe, expect, test } from 'vitest';
import { environmentProblem, tagsProblem } from '../../../../src/core/aws/function-limits.js';

describe('the environment variables of a function', () => {
  test.each<[Record<string, string>]>([
    [{}],
    [{ LOG_LEVEL: 'debug', a1: '', TZ: 'Europe/Berlin', AWS_LAMBDA_EXEC_WRAPPER: '/opt/x' }],
    [{ VALUE: 'x'.repeat(4096 - '{"VALUE":""}'.length) }],
  ])('%j are accepted', (variables) => {
    expect(environmentProblem(variables)).toBeUndefined();
  });

  test.each([
    ['AWS_REGION', 'the environment variable AWS_REGION is reserved by AWS Lambda'],
    ['_HANDLER', 'the environment variable _HANDLER is reserved by AWS Lambda'],
    ['AWS_LAMBDA_LOG_STREAM_NAME', /AWS_LAMBDA_LOG_STREAM_NAME is reserved by AWS Lambda$/],
    [
      'X',
      '"X" is not a valid name for an environment variable on AWS Lambda: it needs at least two characters',
    ],
    [
      '1A',
      '"1A" is not a valid name for an environment variable on AWS Lambda: it must start with a letter and contain only letters, digits and "_"',
    ],
    ['_', /^"_" is not a valid name/],
    ['A-B', /^"A-B" is not a valid name/],
    ['A1\n', /^"A1\\n" is not a valid name/],
    ['', /^"" is not a valid name/],
  ])('cannot be named %j', (name, message) => {
    const problem = environmentProblem({ OK: 'fine', [name]: 'secret' });
    expect(problem).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
    expect(problem).not.toContain('secret');
  });

  test('are measured as bytes of their JSON', () => {
    const name = '{"VALUE":""}'.length;
    expect(environmentProblem({ VALUE: 'x'.repeat(4097 - name) })).toMatch(
      /^the environment variables have 4097 bytes, over the AWS Lambda limit of 4096: /,
    );
    expect(environmentProblem({ VALUE: 'ü'.repeat(2048) })).toMatch(/have 4108 bytes/);
    expect(environmentProblem({ VALUE: '"'.repeat(2048) })).toMatch(/have 4108 bytes/);
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
    [{ 'aws:x': 'secret' }, 'the tag "aws:x" is reserved: AWS uses the prefix "aws:"'],
    [{ 'AWS:x': 'secret' }, 'the tag "AWS:x" is reserved: AWS uses the prefix "aws:"'],
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
      'there are 51 tags, over the limit of 50 for a function',
    ],
  ])('%#: are refused without repeating a value', (tags, message) => {
    expect(tagsProblem(tags)).toBe(message);
    expect(message).not.toContain('secret');
  });
});

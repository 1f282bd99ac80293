import { describe, expect, test } from 'vitest';
import { checkFunctionChange } from '../../../../src/core/deploy/check-function-change.js';
import { functionChanges } from '../../../../src/core/deploy/function-changes.js';
import type { FunctionSpec, FunctionState } from '../../../../src/core/deploy/function-spec.js';
import { spec, state } from './builders.js';

describe('checkFunctionChange', () => {
  const LIMIT = { code: 'LIMIT', hint: expect.stringContaining('functions.replaceEnv: true') };
  const variables = (bytes: number): Record<string, string> => ({ LONG: 'x'.repeat(bytes) });
  const tags = (count: number, prefix = 't'): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, '']));
  const check = (desired: FunctionSpec, current: FunctionState | undefined) => (): void =>
    checkFunctionChange(desired, current, current === undefined ? [] : functionChanges(desired, current));

  test.each<[string, FunctionSpec, FunctionState | undefined, object]>([
    [
      'a function whose creation failed',
      spec(),
      state({ status: 'failed', failure: 'no access to ECR' }),
      {
        code: 'CONFLICT',
        message: 'function fn could not be created: no access to ECR',
        hint: 'delete it and deploy again: aws lambda delete-function --function-name fn',
      },
    ],
    [
      'a customer-managed runtime',
      spec(),
      state({ runtime: 'custom' }),
      {
        code: 'CONFLICT',
        message: 'function fn has a customer-managed runtime, which would be lost',
        hint: 'select an AWS managed runtime in the AWS console, or delete the function',
      },
    ],
    [
      'variables added to variables that cannot be read',
      spec({ environment: { A: '1' } }),
      state({ environment: undefined, environmentError: 'KMS access was denied' }),
      {
        code: 'ACCESS_DENIED',
        message: 'the environment variables of function fn cannot be read: KMS access was denied',
        hint: 'allow kms:Decrypt on the KMS key of the function, or use functions.replaceEnv: true to replace all variables',
      },
    ],
    [
      'variables that exceed the limit together with existing ones',
      spec({ memory: 512, environment: variables(2500) }),
      state({ environment: { OTHER: 'y'.repeat(2500) } }),
      {
        ...LIMIT,
        message: expect.stringMatching(/^function fn: the environment variables have 50\d\d bytes/),
      },
    ],
    [
      'variables of a new function that exceed the limit',
      spec({ environment: variables(5000) }),
      undefined,
      {
        ...LIMIT,
        message: expect.stringMatching(/^function fn: the environment variables have 50\d\d bytes/),
      },
    ],
    [
      'tags that exceed the limit together with existing ones',
      spec({ memory: 512, tags: { one: '1', two: '2' } }),
      state({ tags: tags(49) }),
      { ...LIMIT, message: 'function fn: there are 51 tags, over the limit of 50 for a function' },
    ],
    [
      'tags of a new function that exceed the limit',
      spec({ tags: tags(51) }),
      undefined,
      { ...LIMIT, message: 'function fn: there are 51 tags, over the limit of 50 for a function' },
    ],
  ])('refuses %s', (_, desired, current, error) => {
    expect(check(desired, current)).toThrow(expect.objectContaining(error));
  });

  test.each<[string, FunctionSpec, FunctionState | undefined]>([
    ['a new function', spec({ environment: { NAME: '1' }, tags: { one: '1' } }), undefined],
    ['no change', spec(), state()],
    ['a busy function', spec({ memory: 512 }), state({ status: 'busy' })],
    ['a function whose last update failed', spec({ memory: 512 }), state({ updateFailure: 'no memory' })],
    [
      'variables that replace variables that cannot be read',
      spec({ environment: { NAME: '1' }, replaceEnvironment: true }),
      state({ environment: undefined }),
    ],
    [
      'variables that cannot be read and stay unchanged',
      spec({ memory: 512 }),
      state({ environment: undefined }),
    ],
    ['existing variables over the limit', spec({ memory: 512 }), state({ environment: variables(5000) })],
    ['existing tags over the limit', spec({ memory: 512 }), state({ tags: tags(60) })],
    ['the last tags within the limit', spec({ tags: { one: '1' } }), state({ tags: tags(49) })],
    [
      'tags of AWS services, which do not count towards the limit',
      spec({ tags: { one: '1' } }),
      state({ tags: { ...tags(49), ...tags(30, 'aws:'), ...tags(30, 'AWS:') } }),
    ],
  ])('accepts %s', (_, desired, current) => {
    expect(check(desired, current)).not.toThrow();
  });
});

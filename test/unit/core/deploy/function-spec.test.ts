import { describe, expect, test } from 'vitest';
import {
  checkFunctionChange,
  type FunctionSettings,
  type FunctionSpec,
  type FunctionState,
  functionChanges,
  functionTarget,
} from '../../../../src/core/deploy/function-spec.js';
import { functionState } from '../../../support/memory-ports.js';

const NO_SETTINGS: FunctionSettings = {
  memory: undefined,
  timeout: undefined,
  architecture: undefined,
  environment: undefined,
  replaceEnvironment: false,
  tags: undefined,
};

function spec(settings: Partial<FunctionSettings> = {}, changes: Partial<FunctionSpec> = {}): FunctionSpec {
  const read = (): never => {
    throw new Error('nobody reads it');
  };
  return {
    name: 'fn',
    handler: 'index.handler',
    runtime: 'nodejs22.x',
    role: { arn: 'arn:aws:iam::123456789012:role/role', createdAt: 0, trustPolicy: undefined },
    code: { sha256Base64: 'code', size: 4, read, chunks: read },
    settings: { ...NO_SETTINGS, ...settings },
    ...changes,
  };
}

const state = (changes: Partial<FunctionState> = {}): FunctionState => ({
  ...functionState('fn'),
  ...changes,
});
const details = (wanted: FunctionSpec, current: FunctionState): string[] =>
  functionChanges(wanted, current).map(({ detail }) => detail);

test('a new function gets memory and time for a call of the server', () => {
  expect(functionTarget(spec(), undefined)).toEqual({
    memory: 256,
    timeout: 30,
    architecture: 'x86_64',
    environment: {},
    tags: {},
  });
});

describe('functionChanges', () => {
  test.each<[string, FunctionSpec, Partial<FunctionState>, string[]]>([
    ['nothing', spec(), {}, []],
    ['what no setting names stays', spec(), { memory: 512, environment: { A: '1' }, tags: { a: '1' } }, []],
    ['code', spec({}, { code: { ...spec().code, sha256Base64: 'new' } }), {}, ['code']],
    ['handler', spec({}, { handler: 'app.main' }), {}, ['handler index.handler -> app.main']],
    ['runtime', spec({}, { runtime: 'nodejs24.x' }), {}, ['runtime nodejs22.x -> nodejs24.x']],
    ['role', spec(), { roleArn: 'old' }, ['role old -> arn:aws:iam::123456789012:role/role']],
    ['memory', spec({ memory: 512 }), {}, ['memory 256 MB -> 512 MB']],
    ['timeout', spec({ timeout: 60 }), {}, ['timeout 30 s -> 60 s']],
    ['architecture', spec({ architecture: 'arm64' }), {}, ['architecture x86_64 -> arm64']],
    [
      'variables, without their values',
      spec({ environment: { A: 'secret', B: 'secret' } }),
      { environment: { B: 'old', C: 'old' } },
      ['environment (adds A; changes B)'],
    ],
    [
      'all variables',
      spec({ environment: { A: '1' }, replaceEnvironment: true }),
      { environment: { C: 'old' } },
      ['environment (adds A; removes C)'],
    ],
    [
      'all variables, where they cannot be read',
      spec({ environment: { A: '1' }, replaceEnvironment: true }),
      { environment: undefined, environmentError: 'denied' },
      ['environment (replaces all by A)'],
    ],
    [
      'variables that cannot be read and stay',
      spec(),
      { environment: undefined, environmentError: 'denied' },
      [],
    ],
    ['tags', spec({ tags: { a: '1', b: '2' } }), { tags: { a: '1', b: '1' } }, ['tags (changes b)']],
  ])('%s', (_, wanted, current, expected) => expect(details(wanted, state(current))).toEqual(expected));

  test('tags that cannot be read may differ or not', () => {
    expect(functionChanges(spec({ tags: { a: '1' } }), state({ tags: undefined }))).toEqual([
      {
        field: 'tags',
        detail: 'tags (sets a; lambda:ListTags is needed to see whether they differ)',
        isUncertain: true,
      },
    ]);
  });

  test('only tags that differ are set: those of AWS services may not be', () => {
    const current = state({ tags: { 'aws:cloudformation:stack-name': 's', a: '1' } });
    expect(functionTarget(spec({ tags: { a: '1', b: '2' } }), current).tags).toEqual({ b: '2' });
  });
});

describe('checkFunctionChange refuses', () => {
  const variables = (bytes: number): Record<string, string> => ({ LONG: 'x'.repeat(bytes) });
  test.each<[string, FunctionSpec, FunctionState | undefined, object]>([
    [
      'a function that could not be created',
      spec(),
      state({ status: 'failed', failure: 'no access to ECR' }),
      {
        code: 'CONFLICT',
        message: 'function fn could not be created: no access to ECR',
        hint: 'delete it and deploy again: aws lambda delete-function --function-name fn',
      },
    ],
    [
      'a runtime that somebody manages',
      spec(),
      state({ runtime: 'custom' }),
      { code: 'CONFLICT', message: 'function fn has a customer-managed runtime, which would be lost' },
    ],
    [
      'to add variables to some that cannot be read',
      spec({ environment: { A: '1' } }),
      state({ environment: undefined, environmentError: 'KMS access was denied' }),
      {
        code: 'ACCESS_DENIED',
        message: 'the environment variables of function fn cannot be read: KMS access was denied',
        hint: expect.stringContaining('kms:Decrypt'),
      },
    ],
    [
      'variables that are too large only together with those that the function has',
      spec({ environment: variables(2500) }),
      state({ environment: { OTHER: 'y'.repeat(2500) } }),
      { code: 'LIMIT', message: expect.stringMatching(/^function fn: /) },
    ],
    [
      'too many tags together',
      spec({ tags: { one: '1', more: '1' } }),
      state({ tags: Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`t${index}`, ''])) }),
      { code: 'LIMIT', message: expect.stringMatching(/^function fn: /) },
    ],
  ])('%s', (_, wanted, current, error) => {
    const changes = current === undefined ? [] : functionChanges(wanted, current);
    expect(() => checkFunctionChange(wanted, current, changes)).toThrow(expect.objectContaining(error));
  });

  test.each<[string, FunctionSpec, FunctionState | undefined]>([
    [
      'variables that replace those that cannot be read',
      spec({ environment: { NAME: '1' }, replaceEnvironment: true }),
      state({ environment: undefined }),
    ],
    [
      'variables that are as large as they were',
      spec({ memory: 512 }),
      state({ environment: variables(5000) }),
    ],
    [
      'tags beside those of AWS services',
      spec({ tags: { one: '1' } }),
      state({ tags: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`aws:t${index}`, ''])) }),
    ],
    ['a function whose update failed', spec({ memory: 512 }), state()],
  ])('not: %s', (_, wanted, current) => {
    const changes = current === undefined ? [] : functionChanges(wanted, current);
    expect(() => checkFunctionChange(wanted, current, changes)).not.toThrow();
  });
});

import { describe, expect, test } from 'vitest';
import {
  checkFunctionChange,
  type FieldChange,
  type FunctionSettings,
  type FunctionSpec,
  type FunctionState,
  functionChanges,
  functionTarget,
} from '../../../../src/core/deploy/function-spec.js';
import { functionState } from '../../../support/memory-ports.js';
import { DEPLOY } from '../../../support/messages/deploy.js';
import { SETTINGS, SETTINGS_HINT } from '../../../support/messages/function-settings.js';
import { ANY, matching } from '../../../support/messages/output.js';

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
    throw new Error('not expected to be read');
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

describe('functionTarget', () => {
  const DEFAULTS = { memory: 256, timeout: 30, architecture: 'x86_64', environment: {}, tags: {} };
  const SETTINGS: FunctionSettings = {
    memory: 512,
    timeout: 60,
    architecture: 'arm64',
    environment: { A: '1' },
    replaceEnvironment: false,
    tags: { team: 'apps' },
  };
  const { replaceEnvironment: _, ...SET } = SETTINGS;
  const CURRENT: Partial<FunctionState> = {
    memory: 1024,
    timeout: 5,
    architecture: 'arm64',
    environment: { B: '2' },
  };

  test('of a new function has defaults for what is not set', () => {
    expect(functionTarget(spec(), undefined)).toEqual(DEFAULTS);
    expect(functionTarget(spec(SETTINGS), undefined)).toEqual(SET);
  });

  test('of an existing function keeps what is not set', () => {
    expect(functionTarget(spec(), state(CURRENT))).toEqual({ ...CURRENT, tags: {} });
    expect(functionTarget(spec(SETTINGS), state(CURRENT))).toEqual({
      ...SET,
      environment: { A: '1', B: '2' },
    });
  });

  test.each<[string, Partial<FunctionSettings>, FunctionState['environment'], FunctionState['environment']]>([
    ['are merged', { environment: { B: '3', C: '4' } }, { A: '1', B: '2' }, { A: '1', B: '3', C: '4' }],
    ['are replaced', { environment: { C: '4' }, replaceEnvironment: true }, { A: '1' }, { C: '4' }],
    ['are removed', { replaceEnvironment: true }, { A: '1' }, {}],
    ['that cannot be read stay unchanged', {}, undefined, undefined],
    [
      'that cannot be read are replaced',
      { environment: { C: '4' }, replaceEnvironment: true },
      undefined,
      { C: '4' },
    ],
  ])('variables %s', (_, settings, environment, expected) =>
    expect(functionTarget(spec(settings), state({ environment })).environment).toEqual(expected),
  );

  test('only sets tags that differ: those of AWS services cannot be set', () => {
    const current = state({ tags: { 'aws:cloudformation:stack-name': 's', a: '1' } });
    expect(functionTarget(spec({ tags: { a: '1', b: '2' } }), current).tags).toEqual({ b: '2' });
    expect(functionTarget(spec({ tags: { a: '1' } }), state({ tags: undefined })).tags).toEqual({ a: '1' });
  });
});

describe('functionChanges', () => {
  test.each<[string, FunctionSpec, Partial<FunctionState>, FieldChange['field'][], string[]]>([
    ['nothing', spec(), {}, [], []],
    ['no setting', spec(), { memory: 512, environment: { A: '1' }, tags: { a: '1' } }, [], []],
    [
      'equal settings',
      spec({ memory: 256, timeout: 30, architecture: 'x86_64', environment: { A: '1' }, tags: { a: '1' } }),
      { environment: { A: '1' }, tags: { a: '1' } },
      [],
      [],
    ],
    ['code', spec({}, { code: { ...spec().code, sha256Base64: 'new' } }), {}, ['code'], ['code']],
    ['handler', spec({}, { handler: 'app.main' }), {}, ['handler'], ['handler index.handler -> app.main']],
    ['runtime', spec({}, { runtime: 'nodejs24.x' }), {}, ['runtime'], ['runtime nodejs22.x -> nodejs24.x']],
    ['role', spec(), { roleArn: 'old' }, ['role'], ['role old -> arn:aws:iam::123456789012:role/role']],
    ['memory', spec({ memory: 512 }), {}, ['memory'], ['memory 256 MB -> 512 MB']],
    ['timeout', spec({ timeout: 60 }), {}, ['timeout'], ['timeout 30 s -> 60 s']],
    ['architecture', spec({ architecture: 'arm64' }), {}, ['architecture'], ['architecture x86_64 -> arm64']],
    [
      'variables, without their values',
      spec({ environment: { B: 'secret', A: 'secret', D: 'same' } }),
      { environment: { B: 'old', C: 'old', D: 'same' } },
      ['environment'],
      ['environment (adds A; changes B)'],
    ],
    [
      'all variables',
      spec({ environment: { B: '1', A: '1' }, replaceEnvironment: true }),
      { environment: { C: 'old' } },
      ['environment'],
      ['environment (adds A, B; removes C)'],
    ],
    [
      'all variables, where they cannot be read',
      spec({ environment: { A: '1' }, replaceEnvironment: true }),
      { environment: undefined, environmentError: 'denied' },
      ['environment'],
      ['environment (replaces all with A)'],
    ],
    [
      'no variables, where they cannot be read',
      spec({ replaceEnvironment: true }),
      { environment: undefined, environmentError: 'denied' },
      ['environment'],
      ['environment (replaces all with none)'],
    ],
    [
      'variables that cannot be read and stay unchanged',
      spec(),
      { environment: undefined, environmentError: 'denied' },
      [],
      [],
    ],
    [
      'tags, without their values',
      spec({ tags: { a: '1', b: '2', c: '3' } }),
      { tags: { a: '1', b: '1', d: '4' } },
      ['tags'],
      ['tags (adds c; changes b)'],
    ],
    [
      'several fields, in a fixed order',
      spec({ timeout: 60, memory: 512 }, { handler: 'app.main' }),
      {},
      ['handler', 'memory', 'timeout'],
      ['handler index.handler -> app.main', 'memory 256 MB -> 512 MB', 'timeout 30 s -> 60 s'],
    ],
  ])('%s', (_, desired, current, fields, details) => {
    const changes = functionChanges(desired, state(current));
    expect(changes).toEqual(fields.map((field, index) => ({ field, detail: details[index] })));
  });

  test('tags that cannot be read are uncertain', () => {
    expect(functionChanges(spec({ tags: { a: '1' } }), state({ tags: undefined }))).toEqual([
      {
        field: 'tags',
        detail: DEPLOY.uncertainTags('a'),
        isUncertain: true,
      },
    ]);
    expect(functionChanges(spec(), state({ tags: undefined }))).toEqual([]);
  });
});

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
        message: DEPLOY.functionNotCreated('fn', 'no access to ECR'),
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
        message: SETTINGS.variablesUnreadable('fn', 'KMS access was denied'),
        hint: SETTINGS_HINT.allowDecryption('functions.replaceEnv: true'),
      },
    ],
    [
      'variables that exceed the limit together with existing ones',
      spec({ memory: 512, environment: variables(2500) }),
      state({ environment: { OTHER: 'y'.repeat(2500) } }),
      {
        ...LIMIT,
        message: expect.stringMatching(matching(SETTINGS.of('fn', SETTINGS.variablesTooLarge(`50${ANY}`)))),
      },
    ],
    [
      'variables of a new function that exceed the limit',
      spec({ environment: variables(5000) }),
      undefined,
      {
        ...LIMIT,
        message: expect.stringMatching(matching(SETTINGS.of('fn', SETTINGS.variablesTooLarge(`50${ANY}`)))),
      },
    ],
    [
      'tags that exceed the limit together with existing ones',
      spec({ memory: 512, tags: { one: '1', two: '2' } }),
      state({ tags: tags(49) }),
      { ...LIMIT, message: SETTINGS.of('fn', SETTINGS.tooManyTags(51)) },
    ],
    [
      'tags of a new function that exceed the limit',
      spec({ tags: tags(51) }),
      undefined,
      { ...LIMIT, message: SETTINGS.of('fn', SETTINGS.tooManyTags(51)) },
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

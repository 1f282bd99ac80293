import { describe, expect, test } from 'vitest';
import {
  checkFunctionNames,
  checkRequiredVariables,
  describeSettings,
  settingsFor,
} from '../../../../src/core/deploy/function-settings.js';
import {
  type FunctionSettings,
  type FunctionState,
  functionTarget,
  NO_SETTINGS,
} from '../../../../src/core/deploy/function-spec.js';
import { SETTINGS } from '../../../support/messages/function-settings.js';
import { spec, state } from './builders.js';

describe('the settings of a function', () => {
  const settings = (all: Partial<FunctionSettings>, own: Partial<FunctionSettings>): FunctionSettings =>
    settingsFor(
      { all: { ...NO_SETTINGS, ...all }, byName: new Map([['go', { ...NO_SETTINGS, ...own }]]) },
      'go',
    );

  test.each<[string, Partial<FunctionSettings>, Partial<FunctionSettings>, Partial<FunctionSettings>]>([
    ['are those of all functions', { memory: 512 }, {}, { memory: 512 }],
    [
      'replace those of all functions',
      { memory: 512, timeout: 5 },
      { memory: 1024 },
      { memory: 1024, timeout: 5 },
    ],
    [
      'add variables and tags',
      { environment: { A: '1', B: '1' }, tags: { a: '1' } },
      { environment: { B: '2' }, tags: { b: '2' } },
      { environment: { A: '1', B: '2' }, tags: { a: '1', b: '2' } },
    ],
    [
      'can keep variables',
      { replaceEnvironment: true },
      { replaceEnvironment: false },
      { replaceEnvironment: false },
    ],
    [
      'can remove layers and the VPC',
      { layers: ['a'], vpc: { subnets: ['subnet-1'], securityGroups: ['sg-1'] } },
      { layers: [], vpc: { subnets: [], securityGroups: [] } },
      { layers: [], vpc: { subnets: [], securityGroups: [] } },
    ],
  ])('%s', (_, all, own, expected) => {
    expect(settings(all, own)).toEqual({ ...NO_SETTINGS, ...expected });
  });

  test('are those of all functions for one without settings', () => {
    const all = { ...NO_SETTINGS, memory: 512 };
    expect(settingsFor({ all, byName: new Map([['go', NO_SETTINGS]]) }, 'other')).toEqual(all);
  });
});

describe('settings for a function that the manifest does not have', () => {
  const byName = new Map([['bundel', NO_SETTINGS]]);
  test.each([
    [['main', 'bundle'], 'did you mean "bundle"?'],
    [['servicenow', 'x'], 'the functions in the manifest are: servicenow, x'],
    [[], 'the functions in the manifest are: none'],
  ])('are an error; the functions are %j', (names, hint) => {
    expect(() => checkFunctionNames({ all: NO_SETTINGS, byName }, names)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: SETTINGS.unknownFunction('bundel'), hint }),
    );
  });

  test('are accepted once it has', () => {
    expect(() => checkFunctionNames({ all: NO_SETTINGS, byName }, ['bundel'])).not.toThrow();
  });
});

describe('required variables', () => {
  const step = (name: string, settings: Partial<FunctionSettings>, current?: Partial<FunctionState>) => ({
    spec: spec(settings, { name }),
    current: current && state(current),
  });
  const requiredEnvironment = ['A', 'B'];

  test.each([
    ['are given', step('f', { requiredEnvironment, environment: { A: '1', B: '' } })],
    ['are on AWS', step('f', { requiredEnvironment }, { environment: { A: '1', B: '2' } })],
    ['are in both', step('f', { requiredEnvironment, environment: { A: '1' } }, { environment: { B: '2' } })],
  ])('may be there because they %s', (_, item) => {
    expect(() => checkRequiredVariables([item])).not.toThrow();
  });

  test('that are missing are one error for all functions', () => {
    const steps = [
      step('f', { requiredEnvironment, environment: { B: 'secret' } }),
      step('g', { requiredEnvironment, replaceEnvironment: true }, { environment: { A: 'secret' } }),
      step('h', {}),
    ];
    expect(() => checkRequiredVariables(steps)).toThrow(
      expect.objectContaining({
        code: 'MISSING_VARIABLE',
        message: SETTINGS.requiredMissing('2 functions'),
        items: ['f: A', 'g: A, B'],
        hint: 'set them with functions.env',
      }),
    );
  });
});

test('the settings of a new function are described without values, and only where they differ from the defaults', () => {
  const described = (settings: Partial<FunctionSettings>) =>
    describeSettings(functionTarget(spec(settings), undefined));
  expect(described({ memory: 256, timeout: 30, architecture: 'x86_64', tracing: 'pass-through' })).toEqual(
    [],
  );
  expect(
    described({
      ...{ memory: 512, timeout: 60, architecture: 'arm64', ephemeralStorage: 1024, tracing: 'active' },
      ...{ vpc: { subnets: ['subnet-2', 'subnet-1'], securityGroups: ['sg-1'] }, layers: ['b', 'a'] },
      ...{ logRetention: 1, environment: { B: 'secret', A: 'secret' }, tags: { team: 'secret' } },
    }),
  ).toEqual([
    'memory 512 MB',
    'timeout 60 s',
    'architecture arm64',
    'ephemeral storage 1024 MB',
    'VPC subnet-1, subnet-2, sg-1',
    'layers b, a',
    'tracing active',
    'log retention 1 day',
    'variables A, B',
    'tags team',
  ]);
});

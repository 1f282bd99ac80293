import { describe, expect, test } from 'vitest';
import {
  type FunctionSettings,
  type FunctionState,
  functionTarget,
} from '../../../../src/core/deploy/function-spec.js';
import { spec, state } from './builders.js';

describe('functionTarget', () => {
  const DEFAULTS = {
    ...{ memory: 256, timeout: 30, architecture: 'x86_64', environment: {}, tags: {} },
    ...{ ephemeralStorage: 512, vpc: { subnets: [], securityGroups: [] }, layers: [] },
    ...{ tracing: 'pass-through', logRetention: undefined },
  };
  const SETTINGS: FunctionSettings = {
    memory: 512,
    timeout: 60,
    architecture: 'arm64',
    environment: { A: '1' },
    replaceEnvironment: false,
    requiredEnvironment: ['A'],
    tags: { team: 'apps' },
    ephemeralStorage: 1024,
    vpc: { subnets: ['subnet-1'], securityGroups: ['sg-1'] },
    layers: ['layer'],
    tracing: 'active',
    logRetention: 30,
  };
  const { replaceEnvironment: _, requiredEnvironment: __, ...SET } = SETTINGS;
  const CURRENT: Partial<FunctionState> = {
    memory: 1024,
    timeout: 5,
    architecture: 'arm64',
    environment: { B: '2' },
    ephemeralStorage: 2048,
    vpc: { subnets: ['subnet-2'], securityGroups: ['sg-2'] },
    layers: ['other'],
    tracing: 'active',
    logRetention: 7,
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

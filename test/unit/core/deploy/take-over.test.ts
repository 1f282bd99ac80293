import { describe, expect, test } from 'vitest';
import {
  type FunctionSettings,
  type FunctionState,
  NO_SETTINGS,
} from '../../../../src/core/deploy/function-spec.js';
import { takeOver } from '../../../../src/core/deploy/take-over.js';
import { state } from './builders.js';

const PREVIOUS: Partial<FunctionState> = {
  ...{ memory: 1024, timeout: 60, architecture: 'arm64', ephemeralStorage: 2048, tracing: 'active' },
  vpc: { subnets: ['subnet-1'], securityGroups: ['sg-1'] },
  layers: ['layer'],
  logRetention: 30,
  environment: { A: 'secret', B: 'secret' },
  tags: { team: 'secret', 'aws:cloudformation:stack-name': 'secret', 'AWS:x': 'secret' },
};

const take = (settings: Partial<FunctionSettings> = {}, changes: Partial<FunctionState> = {}) =>
  takeOver(
    'new',
    { ...NO_SETTINGS, ...settings },
    { version: '1.0', state: state({ ...PREVIOUS, ...changes }), unread: [] },
  );

describe('a new function takes over', () => {
  test('the settings of an earlier version, and says so without values', () => {
    const { settings, takenOver } = take();
    expect(settings).toEqual({
      ...NO_SETTINGS,
      ...PREVIOUS,
      tags: { team: 'secret' },
    });
    expect(takenOver).toEqual({
      ...{ version: '1.0', unread: [] },
      settings: [
        'memory 1024 MB',
        'timeout 60 s',
        'architecture arm64',
        'ephemeral storage 2048 MB',
        'VPC subnet-1, sg-1',
        'layers layer',
        'tracing active',
        'log retention 30 days',
        'variables A, B',
        'tags team',
      ],
    });
  });

  test('only what is not given, name by name for variables and tags', () => {
    const given: Partial<FunctionSettings> = {
      ...{ memory: 512, layers: [], tracing: 'pass-through', architecture: 'x86_64' },
      ...{ environment: { A: 'mine', C: 'mine' }, tags: { team: 'mine' }, requiredEnvironment: ['A'] },
    };
    const { settings, takenOver } = take(given);
    expect(settings).toMatchObject({
      ...given,
      environment: { A: 'mine', B: 'secret', C: 'mine' },
      timeout: 60,
    });
    expect(takenOver.settings).toEqual([
      'timeout 60 s',
      'ephemeral storage 2048 MB',
      'VPC subnet-1, sg-1',
      'log retention 30 days',
      'variables B',
    ]);
  });

  test('no variables when all are replaced', () => {
    const { settings, takenOver } = take({ replaceEnvironment: true, environment: { C: '1' } });
    expect(settings.environment).toEqual({ C: '1' });
    expect(takenOver.settings.join()).not.toContain('variables');
  });

  test('no tags that cannot be read', () => {
    expect(take({}, { tags: undefined }).settings.tags).toEqual({});
  });

  test('nothing worth a word from a function with the defaults', () => {
    const { takenOver } = takeOver('new', NO_SETTINGS, { version: '1.0', state: state(), unread: [] });
    expect(takenOver.settings).toEqual([]);
  });
});

describe('variables that cannot be read', () => {
  const UNREADABLE = { environment: undefined, environmentError: 'KMS says no' };

  test('are an error that says what can be done', () => {
    expect(() => take({ environment: { C: '1' } }, UNREADABLE)).toThrow(
      expect.objectContaining({
        code: 'ACCESS_DENIED',
        message: 'function new cannot take over the environment variables of fn: KMS says no',
        hint: 'allow kms:Decrypt on the KMS key of fn, use functions.replaceEnv: true to set all variables, or use freshSettings: true to take over nothing',
      }),
    );
  });

  test('do not matter when all are replaced', () => {
    expect(take({ replaceEnvironment: true }, UNREADABLE).settings.memory).toBe(1024);
  });
});

import { describe, expect, test } from 'vitest';
import { type FieldChange, functionChanges } from '../../../../src/core/deploy/function-changes.js';
import type { FunctionSpec, FunctionState } from '../../../../src/core/deploy/function-spec.js';
import { spec, state } from './builders.js';

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
      'storage',
      spec({ ephemeralStorage: 1024 }),
      {},
      ['ephemeralStorage'],
      ['ephemeral storage 512 MB -> 1024 MB'],
    ],
    ['tracing', spec({ tracing: 'active' }), {}, ['tracing'], ['tracing pass-through -> active']],
    [
      'a VPC',
      spec({ vpc: { subnets: ['subnet-2', 'subnet-1'], securityGroups: ['sg-2'] } }),
      { vpc: { subnets: ['subnet-1'], securityGroups: ['sg-1'] } },
      ['vpc'],
      ['VPC (adds subnet-2, sg-2; removes sg-1)'],
    ],
    [
      'no VPC',
      spec({ vpc: { subnets: [], securityGroups: [] } }),
      { vpc: { subnets: ['subnet-1'], securityGroups: ['sg-1'] } },
      ['vpc'],
      ['VPC (removes subnet-1, sg-1)'],
    ],
    [
      'the same VPC in another order',
      spec({ vpc: { subnets: ['subnet-2', 'subnet-1'], securityGroups: ['sg-2', 'sg-1'] } }),
      { vpc: { subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1', 'sg-2'] } },
      [],
      [],
    ],
    [
      'layers',
      spec({ layers: ['a', 'b'] }),
      { layers: ['b', 'c'] },
      ['layers'],
      ['layers (adds a; removes c)'],
    ],
    ['no layers', spec({ layers: [] }), { layers: ['a'] }, ['layers'], ['layers (removes a)']],
    [
      'the order of layers',
      spec({ layers: ['a', 'b'] }),
      { layers: ['b', 'a'] },
      ['layers'],
      ['layers (in the order a, b)'],
    ],
    ['log retention', spec({ logRetention: 1 }), {}, ['logRetention'], ['log retention unlimited -> 1 day']],
    ['equal log retention', spec({ logRetention: 7 }), { logRetention: 7 }, [], []],
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
        detail: 'tags (sets a; lambda:ListTags is needed to see whether they differ)',
        isUncertain: true,
      },
    ]);
    expect(functionChanges(spec(), state({ tags: undefined }))).toEqual([]);
  });
});

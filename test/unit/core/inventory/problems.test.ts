import { describe, expect, test } from 'vitest';
import type {
  AppFunction,
  AppOnServer,
  AppVersion,
  FunctionOnAws,
} from '../../../../src/core/inventory/app-version.js';
import { findServerProblems, findVersionProblems } from '../../../../src/core/inventory/problems.js';

const AWS: FunctionOnAws = {
  arn: 'arn:aws:lambda:us-east-1:123456789012:function:app_1_go',
  ...{ state: 'Active', stateReason: undefined, isUpdating: false, updateFailure: undefined },
  ...{ handler: 'index.handler', runtime: 'nodejs24.x', runtimeEnd: undefined, roleArn: 'role' },
  ...{ memory: 256, timeout: 30, architecture: 'x86_64', ephemeralStorage: 512 },
  ...{ vpc: { subnets: [], securityGroups: [] }, layers: [], tracing: 'pass-through', logGroup: 'logs' },
  ...{ variables: [], tags: [], codeSize: 1, codeSha256: 'code', lastModified: '2026-11-20T00:00:00.000Z' },
};

function version(changes: Partial<AppVersion> = {}): AppVersion {
  return {
    ...{ id: 'app', version: '1', displayName: 'App', manifestKey: 'manifests/app_1.json' },
    ...{ deployedAt: '2026-11-20T00:00:00.000Z', assets: undefined, icon: undefined, server: undefined },
    functions: [withFunction()],
    ...changes,
  };
}

function withFunction(aws: Partial<FunctionOnAws> = {}, changes: Partial<AppFunction> = {}): AppFunction {
  return {
    ...{ name: 'go', lambdaName: 'app_1_go', handler: 'index.handler', runtime: 'nodejs24.x' },
    ...{ status: 'found', aws: { ...AWS, ...aws } },
    ...changes,
  };
}

describe('a version', () => {
  test.each<[string, Partial<AppVersion>, string[]]>([
    ['all right', {}, []],
    [
      'a function that could not be read',
      { functions: [withFunction({}, { status: 'unknown', aws: undefined })] },
      [],
    ],
    [
      'a missing function',
      { functions: [withFunction({}, { status: 'missing', aws: undefined })] },
      ['missing: function app_1_go does not exist'],
    ],
    [
      'a function that is being created',
      { functions: [withFunction({ state: 'Pending', stateReason: 'Creating' })] },
      ['not ready: function app_1_go is in the state Pending: Creating'],
    ],
    [
      'a function that is being updated',
      { functions: [withFunction({ isUpdating: true })] },
      ['not ready: function app_1_go is being updated'],
    ],
    [
      'another handler',
      { functions: [withFunction({ handler: 'other.handler' })] },
      ['different: function app_1_go has the handler other.handler, the manifest says index.handler'],
    ],
    [
      'a Go program that was migrated',
      {
        functions: [withFunction({ handler: 'bootstrap', runtime: 'provided.al2023' }, { runtime: 'go1.x' })],
      },
      [],
    ],
    [
      'a missing icon',
      { icon: { key: 'static/app_1_app/i.png', exists: false } },
      ['missing: icon static/app_1_app/i.png does not exist: the app cannot be installed without it'],
    ],
    [
      'a manifest with the key of another version',
      { manifestKey: 'manifests/app_2.json' },
      ['damaged: its manifest is in manifests/app_2.json, not in manifests/app_1.json'],
    ],
    ['no functions', { functions: [] }, ['damaged: manifest manifests/app_1.json names no function']],
  ])('%s', (_, changes, expected) => {
    const problems = findVersionProblems(version(changes));
    expect(problems.map(({ problem, message }) => `${problem}: ${message}`)).toEqual(expected);
  });
});

describe('a version on a server', () => {
  const server: AppOnServer = {
    ...{ listedVersion: '1', installedVersion: '1', deployType: 'aws_lambda', isDisabled: false },
  };

  test.each<[string, Partial<AppOnServer>, string[]]>([
    ['all right', {}, []],
    ['not installed', { installedVersion: undefined, deployType: undefined }, []],
    ['not listed', { listedVersion: undefined }, ['the server does not list the app']],
    ['another version listed', { listedVersion: '2' }, ['the server lists version 2']],
    [
      'another version installed',
      { installedVersion: '' },
      ['the server has installed the unnumbered version'],
    ],
    [
      'another deploy type',
      { deployType: 'http' },
      ['the server has installed it with the deploy type http'],
    ],
    ['disabled', { isDisabled: true }, ['the server has it installed, but disabled']],
  ])('%s', (_, changes, expected) => {
    const problems = findServerProblems(version({ server: { ...server, ...changes } }));
    expect(problems.map(({ message }) => message)).toEqual(expected);
  });

  test('that was not asked', () => {
    expect(findServerProblems(version())).toEqual([]);
  });
});

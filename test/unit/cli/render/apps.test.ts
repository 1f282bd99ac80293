import { expect, test } from 'vitest';
import { renderApps } from '../../../../src/cli/render/apps.js';
import type { AppOnServer, AppVersion } from '../../../../src/core/inventory/app-version.js';

function version(name: string, server: Partial<AppOnServer> | undefined, function_ = {}): AppVersion {
  return {
    ...{ id: 'app', version: name, displayName: 'App', manifestKey: '', deployedAt: '' },
    functions: [
      {
        ...{ name: 'go', lambdaName: 'app_1_go', handler: 'index.handler', runtime: 'nodejs24.x' },
        ...{ status: 'missing', aws: undefined },
        ...function_,
      },
    ],
    ...{ assets: undefined, icon: undefined },
    server: server && {
      ...{ listedVersion: undefined, installedVersion: undefined, deployType: undefined, isDisabled: false },
      ...server,
    },
  };
}

/** The cells of the table, without those of the function. */
function cells(...versions: AppVersion[]): string[] {
  const lines = renderApps({ versions, damagedManifests: [], notChecked: [] }, 'text');
  return lines.slice(1).map((line) => {
    const all = line.split(/ {2,}/);
    return [all[1], all[3], all[4], ...all.slice(11)].join(' ');
  });
}

test('functions without anything on AWS have the runtime of the manifest', () => {
  expect(cells(version('2', undefined), version('1', undefined, { status: 'unknown' }))).toEqual([
    '2 missing nodejs24.x',
    '1 not checked nodejs24.x',
  ]);
});

test('a version that only the server has is named beside the latest one', () => {
  const server = { listedVersion: '3', installedVersion: '1', isDisabled: true };
  expect(cells(version('2', server), version('1', server))).toEqual([
    '2 missing nodejs24.x 3 -',
    '1 missing nodejs24.x - disabled',
  ]);
});

test('the only version that is shown names the one that is installed', () => {
  expect(cells(version('2', { listedVersion: '2', installedVersion: '' }))).toEqual([
    '2 missing nodejs24.x yes unnumbered',
  ]);
});

test('an app that the server does not have', () => {
  expect(cells(version('2', {}))).toEqual(['2 missing nodejs24.x - -']);
});

test('a version without functions has a line, too', () => {
  expect(cells({ ...version('2', {}), functions: [] })).toEqual(['2 - - - -']);
});

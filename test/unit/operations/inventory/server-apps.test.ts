import { expect, test } from 'vitest';
import { Findings } from '../../../../src/core/diagnostics/findings.js';
import type { Manifest } from '../../../../src/core/manifest/manifest.js';
import { parseManifest } from '../../../../src/core/manifest/parse.js';
import { readServerApps } from '../../../../src/operations/inventory/server-apps.js';
import { manifest } from '../../../support/bundle.js';
import { MemoryMattermost } from '../../../support/memory-ports/memory-mattermost.js';

function app(id: string, version: string): Manifest {
  const content = Buffer.from(JSON.stringify(manifest({ app_id: id, version })));
  const parsed = parseManifest(content, new Findings());
  if (parsed === undefined) throw new Error('it is a manifest');
  return parsed;
}

test('only apps that are installed, or not listed, are looked up', async () => {
  const server = new MemoryMattermost();
  for (const id of ['installed', 'listed', 'unlisted']) await server.list(app(id, '1.0.0'));
  for (const id of ['installed', 'unlisted']) await server.install(app(id, '1.0.0'));
  await server.list(app('installed', '2.0.0'));
  server.listings.delete('unlisted');
  server.reads.length = 0;

  const none = {
    listedVersion: undefined,
    installedVersion: undefined,
    deployType: undefined,
    isDisabled: false,
  };
  const onAws = { ...none, deployType: 'aws_lambda' };
  expect(await readServerApps(server, ['installed', 'listed', 'unlisted', 'unknown'])).toEqual(
    new Map<string, object>([
      ['installed', { ...onAws, listedVersion: '2.0.0', installedVersion: '1.0.0' }],
      ['listed', { ...none, listedVersion: '1.0.0' }],
      ['unlisted', { ...onAws, installedVersion: '1.0.0' }],
      ['unknown', none],
    ]),
  );
  expect(server.reads.filter((read) => read.startsWith('find installation')).sort()).toEqual([
    'find installation installed',
    'find installation unknown',
    'find installation unlisted',
  ]);
});

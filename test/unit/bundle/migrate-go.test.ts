import JSZip from 'jszip';
import { expect, test } from 'vitest';
import { migrateGo } from '../../../src/bundle/migrate-go.js';
import { readBundle } from '../../../src/bundle/open-bundle.js';
import { MemorySource } from '../../../src/zip/byte-source.js';
import { manifest, zip } from '../../support/bundle.js';

const PROGRAM = 'AWS_LAMBDA_RUNTIME_API';

test.each<[string, string, Record<string, [content: string, mode: number]>]>([
  [
    'a link',
    'has the link link, which cannot be migrated',
    { main: [PROGRAM, 0o100755], link: ['main', 0o120777] },
  ],
  [
    'an old program',
    'has a program built with aws-lambda-go before 1.18, which runs only on go1.x',
    { main: ['', 0o100755] },
  ],
  [
    'another bootstrap',
    'already has a file bootstrap',
    { main: [PROGRAM, 0o100755], bootstrap: ['', 0o100755] },
  ],
])('an archive with %s is not migrated', async (_, message, files) => {
  const archive = new JSZip();
  for (const [name, [data, unixPermissions]] of Object.entries(files))
    archive.file(name, data, { unixPermissions });
  const content = manifest({
    aws_lambda: { functions: [{ path: '/', name: 'go', handler: 'main', runtime: 'go1.x' }] },
  });
  const bytes = await zip({
    'manifest.json': JSON.stringify(content),
    'go.zip': await archive.generateAsync({ type: 'nodebuffer', platform: 'UNIX' }),
  });
  const bundle = await readBundle('bundle.zip', new MemorySource(bytes));
  await expect(migrateGo(bundle, bundle.functions)).rejects.toMatchObject({
    code: 'INVALID_BUNDLE',
    findings: [{ rule: 'runtime/not-migratable', severity: 'error', location: 'go.zip', message }],
  });
});

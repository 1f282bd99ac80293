import JSZip from 'jszip';
import { expect, test } from 'vitest';
import { migrateGo } from '../../../src/bundle/migrate-go.js';
import { readBundle } from '../../../src/bundle/open-bundle.js';
import { MemorySource } from '../../../src/zip/byte-source.js';
import { manifest, zip } from '../../support/bundle.js';

test('an archive with a link is not migrated, since the link would become a file', async () => {
  const archive = new JSZip();
  archive.file('main', 'AWS_LAMBDA_RUNTIME_API', { unixPermissions: 0o100755 });
  archive.file('link', 'main', { unixPermissions: 0o120777 });
  const content = manifest({
    aws_lambda: { functions: [{ path: '/', name: 'go', handler: 'main', runtime: 'go1.x' }] },
  });
  const bytes = await zip({
    'manifest.json': JSON.stringify(content),
    'go.zip': await archive.generateAsync({ type: 'nodebuffer', platform: 'UNIX' }),
  });
  const bundle = await readBundle('bundle.zip', new MemorySource(bytes));
  await expect(migrateGo(bundle, bundle.functions)).rejects.toThrow(
    /go\.zip: has the link link, which would not survive in a new archive$/,
  );
});

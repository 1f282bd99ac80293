import { expect, test } from 'vitest';
import { type OpenBundle, readBundle } from '../../../../src/bundle/open-bundle.js';
import { migrateRuntimes } from '../../../../src/operations/deploy/migrate-runtimes.js';
import { verifyForDeploy } from '../../../../src/operations/deploy/verify-for-deploy.js';
import { MemorySource } from '../../../../src/zip/byte-source.js';
import { manifest, zip } from '../../../support/bundle.js';

test('a migrated runtime is a warning', async () => {
  const verified = await verifyForDeploy(await openGoBundle());
  const migrated = await migrateRuntimes(verified, () => true);
  expect(migrated.findings.all).toMatchObject([
    { rule: 'runtime/migrated', severity: 'warning', location: 'aws_lambda.functions[0].runtime' },
  ]);
  expect(migrated.bundle.functions).toMatchObject([{ runtime: 'provided.al2023', handler: 'bootstrap' }]);
  expect(migrated.digests.functions.get('go')).not.toBe(verified.digests.functions.get('go'));
});

async function openGoBundle(): Promise<OpenBundle> {
  const functions = [{ path: '/', name: 'go', handler: 'main', runtime: 'go1.x' }];
  const bytes = await zip({
    'manifest.json': JSON.stringify(manifest({ aws_lambda: { functions } })),
    'go.zip': await zip({ main: 'AWS_LAMBDA_RUNTIME_API' }),
  });
  return readBundle('bundle.zip', new MemorySource(bytes));
}

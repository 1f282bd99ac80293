import { expect, test } from 'vitest';
import { migrateRuntimes } from '../../../../src/operations/deploy/migrate-runtimes.js';
import { verifyForDeploy } from '../../../../src/operations/deploy/verify-for-deploy.js';
import { openGoBundle } from '../go-bundle.js';

const NOW = Date.parse('2026-11-21');

test('a migrated runtime is a warning', async () => {
  const verified = await verifyForDeploy(await openGoBundle(), { now: NOW, migrateRuntimes: true });
  const migrated = await migrateRuntimes(verified, () => true);
  expect(migrated.findings.all).toMatchObject([
    { rule: 'runtime/migrated', severity: 'warning', location: 'aws_lambda.functions[0].runtime' },
  ]);
  expect(migrated.bundle.functions).toMatchObject([{ runtime: 'provided.al2023', handler: 'bootstrap' }]);
  expect(migrated.digests.functions.get('go')).not.toBe(verified.digests.functions.get('go'));
});

import { expect, test } from 'vitest';
import { manifestKey } from '../../../../src/core/aws/resource-names.js';
import { findDeployedApp, findVersions } from '../../../../src/operations/inventory/find-app.js';
import { manifest } from '../../../support/bundle.js';
import { MemoryBucket } from '../../../support/memory-ports/memory-bucket.js';

/** A bucket with manifests, written in this order. */
async function bucketWith(
  ...apps: readonly (readonly [id: string, version: string])[]
): Promise<MemoryBucket> {
  const bucket = new MemoryBucket();
  for (const [id, version] of apps) {
    const text = JSON.stringify(manifest({ app_id: id, version }));
    await bucket.put(manifestKey(id, version), Buffer.from(text), 'application/json');
  }
  return bucket;
}

test('the version that was deployed last, or the one that is named', async () => {
  const bucket = await bucketWith(['app', '2.0.0'], ['app', '1.0.0'], ['app_1', '3.0.0']);
  const last = await findDeployedApp({ id: 'app', version: undefined }, bucket);
  expect(last.manifest.version).toBe('1.0.0');
  const named = await findDeployedApp({ id: 'app', version: '2.0.0' }, bucket);
  expect(named).toMatchObject({ manifestKey: 'manifests/app_2.0.0.json', manifest: { version: '2.0.0' } });
  expect((await findVersions('app', bucket)).map((app) => app.manifest.version)).toEqual(['1.0.0', '2.0.0']);
});

test('damaged manifests are skipped', async () => {
  const bucket = await bucketWith(['app', '1.0.0']);
  await bucket.put(manifestKey('app', '2.0.0'), Buffer.from('{'), 'application/json');
  expect((await findVersions('app', bucket)).map((app) => app.manifest.version)).toEqual(['1.0.0']);
});

test('an unknown app or version names what is deployed', async () => {
  const bucket = await bucketWith(['com.example.app', '1.0.0'], ['com.example.app', '1.1.0']);
  await expect(findDeployedApp({ id: 'com.exmple.app', version: undefined }, bucket)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    hint: 'did you mean com.example.app?',
  });
  await expect(findDeployedApp({ id: 'other', version: '1' }, bucket)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    hint: 'see what is deployed with: listApps()',
  });
  await expect(findDeployedApp({ id: 'com.example.app', version: '2' }, bucket)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    hint: 'deployed, latest first: 1.1.0, 1.0.0',
  });
});

import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageFolder } from '../../../../src/bundle/packaging/package-folder.js';
import { buildBundle } from '../../../../src/operations/build-bundle.js';
import { validate } from '../../../../src/operations/validate.js';
import { createFiles, MANIFEST, settingsOf } from '../../../support/app-folder.js';
import { tempFolders } from '../../../support/temp-folder.js';

const nextFolder = await tempFolders();

const MIB = 1024 * 1024;

/** Creates an app with files that have a size, but take no place on the disk. */
async function create(sizes: Readonly<Record<string, number>>): Promise<string> {
  const root = await createFiles(nextFolder(), { 'manifest.json': MANIFEST, 'go/index.js': '' });
  for (const [path, size] of Object.entries(sizes)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), '', { flag: 'a' });
    await truncate(join(root, path), size);
  }
  return root;
}

/** The errors of a folder, without its name. */
async function errorsOf(root: string, settings = settingsOf({})): Promise<string[]> {
  const { bundle, packaged } = await buildBundle(root, { settings, onEvent: () => {} });
  const findings = await validate(bundle, Date.now());
  expect(packaged.bundle.size).toBeLessThan(10 * MIB);
  return findings.errors.map(({ rule, location, message }) =>
    `${rule} ${location}: ${message}`.replaceAll(root, '.'),
  );
}

describe('what is over a limit is reported, and not read', () => {
  test('assets', async () => {
    expect(
      await errorsOf(await create({ 'static/a': 100 * MIB + 1, 'static/b': 5000 * MIB, 'static/c': 1 })),
    ).toEqual([
      'asset/too-large static/a: has 104857601 bytes, over the limit of 104857600 for an asset',
      'asset/too-large static/b: has 5242880000 bytes, over the limit of 104857600 for an asset',
    ]);
  });

  test('a function', async () => {
    expect(await errorsOf(await create({ 'go/a': 5000 * MIB, 'go/b': 1 }))).toEqual([
      'function/too-large go.zip: has 5242880001 bytes when uncompressed, over the limit of 262144000',
    ]);
  });

  test('a function archive', async () => {
    const root = await create({ 'code.zip': 300 * MIB });
    expect(await errorsOf(root, settingsOf({ archive: 'code.zip' }))).toEqual([
      'function/too-large go.zip: has 314572800 bytes, over the limit of 262144000 for a function archive',
    ]);
  });

  test('a manifest', async () => {
    const root = await create({ 'manifest.json': 5000 * MIB });
    await expect(errorsOf(root)).rejects.toMatchObject({
      findings: [
        {
          rule: 'manifest/too-large',
          message: 'has 5242880000 bytes, over the limit of 1048576 for a manifest',
        },
      ],
    });
  });

  test('a .appsctlignore', async () => {
    await expect(errorsOf(await create({ '.appsctlignore': 5000 * MIB }))).rejects.toMatchObject({
      findings: [{ rule: 'package/unreadable', location: '.appsctlignore' }],
    });
  });
});

/** Links from which 2 to the power of `depth` folders could be reached. */
async function createLinkBomb(root: string, depth: number): Promise<void> {
  for (let level = 0; level <= depth; level++) {
    await mkdir(join(root, `l${level}`));
    if (level < depth)
      for (const name of ['a', 'b']) await symlink(`../l${level + 1}`, join(root, `l${level}`, name));
  }
}

test('links cannot multiply folders without end', { timeout: 60_000 }, async () => {
  const root = await create({});
  await createLinkBomb(root, 40);
  await mkdir(join(root, 'static'));
  await symlink('../l0', join(root, 'static/x'));
  await expect(packageFolder(root)).rejects.toMatchObject({
    findings: [{ rule: 'zip/too-large', location: root, message: 'has more than 20000 files and folders' }],
  });
});

test('collecting files can be interrupted', async () => {
  const root = await create({});
  await createLinkBomb(root, 40);
  await symlink('../l0', join(root, 'go/x'));
  const interruption = new AbortController();
  const running = packageFolder(root, { signal: interruption.signal });
  setTimeout(() => interruption.abort(), 50);
  await expect(running).rejects.toMatchObject({ code: 'INTERRUPTED' });
});

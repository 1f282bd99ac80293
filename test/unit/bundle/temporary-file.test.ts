import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isFolder } from '../../../src/bundle/is-folder.js';
import { openBundle } from '../../../src/bundle/open-bundle.js';
import { checkRoom, createTemporaryFile } from '../../../src/bundle/temporary-file.js';
import { manifest, writeBundle } from '../../support/bundle.js';
import { tempFolder } from '../../support/temp-folder.js';

const parent = await tempFolder();
const content = await readFile(await writeBundle(parent, manifest()));

function newFolder(): Promise<string> {
  return mkdtemp(join(parent, 'folder-'));
}

describe.runIf(existsSync('/proc/self/fd'))('where open files have paths', () => {
  test('a temporary file has no name, and can be read like any other', async () => {
    const folder = await newFolder();
    const file = await createTemporaryFile(folder);
    expect(await readdir(folder)).toEqual([]);
    await file.handle.write(content);
    expect(await readdir(folder)).toEqual([]);
    expect(await isFolder(file.path)).toBe(false);
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
    const bundle = await openBundle(file.path);
    expect(bundle.manifest.app_id).toBe('com.example.test');
    await file.remove();
    // What is open stays readable.
    const [asset] = bundle.assets;
    if (asset !== undefined) await bundle.read(asset.entry);
    await bundle.close();
    // Closed, and so gone; another file may have its number by now.
    expect(file.handle.fd).toBe(-1);
  });

  test('two temporary files are two', async () => {
    const folder = await newFolder();
    const files = [await createTemporaryFile(folder), await createTemporaryFile(folder)];
    for (const [index, { handle }] of files.entries()) await handle.write(`${index}`);
    expect(await Promise.all(files.map(({ path }) => readFile(path, 'utf8')))).toEqual(['0', '1']);
    for (const file of files) await file.remove();
  });
});

describe('where open files have no paths', () => {
  const createNamed = (folder: string) => createTemporaryFile(folder, join(parent, 'missing'));

  test('a temporary file is in a folder of its own, which only this user can read', async () => {
    const folder = await newFolder();
    const file = await createNamed(folder);
    const [name = ''] = await readdir(folder);
    expect(file.path).toBe(join(folder, name, 'bundle.zip'));
    const modes = [await stat(join(folder, name)), await stat(file.path)].map(({ mode }) => mode & 0o777);
    if (process.platform !== 'win32') expect(modes).toEqual([0o700, 0o600]);
    await file.remove();
    expect(await readdir(folder)).toEqual([]);
  });

  test('the files that are left are removed when the process exits', async () => {
    const folder = await newFolder();
    const before = process.listeners('exit');
    const files = [await createNamed(folder), await createNamed(folder)];
    const [removeAll, ...others] = process.listeners('exit').filter((listener) => !before.includes(listener));
    expect(others).toEqual([]);
    removeAll?.call(process, 0);
    expect(await readdir(folder)).toEqual([]);
    for (const file of files) await file.remove();
    expect(process.listeners('exit')).toEqual(before);
  });
});

test.each([undefined, 'missing'])('a folder that does not exist is an error', async (descriptors) => {
  const folder = join(parent, 'no-such-folder');
  await expect(createTemporaryFile(folder, descriptors)).rejects.toMatchObject({
    code: 'OUTPUT',
    message: `cannot write a temporary file in ${folder}: it does not exist`,
  });
});

test('there must be room for what is to be written, as far as the system tells', async () => {
  await checkRoom({ folder: parent }, 1);
  await expect(checkRoom({ folder: parent }, 2 ** 60)).rejects.toMatchObject({
    code: 'OUTPUT',
    message: expect.stringMatching(
      /^cannot write a temporary file in \S+: it needs 1152921504606\.8 MB, and \S+ MB are free$/,
    ),
    hint: 'make room there, or name another folder with TMPDIR',
  });
  await checkRoom({ folder: join(parent, 'no-such-folder') }, 2 ** 60);
});

import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import JSZip from 'jszip';
import { describe, expect, test } from 'vitest';
import { packageApp } from '../../src/operations/package.js';
import { manifest } from '../support/bundle.js';
import { runCli } from '../support/cli.js';
import { tempFolder } from '../support/temp-folder.js';
import { EXAMPLE } from '../support/world.js';

const folder = await tempFolder();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** An app's folder with these files. */
async function appFolder(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const root = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

describe('aws package', () => {
  test('gives the same bytes whatever the times and modes of the files', async () => {
    const copy = join(folder, 'copy');
    await cp(EXAMPLE, copy, { recursive: true });
    const index = join(copy, 'hello-serverless/index.js');
    await chmod(index, 0o700);
    await utimes(index, new Date(0), new Date(0));
    await writeFile(join(copy, '.DS_Store'), 'left behind');
    const original = await packageApp(EXAMPLE, join(folder, 'original.zip'), Date.now());
    const changed = await packageApp(copy, join(folder, 'changed.zip'), Date.now());
    expect(await readFile(changed.file)).toEqual(await readFile(original.file));
    // Known once and for all: another machine, or another release of a library, must come to the same.
    expect(sha256(await readFile(original.file))).toBe(
      '83a2eb367408724e38ddf0c743ebb3080ba50744198f87474c240405eb71b3f5',
    );
  });

  test('puts everything where a bundle has it', async () => {
    const { file } = await packageApp(EXAMPLE, join(folder, 'places.zip'), Date.now());
    const bundle = await JSZip.loadAsync(await readFile(file));
    expect(Object.keys(bundle.files)).toEqual([
      'hello-serverless.zip',
      'manifest.json',
      'static/icon.png',
      'static/test.txt',
    ]);
    const inner = await JSZip.loadAsync(
      (await bundle.file('hello-serverless.zip')?.async('nodebuffer')) ?? '',
    );
    expect(Object.keys(inner.files)).toEqual(['index.js', 'package.json']);
    expect(inner.file('index.js')?.unixPermissions).toBe(0o100755);
  });

  test('names the bundle after the app and writes it here', async () => {
    const here = join(folder, 'here');
    await mkdir(here);
    expect(await runCli(['aws', 'package', EXAMPLE], {}, here)).toMatchObject({
      code: 0,
      stdout: 'hello-serverless_v1.2.0.zip (3600 bytes)\n',
    });
    expect(await readdir(here)).toEqual(['hello-serverless_v1.2.0.zip']);
  });

  test('writes nothing when the bundle would not be sound', async () => {
    const root = await appFolder('unsound', {
      'manifest.json': JSON.stringify(manifest({ app_id: 'x' })),
      'go/index.js': '',
    });
    const { code, stderr } = await runCli(['aws', 'package', root, '-o', join(folder, 'unsound.zip')]);
    expect(stderr).toBe(
      `error: ${root}: app_id: "x" has 1 bytes\nhint: write 3 to 32 bytes, such as com.example.app\n`,
    );
    expect(code).toBe(2);
    expect(await readdir(folder)).not.toContain('unsound.zip');
  });

  test('refuses a link, which would be another file on another machine', async () => {
    const root = await appFolder('linked', {
      'manifest.json': JSON.stringify(manifest()),
      'go/index.js': '',
    });
    await symlink('/etc/hostname', join(root, 'go/link'));
    await expect(packageApp(root, undefined, Date.now())).rejects.toThrow(
      /link is neither a file nor a folder$/,
    );
  });

  test.each([
    ['no-such-folder', /no-such-folder does not exist$/],
    ['original.zip', /original\.zip is no folder$/],
  ])('of %s says what it is', async (name, message) => {
    await expect(packageApp(join(folder, name), undefined, Date.now())).rejects.toThrow(message);
  });
});

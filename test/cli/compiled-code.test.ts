import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { writeBundle } from '../support/bundle.js';
import { Installation } from '../support/cli.js';
import { tempFolder } from '../support/temp-folder.js';
import { startWorld } from '../support/world.js';

const root = await tempFolder();

const FILES = {
  'run.cjs': `
    const other = require('./other.cjs');
    exports.add = (a, b) => other.sum([a, b]);
    exports.name = require('node:path').basename(__filename);
    exports.isOnce = () => other === require('./other.cjs');`,
  'other.cjs': `
    const run = require('./run.cjs');
    exports.sum = (numbers) => numbers.reduce((sum, number) => sum + number, run.add.length - 2);`,
};

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(root, 'code-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

const MODULE = new URL('../../dist/cli/compiled-code.js', import.meta.url);

/** Runs the files in a process of its own, as V8 remembers in one what it has compiled. */
async function runOnce(folder: string): Promise<void> {
  const script = `
    import { CompiledCode } from '${MODULE}';
    const code = new CompiledCode(new URL('${pathToFileURL(folder)}/'));
    const { add, name, isOnce } = code.load('run.cjs');
    process.stdout.write(JSON.stringify([add(40, 2), name, isOnce()]));
    code.keep();`;
  const args = ['--input-type=module', '--eval', script];
  expect((await promisify(execFile)(process.execPath, args)).stdout).toBe('[42,"run.cjs",true]');
}

/** The inodes of what was kept: a file that is written again has another one. */
async function kept(folder: string): Promise<Record<string, number>> {
  const entries = await readdir(join(folder, 'compiled'), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const inodes = paths.map(async (path) => [path, (await stat(path)).ino] as const);
  return Object.fromEntries(await Promise.all(inodes));
}

describe('files', () => {
  test('require each other, and what Node.js has', async () => {
    await runOnce(await folderOf(FILES));
  });

  test('are compiled once', async () => {
    const folder = await folderOf(FILES);
    await runOnce(folder);
    const first = await kept(folder);
    const names = Object.keys(first).map((path) => basename(path));
    expect(names.sort()).toEqual(['other.cjs.bin', 'run.cjs.bin']);
    await runOnce(folder);
    expect(await kept(folder)).toEqual(first);
  });

  test('that cannot be kept run all the same', async () => {
    const folder = await folderOf(FILES);
    await writeFile(join(folder, 'compiled'), 'no folder');
    await runOnce(folder);
    expect(await readFile(join(folder, 'compiled'), 'utf8')).toBe('no folder');
  });
});

/** Data as they would be kept. */
function withChecksum(data: Buffer): Buffer {
  const crc = Buffer.alloc(4);
  crc.writeUInt32LE(crc32(data));
  return Buffer.concat([crc, data]);
}

describe('what was kept and is damaged is compiled again:', () => {
  const flipped = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    const index = Math.floor(at * (copy.length - 1));
    copy.writeUInt8(copy.readUInt8(index) ^ 0x10, index);
    return copy;
  };

  test.concurrent.each<[string, (bytes: Buffer) => Buffer]>([
    ['empty', () => Buffer.alloc(0)],
    ['three bytes', (bytes) => bytes.subarray(0, 3)],
    ['half of it', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['more than it', (bytes) => Buffer.concat([bytes, bytes])],
    ['of something else', () => withChecksum(Buffer.from('something else'))],
    ...[0, 0.2, 0.4, 0.6, 0.8, 1].map((at): [string, (bytes: Buffer) => Buffer] => [
      `a bit flipped at ${at}`,
      (bytes) => flipped(bytes, at),
    ]),
  ])('%s', async (_, damage) => {
    const folder = await folderOf(FILES);
    await runOnce(folder);
    const path = Object.keys(await kept(folder)).find((name) => name.endsWith('run.cjs.bin')) ?? '';
    const damaged = damage(await readFile(path));
    await writeFile(path, damaged);
    await runOnce(folder);
    expect(await readFile(path)).not.toEqual(damaged);
    const mended = await kept(folder);
    await runOnce(folder);
    expect(await kept(folder)).toEqual(mended);
  });
});

describe('an installation', () => {
  test('may be run by many for the first time at once', async () => {
    const folder = await mkdtemp(join(root, 'many-'));
    const installation = await Installation.in(folder);
    const bundle = await writeBundle(folder);
    const runs = await Promise.all(
      Array.from({ length: 6 }, () => installation.run(['aws', 'validate', bundle])),
    );
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      runs.map(() => ({ code: 0, stderr: '' })),
    );
    const loaded = await installation.loaded();
    expect(loaded.filter((file) => !file.endsWith('.cjs'))).toEqual([]);
    expect(loaded.length).toBeGreaterThan(3);
  });

  test('keeps no secret of a deployment, nor anything elsewhere', async () => {
    const world = await startWorld();
    try {
      await world.init();
      const folder = join(world.folder, 'installation');
      await mkdir(folder);
      const installation = await Installation.in(folder);
      const bundle = await world.packageExample();
      const before = (await readdir(world.folder)).sort();
      const env = { ...world.env, HOME: world.folder, TMPDIR: world.folder };
      const args = ['aws', 'deploy', bundle, '--env', 'KEY=a-secret-of-the-function'];
      expect((await installation.run(args, env)).code).toBe(0);
      expect((await readdir(world.folder)).sort()).toEqual(before);
      const files = await installation.kept();
      expect(files.join()).toMatch(/functions-/);
      const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
      const secrets = Object.entries(world.env).filter(([name]) => /KEY|TOKEN/.test(name));
      expect(secrets.length).toBeGreaterThan(3);
      for (const [, secret] of [...secrets, ['', 'a-secret-of-the-function']])
        expect(texts.filter((text) => text.includes(secret ?? ''))).toEqual([]);
    } finally {
      await world.stop();
    }
  });
});

import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { writeBundle } from '../support/bundle.js';
import { Installation } from '../support/cli.js';
import { filesIn } from '../support/files.js';
import { tempFolder } from '../support/temp-folder.js';
import { startWorld } from '../support/world.js';

const root = await tempFolder();
const MODULE = new URL('../../dist/cli/compiled-code.js', import.meta.url);

const ONE = "exports.answer = 'one';";
const TWO = "exports.answer = 'two';";

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(root, 'code-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

/**
 * Runs the files of a folder in a process of its own, as V8 remembers in one what it has compiled.
 *
 * @param body what to do with `code`, which ends with the answer
 */
async function runOnce(
  folder: string,
  body = "code.load('run.cjs').answer",
  flag?: string,
): Promise<unknown> {
  const script = `
    import { CompiledCode } from '${MODULE}';
    process.umask(0);
    const code = new CompiledCode(new URL('${pathToFileURL(folder)}/'));
    const answer = ${body};
    code.keep();
    process.stdout.write(JSON.stringify(answer));`;
  const args = [...(flag === undefined ? [] : [flag]), '--input-type=module', '--eval', script];
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout);
}

/** The files that were kept, and when each was written. */
async function kept(folder: string): Promise<Record<string, bigint>> {
  const paths = await filesIn(join(folder, 'compiled'));
  const times = paths.map(async (path) => [path, (await stat(path, { bigint: true })).mtimeNs] as const);
  return Object.fromEntries(await Promise.all(times));
}

/** Where is kept what was made of run.cjs. */
async function keptPath(folder: string): Promise<string> {
  return Object.keys(await kept(folder)).find((path) => basename(path) === 'run.cjs.bin') ?? '';
}

/** A file as it is kept. */
function keptBytes(text: string, data: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(data, crc32(text)));
  return Buffer.concat([checksum, data]);
}

describe('a file', () => {
  test('requires others and what Node.js has, in circles too, and runs once', async () => {
    const folder = await folderOf({
      'run.cjs': `
        exports.two = 2;
        const other = require('./other.cjs');
        exports.answer = [
          other.sum(40), require('node:path').basename(__filename), other === require('./other.cjs')
        ];`,
      'other.cjs': "const run = require('./run.cjs'); exports.sum = (number) => number + run.two;",
    });
    expect(await runOnce(folder)).toEqual([42, 'run.cjs', true]);
    expect(await runOnce(folder)).toEqual([42, 'run.cjs', true]);
  });

  test('that fails does so each time', async () => {
    const folder = await folderOf({ 'run.cjs': "exports.half = 1; throw new Error('broken');" });
    const load = (file: string): string =>
      `(() => { try { return code.load('${file}'); } catch (error) { return error.code ?? error.message; } })()`;
    expect(await runOnce(folder, `[${load('run.cjs')}, ${load('run.cjs')}]`)).toEqual(['broken', 'broken']);
    expect(await runOnce(folder, `[${load('no.cjs')}, ${load('no.cjs')}]`)).toEqual(['ENOENT', 'ENOENT']);
  });

  test('is compiled once', async () => {
    const folder = await folderOf({ 'run.cjs': ONE });
    await runOnce(folder);
    const first = await kept(folder);
    expect(Object.keys(first)).toHaveLength(1);
    expect(await runOnce(folder)).toBe('one');
    expect(await kept(folder)).toEqual(first);
    // What is kept is what runs.
    const other = await folderOf({ 'run.cjs': TWO });
    await runOnce(other);
    const made = (await readFile(await keptPath(other))).subarray(4);
    await writeFile(await keptPath(folder), keptBytes(ONE, made));
    expect(await runOnce(folder)).toBe('two');
  });

  test('is compiled again when it has changed, even to one of the same length', async () => {
    const folder = await folderOf({ 'run.cjs': ONE });
    await runOnce(folder);
    await writeFile(join(folder, 'run.cjs'), TWO);
    expect(await runOnce(folder)).toBe('two');
  });

  test('is compiled apart for other flags of V8', async () => {
    const folder = await folderOf({ 'run.cjs': ONE });
    await runOnce(folder);
    const [path = '', time] = Object.entries(await kept(folder))[0] ?? [];
    expect(await runOnce(folder, undefined, '--stack-size=900')).toBe('one');
    const both = await kept(folder);
    expect(Object.keys(both)).toHaveLength(2);
    expect(both[path]).toBe(time);
  });

  test('of which nothing can be kept runs all the same', async () => {
    const folder = await folderOf({ 'run.cjs': ONE, compiled: 'no folder' });
    expect(await runOnce(folder)).toBe('one');
    expect(await readFile(join(folder, 'compiled'), 'utf8')).toBe('no folder');
  });
});

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
    ['of something else', () => keptBytes(ONE, Buffer.from('something else'))],
    ...[0, 0.5, 1].map((at): [string, (bytes: Buffer) => Buffer] => [
      `a bit flipped at ${at}`,
      (bytes) => flipped(bytes, at),
    ]),
  ])('%s', async (_, damage) => {
    const folder = await folderOf({ 'run.cjs': ONE });
    await runOnce(folder);
    const path = await keptPath(folder);
    const damaged = damage(await readFile(path));
    await writeFile(path, damaged);
    expect(await runOnce(folder)).toBe('one');
    expect(await readFile(path)).not.toEqual(damaged);
    const mended = await kept(folder);
    expect(await runOnce(folder)).toBe('one');
    expect(await kept(folder)).toEqual(mended);
  });
});

describe('nobody else may write what is kept:', { skip: process.platform === 'win32' }, () => {
  test('whatever the umask', async () => {
    const folder = await folderOf({ 'run.cjs': ONE });
    await runOnce(folder);
    const path = await keptPath(folder);
    const modes = await Promise.all(
      [path, dirname(path), dirname(dirname(path))].map(async (each) => (await stat(each)).mode & 0o777),
    );
    expect(modes).toEqual([0o644, 0o755, 0o755]);
  });

  test.runIf(process.getuid?.() === 0)('nothing is left in the installation of another user', async () => {
    const folder = await folderOf({ 'run.cjs': ONE });
    await chown(folder, 65_534, 65_534);
    expect(await runOnce(folder)).toBe('one');
    expect(await readdir(folder)).toEqual(['run.cjs']);
  });
});

describe('an installation', () => {
  test('may be run by many for the first time at once', async () => {
    const folder = await mkdtemp(join(root, 'many-'));
    const installation = await Installation.in(folder);
    const bundle = await writeBundle(folder);
    for (let round = 0; round < 2; round++) {
      const runs = await Promise.all(
        Array.from({ length: 6 }, () => installation.run(['aws', 'validate', bundle])),
      );
      expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
        runs.map(() => ({ code: 0, stderr: '' })),
      );
    }
    expect((await installation.loaded()).length).toBeGreaterThan(3);
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

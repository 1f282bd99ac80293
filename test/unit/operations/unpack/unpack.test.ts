import { chmod, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { type OpenPartialBundle, readPartialBundle } from '../../../../src/bundle/open-bundle.js';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { type UnpackOptions, unpackBundle } from '../../../../src/operations/unpack/unpack.js';
import { MemorySource } from '../../../../src/zip/byte-source.js';
import { functionArchive, manifest, zip } from '../../../support/bundle.js';
import { readTree } from '../../../support/folder-tree.js';
import { UNPACK } from '../../../support/messages/bundle.js';
import { type RawEntry, rawZip } from '../../../support/raw-zip.js';
import { tempFolders } from '../../../support/temp-folder.js';

const NOW = Date.parse('2026-11-21');
const newFolder = await tempFolders();

/** The folder in which bundles are unpacked, and one in it. */
let parent: string;
let out: string;
beforeEach(async () => {
  parent = newFolder();
  out = join(parent, 'out');
  await mkdir(parent);
});

const archive = await functionArchive();

/** A bundle of the version 1.0.0 with a function and an asset. */
function entriesOf(text = 'text'): RawEntry[] {
  return [
    { name: 'manifest.json', data: JSON.stringify(manifest()) },
    { name: 'build/go.jar', data: archive },
    { name: 'static/a/b.txt', data: text, deflated: true },
  ];
}

function open(entries: readonly RawEntry[] = entriesOf()): Promise<OpenPartialBundle> {
  return readPartialBundle('app.zip', new MemorySource(rawZip(entries)));
}

async function unpack(
  bundle: OpenPartialBundle,
  options: Partial<UnpackOptions> = {},
): Promise<{ json: string; rules: string[] }> {
  const { json, findings } = await unpackBundle(bundle, NOW, {
    ...{ folder: out, bundlePath: undefined, ...options },
  });
  return { json, rules: findings.map(({ rule }) => rule) };
}

/** The code and message of the error, without its folder. */
async function refusalOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (!(error instanceof AppsctlError)) throw error;
  return `${error.code} ${error.message.replace(`${parent}/`, '')}`;
}

const text = async (path: string): Promise<string> => readFile(join(out, path), 'utf8');

describe('a bundle is unpacked', () => {
  test('with what a deployment uploads', async () => {
    const { json } = await unpack(await open());
    expect((await readdir(out, { recursive: true })).sort()).toEqual([
      ...['assets.json', 'functions', 'functions/go.zip', 'manifest.json'],
      ...['static', 'static/a', 'static/a/b.txt', 'terraform-data.json'],
    ]);
    expect(await readFile(join(out, 'functions/go.zip'))).toEqual(archive);
    expect(await text('terraform-data.json')).toBe(json);
    expect(await text('manifest.json')).toMatch(/^\{"app_id":"com\.example\.test","version":"1\.0\.0",.*\}$/);
    expect(JSON.parse(await text('assets.json'))).toEqual({
      'a/b.txt': {
        key: 'static/com.example.test_1.0.0_app/a/b.txt',
        content_type: 'text/plain; charset=utf-8',
        sha256: '982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1',
        size: 4,
      },
    });
    expect(await readdir(parent)).toEqual(['out']);
  });

  test('to the same bytes, modes and times, whatever the mask of the process and the folder that was there', async () => {
    await unpack(await open());
    const first = await readTree(out);
    expect(new Set(Object.values(first).map((item) => item.slice(0, 24)))).toEqual(
      new Set(['755 1980-01-01T00:00:00.', '644 1980-01-01T00:00:00.']),
    );
    await chmod(join(out, 'manifest.json'), 0o600);
    await utimes(join(out, 'static'), new Date(), new Date());
    await rm(join(out, 'functions/go.zip'));
    const mask = process.umask(0o077);
    await unpack(await open()).finally(() => process.umask(mask));
    expect(await readTree(out)).toEqual(first);
    expect(await readdir(parent)).toEqual(['out']);
  });

  test('in chunks', async () => {
    const large = Buffer.alloc(3_000_000, 'large');
    const bundle = await open([...entriesOf(), { name: 'static/large', data: large, deflated: true }]);
    const sizes: number[] = [];
    const chunks: OpenPartialBundle['chunks'] = async function* (entry) {
      for await (const chunk of bundle.chunks(entry)) {
        sizes.push(chunk.length);
        yield chunk;
      }
    };
    await unpack({ ...bundle, chunks, read: () => Promise.reject(new Error('read as a whole')) });
    expect(Math.max(...sizes)).toBeLessThan(1_000_000);
    expect(large.equals(await readFile(join(out, 'static/large')))).toBe(true);
  });

  test('for provided.al2023, if its runtime is go1.x', async () => {
    const functions = [{ path: '/', name: 'go', handler: 'main', runtime: 'go1.x' }];
    const entries = [
      { name: 'manifest.json', data: JSON.stringify(manifest({ aws_lambda: { functions } })) },
      { name: 'go.zip', data: await zip({ main: 'AWS_LAMBDA_RUNTIME_API' }) },
    ];
    const { json, rules } = await unpack(await open(entries), { migrateRuntimes: true });
    expect(JSON.parse(json)).toMatchObject({
      lambda_functions: { go: { handler: 'bootstrap', runtime: 'provided.al2023' } },
    });
    expect(rules).toEqual(['runtime/migrated']);
    expect(await text('functions/go.zip')).toContain('bootstrap');
    // A deployment does not change the manifest either.
    expect(await text('manifest.json')).toContain('"runtime":"go1.x"');
    expect(await refusalOf(unpack(await open(entries)))).toMatch(/^INVALID_BUNDLE .* go1\.x/);
  });

  test.each([
    ['an empty folder', async () => mkdir(out)],
    ['the folder of another bundle', async () => unpack(await open(entriesOf('old')))],
  ])('into %s', async (_, prepare) => {
    await prepare();
    await unpack(await open());
    expect(await text('static/a/b.txt')).toBe('text');
    expect(await readdir(parent)).toEqual(['out']);
  });
});

describe('nothing is changed', () => {
  let before: Record<string, string>;

  /** Checks that unpacking is refused, with what is there untouched. */
  async function expectRefusal(message: string, options: Partial<UnpackOptions> = {}): Promise<void> {
    before = await readTree(parent);
    expect(await refusalOf(unpack(await open(entriesOf('new')), options))).toBe(message);
    expect(await readTree(parent)).toEqual(before);
  }

  test.each([
    ['another file', 'notes.txt', () => writeFile(join(out, 'notes.txt'), '')],
    ['another file in its folders', 'static/a/c.txt', () => writeFile(join(out, 'static/a/c.txt'), '')],
    ['another folder', '.terraform', () => mkdir(join(out, '.terraform'))],
    ['a link in the place of a file', 'manifest.json', () => link(join(out, 'manifest.json'))],
    ['a link in the place of a folder', 'static', () => link(join(out, 'static'))],
    ['a folder in the place of a file', 'manifest.json', () => folderAt(join(out, 'manifest.json'))],
  ])('in an unpacked folder with %s', async (_, name, change) => {
    await unpack(await open());
    await change();
    await expectRefusal(UNPACK.foreign('out', name));
  });

  async function link(path: string): Promise<void> {
    await rm(path, { recursive: true });
    await symlink(parent, path);
  }

  async function folderAt(path: string): Promise<void> {
    await rm(path);
    await mkdir(path);
  }

  test('in the folder of an app, even with its data for Terraform', async () => {
    const { json } = await unpack(await open());
    await rm(out, { recursive: true });
    await mkdir(join(out, 'static/a'), { recursive: true });
    await writeFile(join(out, 'manifest.json'), '{}');
    await writeFile(join(out, 'static/a/b.txt'), '');
    await writeFile(join(out, 'terraform-data.json'), json);
    await expectRefusal(UNPACK.foreign('out', 'manifest.json'));
  });

  test.each<[string, string, (path: string) => Promise<unknown>]>([
    ['a file', 'it is not a folder', (path) => writeFile(path, '')],
    ['a link', 'it is a link', (path) => symlink(parent, path)],
    ['a broken link', 'it is a link', (path) => symlink('nowhere', path)],
  ])('in %s', async (_, reason, create) => {
    await create(out);
    await expectRefusal(UNPACK.refused('out', reason));
    await expectRefusal(UNPACK.refused('out/', reason), { folder: `${out}/` });
  });

  test.each([
    ['the root', '/', 'it is the root of a file system'],
    ['the current folder', '.', 'it is the current folder'],
    ['no name', '', 'it is the current folder'],
    ['a folder above', '..', 'the current folder is in it'],
  ])('in %s', async (_, folder, reason) => {
    await expectRefusal(UNPACK.refused(folder || '""', reason), { folder });
  });

  test('without a parent folder', async () => {
    const folder = join(out, 'a');
    await expectRefusal(UNPACK.refused('out/a', 'its parent folder does not exist'), { folder });
    await writeFile(out, '');
    await expectRefusal(UNPACK.refused('out/a', 'a part of its path is not a folder'), { folder });
  });

  test('in the folder of the bundle', async () => {
    await unpack(await open());
    await symlink(join(out, 'functions/go.zip'), join(parent, 'app.zip'));
    for (const bundlePath of [join(out, 'functions/go.zip'), join(parent, 'app.zip')])
      await expectRefusal(UNPACK.refused('out', 'the bundle is in it'), { bundlePath });
  });
});

describe('the folder stays as it is, and nothing is beside it', () => {
  beforeEach(async () => {
    await unpack(await open(entriesOf('old')));
  });

  async function expectOld(work: () => Promise<unknown>, error: string): Promise<void> {
    const before = await readTree(parent);
    expect(await refusalOf(work())).toBe(error);
    expect(await readTree(parent)).toEqual({ ...before, '.': expect.any(String) });
  }

  test.each<[string, RawEntry, string]>([
    [
      'is damaged',
      { name: 'static/x', data: 'x', local: { crc: 1 }, central: { crc: 1 } },
      'INVALID_BUNDLE app.zip: static/x: cannot be read: its CRC-32 checksum is wrong',
    ],
    [
      'has a hostile name',
      { name: 'static/../../up.txt', data: 'x' },
      'INVALID_BUNDLE app.zip: static/../../up.txt: has a ".." segment in its path',
    ],
    [
      'has the name of a device',
      { name: 'static/NUL', data: 'x' },
      'INVALID_BUNDLE app.zip: static/NUL: cannot be unpacked as static/NUL: it has a name that Windows reserves for a device',
    ],
  ])('when the bundle %s', async (_, entry, error) => {
    const bundle = await open([...entriesOf(), entry]);
    await expectOld(() => unpack(bundle), error);
  });

  test.each([
    ['../'.repeat(30), /^INVALID_BUNDLE app\.zip: .* has no archive in the bundle$/],
    ['x/'.repeat(40), /^INVALID_BUNDLE app\.zip: .*: it has a slash or backslash$/],
  ])('when the name of a function begins with %s', async (prefix, error) => {
    // Names this long are replaced by a hash on AWS, so they can have any character.
    const functions = [{ path: '/', name: `${prefix}up`, handler: 'index.handler', runtime: 'nodejs22.x' }];
    const content = manifest({ app_id: 'example-app', version: 'v1', aws_lambda: { functions } });
    const bundle = await open([
      { name: 'manifest.json', data: JSON.stringify(content) },
      { name: `${'x/'.repeat(40)}up.zip`, data: archive },
    ]);
    expect(await refusalOf(unpack(bundle))).toMatch(error);
    expect(await readdir(parent)).toEqual(['out']);
  });

  test.each(['build/go.jar', 'static/a/b.txt'])('when %s changes after it was verified', async (name) => {
    const bundle = await open();
    const chunks: OpenPartialBundle['chunks'] = async function* (entry) {
      if (entry.name === name) yield Buffer.from('changed');
      else yield* bundle.chunks(entry);
    };
    await expectOld(
      () => unpack({ ...bundle, chunks }),
      `INVALID_BUNDLE app.zip: ${name} has changed since it was verified`,
    );
  });

  test('when the disk is full', async () => {
    const bundle = await open();
    const chunks: OpenPartialBundle['chunks'] = async function* () {
      yield Buffer.from('x');
      throw Object.assign(new Error(), { code: 'ENOSPC' });
    };
    await expectOld(
      () => unpack({ ...bundle, chunks }),
      `OUTPUT ${UNPACK.failed('out', 'no space is left on the device')}`,
    );
  });

  test('when it is interrupted while files are written', async () => {
    const bundle = await open();
    const interruption = new AbortController();
    let count = 0;
    const chunks: OpenPartialBundle['chunks'] = async function* () {
      for (; count < 100; count++) {
        interruption.abort();
        yield Buffer.from('x');
      }
    };
    await expectOld(
      () => unpack({ ...bundle, chunks }, { signal: interruption.signal }),
      'INTERRUPTED interrupted',
    );
    expect(count).toBeLessThan(3);
  });

  test('when the caller does not let it be replaced', async () => {
    const beforeChanges = () => {
      throw new AppsctlError('INTERRUPTED', 'interrupted');
    };
    const bundle = await open();
    await expectOld(() => unpack(bundle, { beforeChanges }), 'INTERRUPTED interrupted');
  });

  test('when someone adds a file to it meanwhile', async () => {
    const beforeChanges = () => writeFile(join(out, 'mine.txt'), 'mine');
    expect(await refusalOf(unpack(await open(), { beforeChanges }))).toBe(UNPACK.foreign('out', 'mine.txt'));
    expect(await text('mine.txt')).toBe('mine');
    expect(await text('static/a/b.txt')).toBe('old');
    expect(await readdir(parent)).toEqual(['out']);
  });

  test('when it becomes a file meanwhile', async () => {
    const beforeChanges = async () => {
      await rm(out, { recursive: true });
      await writeFile(out, 'mine');
    };
    expect(await refusalOf(unpack(await open(), { beforeChanges }))).toBe(
      UNPACK.refused('out', 'it is not a folder'),
    );
    expect(await readdir(parent)).toEqual(['out']);
  });
});

test('once it is put into its place, an interruption is too late', async () => {
  await unpack(await open(entriesOf('old')));
  const interruption = new AbortController();
  const beforeChanges = () => interruption.abort();
  await unpack(await open(), { signal: interruption.signal, beforeChanges });
  expect(await text('static/a/b.txt')).toBe('text');
  expect(await readdir(parent)).toEqual(['out']);
});

test('of runs at once, each writes all of its files, and one of them is the last', async () => {
  const bundles = Array.from({ length: 12 }, (_, index) => [
    ...entriesOf(),
    { name: `static/${index}.txt`, data: `${index}` },
  ]);
  for (let round = 0; round < 3; round++)
    await Promise.all(bundles.map(async (entries) => unpack(await open(entries))));
  const tree = await readTree(out);
  expect(await readdir(parent)).toEqual(['out']);
  const name = (await readdir(join(out, 'static'))).find((file) => file.endsWith('.txt')) ?? '';
  await rm(out, { recursive: true });
  await unpack(await open(bundles[Number.parseInt(name, 10)]));
  expect(await readTree(out)).toEqual(tree);
});

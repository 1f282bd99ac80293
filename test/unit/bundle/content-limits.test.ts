import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type OpenBundle, readBundle } from '../../../src/bundle/open-bundle.js';
import { verifyForDeploy } from '../../../src/operations/deploy/verify-for-deploy.js';
import { validate } from '../../../src/operations/validate.js';
import { type ByteSource, MemorySource } from '../../../src/zip/byte-source.js';
import { manifest } from '../../support/bundle.js';
import { runCli } from '../../support/cli.js';
import { rawZip } from '../../support/raw-zip.js';
import { tempFolder } from '../../support/temp-folder.js';

const folder = await tempFolder();

/** The bytes of a bundle with this number of functions, all with the same code; nothing is compressed. */
function createBundle(functions: number, archive: Uint8Array): Uint8Array {
  const names = Array.from({ length: functions }, (_, index) => `fn${index}`);
  const lambda = names.map((name) => ({
    path: `/${name}`,
    name,
    handler: 'index.handler',
    runtime: 'nodejs22.x',
  }));
  const data = JSON.stringify(manifest({ aws_lambda: { functions: lambda } }));
  return rawZip([
    { name: 'manifest.json', data },
    ...names.map((name) => ({ name: `${name}.zip`, data: archive })),
  ]);
}

const SETTINGS = { now: Date.parse('2026-11-21'), migrateRuntimes: false };

const open = (bytes: Uint8Array): Promise<OpenBundle> => readBundle('bundle.zip', new MemorySource(bytes));

/** The rules and locations of the findings about a bundle. */
async function validateBytes(bytes: Uint8Array): Promise<string[]> {
  const { all } = await validate(await open(bytes), Date.now());
  return all.map(({ rule, location }) => `${rule} ${location}`);
}

/** An archive whose second file claims 250 MB, which is found to be false only when it is uncompressed. */
const FALSE_SIZE = rawZip([
  { name: 'index.js', data: '//' },
  { name: 'data', data: 'x', deflated: true, central: { size: 250_000_000 }, local: { size: 250_000_000 } },
]);

describe('the content of all function archives of a bundle', () => {
  test('is read when it is within the limit', async () => {
    const findings = await validateBytes(createBundle(17, FALSE_SIZE));
    expect(findings).toHaveLength(17);
    expect(findings[0]).toBe('zip/damaged-entry fn0.zip: data');
  });

  test('is not read when it is over the limit, which is the only error', async () => {
    const bytes = createBundle(18, FALSE_SIZE);
    expect(await validateBytes(bytes)).toEqual(['function/too-large bundle.zip']);
    await expect(verifyForDeploy(await open(bytes), SETTINGS)).rejects.toMatchObject({
      code: 'INVALID_BUNDLE',
      message:
        'bundle.zip has function archives with more than 4294967296 bytes in total when uncompressed, the limit for a bundle',
      hint: 'remove what the functions do not need',
    });
    const file = join(folder, 'bundle.zip');
    await writeFile(file, bytes);
    const { code, stdout } = await runCli(['aws', 'validate', file]);
    expect(stdout).toContain('cannot be deployed: 1 error, 0 warnings, 0 notes\n');
    expect(code).toBe(2);
  });

  test('has a limit on its number of entries, too', { timeout: 60_000 }, async () => {
    const files = Array.from({ length: 199_999 }, (_, index) => ({ name: `${index}` }));
    const bytes = createBundle(6, rawZip([{ name: 'index.js', data: '//' }, ...files]));
    expect(await validateBytes(bytes)).toEqual(['function/too-large bundle.zip']);
  });

  test('does not include archives that are too large themselves', async () => {
    const huge = { central: { size: 0xfffffffe }, local: { size: 0xfffffffe } };
    const archive = rawZip([{ name: 'index.js', data: '//', deflated: true, ...huge }]);
    expect(await validateBytes(createBundle(2, archive))).toEqual([
      'function/too-large fn0.zip',
      'function/too-large fn1.zip',
    ]);
  });
});

describe('reading a bundle', () => {
  test('does not block the event loop, and stops when it is aborted', async () => {
    // Reading it involves no I/O: it is in memory and not compressed.
    const data = Buffer.alloc(120_000_000);
    const bytes = new MemorySource(createBundle(1, rawZip([{ name: 'index.js', data }])));
    let read = 0;
    const counting: ByteSource = {
      size: bytes.size,
      read: (position, length) => {
        read += length;
        return bytes.read(position, length);
      },
      close: () => bytes.close(),
    };
    const bundle = await readBundle('bundle.zip', counting);
    const controller = new AbortController();
    // Like the handler of a signal, this runs only if the event loop is not blocked.
    setImmediate(() => controller.abort());
    await expect(validate(bundle, Date.now(), { signal: controller.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    expect(read).toBeLessThan(data.length);
  });

  test('does not start after it has been aborted', async () => {
    const bundle = await open(createBundle(1, FALSE_SIZE));
    await expect(validate(bundle, Date.now(), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    await expect(verifyForDeploy(bundle, SETTINGS, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
});

test('an archive that does not fit into the cache is opened again and read completely', async () => {
  const files = Array.from({ length: 30_000 }, (_, index) => ({ name: `${index}`, data: 'x' }));
  const damaged = { name: 'last', data: 'x', local: { crc: 1 }, central: { crc: 1 } };
  const archive = rawZip([{ name: 'index.js', data: '//' }, ...files, damaged]);
  expect(await validateBytes(createBundle(3, archive))).toEqual(
    [0, 1, 2].map((index) => `zip/damaged-entry fn${index}.zip: last`),
  );
});

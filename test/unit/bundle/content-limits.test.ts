import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type OpenBundle, readBundle } from '../../../src/bundle/open-bundle.js';
import { validate, verifyForDeploy } from '../../../src/operations/validate.js';
import { type ByteSource, MemorySource } from '../../../src/zip/byte-source.js';
import { manifest } from '../../support/bundle.js';
import { runCli } from '../../support/cli.js';
import { rawZip } from '../../support/raw-zip.js';
import { tempFolder } from '../../support/temp-folder.js';

const folder = await tempFolder();

/** The bytes of a bundle with so many functions, all with the same code; nothing in it is compressed. */
function bundleOf(functions: number, archive: Uint8Array): Uint8Array {
  const names = Array.from({ length: functions }, (_, index) => `fn${index}`);
  const lambda = names.map((name) => ({ path: '/', name, handler: 'index.handler', runtime: 'nodejs22.x' }));
  const data = JSON.stringify(manifest({ aws_lambda: { functions: lambda } }));
  return rawZip([
    { name: 'manifest.json', data },
    ...names.map((name) => ({ name: `${name}.zip`, data: archive })),
  ]);
}

const open = (bytes: Uint8Array): Promise<OpenBundle> => readBundle('bundle.zip', new MemorySource(bytes));

async function findingsOf(bytes: Uint8Array): Promise<string[]> {
  const { all } = await validate(await open(bytes), Date.now());
  return all.map(({ severity, location, message, fix }) => `${severity} ${location}: ${message} (${fix})`);
}

/** An archive whose second file is said to have 250 MB, which anybody who unpacks it finds to be untrue. */
const LYING = rawZip([
  { name: 'index.js', data: '//' },
  { name: 'data', data: 'x', deflated: true, central: { size: 250_000_000 }, local: { size: 250_000_000 } },
]);
const TOO_MUCH =
  'error the function archives: unpack to more than the limit of 4294967296 bytes together (leave out what the functions do not need)';

describe('what all function archives of a bundle hold together', () => {
  test('is unpacked when it is within the limit', async () => {
    const findings = await findingsOf(bundleOf(17, LYING));
    expect(findings).toHaveLength(17);
    expect(findings[0]).toBe(
      'error fn0.zip: data: cannot be read: its uncompressed size is smaller than the central directory says (build the archive again)',
    );
  });

  test('is not unpacked when it is beyond the limit, and that is the only error', async () => {
    const bytes = bundleOf(18, LYING);
    expect(await findingsOf(bytes)).toEqual([TOO_MUCH]);
    await expect(verifyForDeploy(await open(bytes))).rejects.toMatchObject({
      code: 'INVALID_BUNDLE',
      message:
        'bundle.zip: the function archives: unpack to more than the limit of 4294967296 bytes together',
    });
    const file = join(folder, 'bundle.zip');
    await writeFile(file, bytes);
    const { code, stdout } = await runCli(['aws', 'validate', file]);
    expect(stdout).toContain('cannot be deployed: 1 error, 0 warnings, 0 notes\n');
    expect(code).toBe(2);
  });

  test('is limited in its number of entries too', { timeout: 60_000 }, async () => {
    const files = Array.from({ length: 199_999 }, (_, index) => ({ name: `${index}` }));
    const bytes = bundleOf(6, rawZip([{ name: 'index.js', data: '//' }, ...files]));
    expect(await findingsOf(bytes)).toEqual([
      'error the function archives: have more than the limit of 1000000 entries together (leave out what the functions do not need)',
    ]);
  });

  test('does not count for an archive that is refused for its own size', async () => {
    const huge = { central: { size: 0xfffffffe }, local: { size: 0xfffffffe } };
    const archive = rawZip([{ name: 'index.js', data: '//', deflated: true, ...huge }]);
    expect(await findingsOf(bundleOf(2, archive))).toEqual([
      'error fn0.zip: unpacks to 4294967294 bytes, over the limit of 262144000 (leave out what the function does not need)',
      'error fn1.zip: unpacks to 4294967294 bytes, over the limit of 262144000 (leave out what the function does not need)',
    ]);
  });
});

describe('reading a bundle', () => {
  test('lets the process handle what comes in meanwhile, and ends when it is interrupted', async () => {
    // Nothing in it has to be waited for: it is all in memory, and stored as it is.
    const data = Buffer.alloc(120_000_000);
    const bytes = new MemorySource(bundleOf(1, rawZip([{ name: 'index.js', data }])));
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
    const interruption = new AbortController();
    // As a signal's handler would, this only runs if the reading gives it a chance to.
    setImmediate(() => interruption.abort());
    await expect(validate(bundle, Date.now(), interruption.signal)).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    expect(read).toBeLessThan(data.length);
  });

  test('does not begin once it has been interrupted', async () => {
    const bundle = await open(bundleOf(1, LYING));
    await expect(validate(bundle, Date.now(), AbortSignal.abort())).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    await expect(verifyForDeploy(bundle, AbortSignal.abort())).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
});

test('an archive that is opened a second time, because too many are kept, is read as well as the others', async () => {
  const files = Array.from({ length: 30_000 }, (_, index) => ({ name: `${index}`, data: 'x' }));
  const damaged = { name: 'last', data: 'x', local: { crc: 1 }, central: { crc: 1 } };
  const archive = rawZip([{ name: 'index.js', data: '//' }, ...files, damaged]);
  const expected = [0, 1, 2].map(
    (index) =>
      `error fn${index}.zip: last: cannot be read: its CRC-32 checksum is wrong (build the archive again)`,
  );
  expect(await findingsOf(bundleOf(3, archive))).toEqual(expected);
});

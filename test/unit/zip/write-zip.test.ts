import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import JSZip from 'jszip';
import { expect, test } from 'vitest';
import { FILE_MODE, FUNCTION_FILE_MODE } from '../../../src/bundle/file-modes.js';
import { FUNCTION_ZIP } from '../../../src/bundle/zip-limits.js';
import { Checkpoint } from '../../../src/core/async/checkpoint.js';
import { MemorySource } from '../../../src/zip/byte-source.js';
import { writeZip } from '../../../src/zip/write-zip.js';
import { ZipFile } from '../../../src/zip/zip-file.js';

/** Writes a zip and joins its chunks. */
async function zipBytes(...args: Parameters<typeof writeZip>): Promise<Buffer> {
  const { chunks, size } = await writeZip(...args);
  const bytes = Buffer.concat(chunks);
  expect(bytes).toHaveLength(size);
  return bytes;
}

const TEXT = await readFile(new URL(import.meta.url));

const FILES = [
  { name: 'empty', data: new Uint8Array(0) },
  { name: 'a/small.ts', data: TEXT },
  { name: 'ümläut/😀.txt', data: Buffer.from('x') },
  { name: 'go.zip', data: TEXT },
  { name: 'zeros', data: Buffer.alloc(1_000_001) },
  { name: 'one block', data: Buffer.alloc(1024 * 1024, 'a') },
  { name: 'mixed', data: Buffer.concat(Array.from({ length: 50 }, () => [TEXT, randomBytes(3000)]).flat()) },
];

test('other readers find the same content', async () => {
  const read = await JSZip.loadAsync(await zipBytes(FILES, FUNCTION_FILE_MODE), { checkCRC32: true });
  expect(Object.keys(read.files)).toEqual(FILES.map(({ name }) => name));
  for (const { name, data } of FILES) {
    expect(Buffer.from(data).equals((await read.file(name)?.async('nodebuffer')) ?? TEXT)).toBe(true);
    expect(read.file(name)?.unixPermissions).toBe(FUNCTION_FILE_MODE);
  }
});

test('a zip has the same bytes with every version of Node.js and on every machine', async () => {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % 23;
  };
  const files = [100, 65_536, 300_000].map((size) => ({
    name: `${size}.txt`,
    data: Buffer.from(Array.from({ length: size }, next)),
  }));
  const hash = createHash('sha256').update(await zipBytes(files, FUNCTION_FILE_MODE));
  expect(hash.digest('hex')).toBe('15b69acbddba8bf49ba32f048e63120ae8ab6d89defe891ba05dc1795fa1bbe3');
});

test('a zip of chunks is the same as one of the whole', async () => {
  const data = Buffer.alloc(300_000, 'some text that repeats');
  const chunks = [data.subarray(0, 131_072), data.subarray(131_072)];
  const whole = await zipBytes([{ name: 'a', data }], FILE_MODE);
  const pieces = await zipBytes([{ name: 'a', data: { chunks, size: data.length } }], FILE_MODE);
  expect(pieces.equals(whole)).toBe(true);
});

test('a zip can have more entries than the end of central directory record can count', {
  timeout: 60_000,
}, async () => {
  const files = Array.from({ length: 65_536 }, (_, index) => ({ name: `${index}`, data: new Uint8Array(0) }));
  for (const count of [65_534, 65_535, 65_536]) {
    const bytes = await zipBytes(files.slice(0, count), FILE_MODE);
    const { entries } = await ZipFile.open(new MemorySource(bytes), FUNCTION_ZIP);
    expect([entries.length, entries.at(-1)?.name]).toEqual([count, `${count - 1}`]);
  }
});

test('two files with the same name are rejected', async () => {
  const file = { name: 'a', data: Buffer.from('a') };
  await expect(writeZip([file, file], FILE_MODE)).rejects.toThrow('two files in a zip have the name a');
});

test('writing stops when it is aborted, and reads no more files', async () => {
  const controller = new AbortController();
  const read: string[] = [];
  const files = (async function* () {
    for (const name of ['a', 'b', 'c']) {
      read.push(name);
      if (name === 'b') controller.abort();
      yield { name, data: TEXT };
    }
  })();
  await expect(writeZip(files, FILE_MODE, new Checkpoint(controller.signal))).rejects.toMatchObject({
    code: 'INTERRUPTED',
  });
  expect(read).toEqual(['a', 'b']);
});

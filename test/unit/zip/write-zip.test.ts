import { randomBytes } from 'node:crypto';
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

test('a zip is byte-identical to the one that JSZip writes', async () => {
  const files = [
    { name: 'empty', data: new Uint8Array(0) },
    { name: 'a/small.ts', data: TEXT },
    { name: 'ümläut/😀.txt', data: Buffer.from('x') },
    { name: 'go.zip', data: TEXT },
    { name: 'zeros', data: Buffer.alloc(1_000_001) },
    { name: 'random', data: randomBytes(200_000) },
    {
      name: 'mixed',
      data: Buffer.concat(Array.from({ length: 50 }, () => [TEXT, randomBytes(3000)]).flat()),
    },
  ];
  const other = new JSZip();
  for (const { name, data } of files) {
    other.file(name, data, {
      date: new Date(Date.UTC(1980, 0, 1)),
      unixPermissions: FUNCTION_FILE_MODE,
      compression: name.endsWith('.zip') ? 'STORE' : 'DEFLATE',
      compressionOptions: { level: 9 },
      createFolders: false,
    });
  }
  const expected = await other.generateAsync({ type: 'nodebuffer', platform: 'UNIX' });
  expect(expected.equals(await writeZip(files, FUNCTION_FILE_MODE))).toBe(true);
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

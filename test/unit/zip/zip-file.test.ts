import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Checkpoint } from '../../../src/core/async/checkpoint.js';
import { MemorySource } from '../../../src/zip/byte-source.js';
import { ZipError, ZipLimitError } from '../../../src/zip/zip-error.js';
import { ZipFile } from '../../../src/zip/zip-file.js';
import { ZIP } from '../../support/messages/bundle.js';
import { type RawEntry, rawZip } from '../../support/raw-zip.js';

const LIMITS = { entries: 20_000, directory: 16 * 1024 * 1024 };
const DESCRIPTOR = 0x8;
const MIB = 1024 * 1024;

const open = (bytes: Uint8Array, limits = LIMITS) => ZipFile.open(new MemorySource(bytes), limits);

/** Reads all entries, and returns the first error. */
async function findError(bytes: Uint8Array, limits = LIMITS): Promise<string | undefined> {
  try {
    const zip = await open(bytes, limits);
    for (const entry of zip.entries) {
      if (entry.problem !== undefined) return entry.problem;
      for await (const _ of zip.chunks(entry));
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    return error.message;
  }
}

/** Returns a copy with a change; `central` and `eocd` are the positions of the records. */
function patched(bytes: Buffer, patch: (bytes: Buffer, central: number, eocd: number) => void): Buffer {
  const copy = Buffer.from(bytes);
  patch(copy, copy.indexOf('PK\u0001\u0002', 0, 'latin1'), copy.length - 22);
  return copy;
}

const NOT_FOUND = 'its local file header is not where the central directory says';

describe('a file with valid, damaged or hostile structure', () => {
  test.each<[string, string | undefined]>([
    ['a01-valid', undefined],
    ['a02-data-descriptor', undefined],
    ['a04-stored-data-descriptor', undefined],
    ['a05-zip64', undefined],
    ['a10-unicode-path-extra', undefined],
    ['a11-directory-entries', undefined],
    ['a13-empty-deflated', undefined],
    ['a16-leading-garbage', undefined],
    ['a17-leading-garbage-fixed-offsets', undefined],
    ['b01-truncated-half', ZIP.noEnd],
    ['b02-no-eocd', ZIP.notAtEnd],
    ['b04-zero-bytes', ZIP.noEnd],
    ['b08-bad-crc-static', ZIP.wrongChecksum],
    ['b11-declared-size-too-small', ZIP.larger],
    ['b13-csize-past-eof', ZIP.overlap('static/l.txt')],
    ['b14-local-offset-oob', ZIP.overlap('static/l.txt')],
    ['b16-local-name-hides-manifest', ZIP.contradiction],
    ['b17-local-method-differs', ZIP.contradiction],
    ['b19-local-crc-differs', ZIP.contradiction],
    ['b20-overlap-shared-local', ZIP.overlap('static/k0.bin')],
    ['b25-bomb-manifest-1GB-lying', ZIP.larger],
    ['b26-encrypted-zipcrypto', ZIP.encrypted],
    ['b28-strong-encryption', ZIP.stronglyEncrypted],
    ['b29-method-bzip2', ZIP.method(12)],
    ['b29-method-zstd', ZIP.method(93)],
    ['b31-count-too-high', ZIP.shortDirectory],
    ['b32-count-too-low', ZIP.countMismatch],
    ['b34-two-archives-concatenated', ZIP.precededByZip],
    ['b35-hidden-local-entry', undefined],
    ['b40-deflate-garbage', ZIP.damagedData],
    ['b41-deflate-truncated', ZIP.damagedData],
    ['b43-directory-with-data', ZIP.folderWithContent],
    ['b44-descriptor-crc-differs', ZIP.badDescriptor],
    ['b46-eocd-in-comment', ZIP.severalEnds],
    ['b47-comment-length-too-long', ZIP.notAtEnd],
    ['b50-zip64-count-2e31', ZIP.tooManyEntries(2_147_483_648, 20_000)],
    ['b53-overlap-inside-stored', ZIP.overlap('static/blob.bin')],
    ['c27-fifo', ZIP.special],
    ['c29-manifest-dirflag', ZIP.markedAsFolder],
  ])('%s: %s', async (name, error) => {
    const bytes = readFileSync(new URL(`../../fixtures/hostile-zips/${name}.zip`, import.meta.url));
    expect(await findError(bytes)).toBe(error);
  });

  const plain = rawZip([{ name: 'a', data: 'abc' }]);
  test.each<[string, string | undefined, Buffer]>([
    ['is unchanged', undefined, plain],
    [
      'begins on another disk',
      'it is one segment of a split zip',
      patched(plain, (b, _, e) => b.writeUInt8(1, e + 4)),
    ],
    [
      'is on another disk',
      'it is one segment of a split zip',
      patched(plain, (b, _, e) => b.writeUInt8(1, e + 6)),
    ],
    [
      'has fewer entries on this disk',
      'it is one segment of a split zip',
      patched(plain, (b, _, e) => b.writeUInt8(0, e + 8)),
    ],
    [
      'has a directory that would begin before the file',
      'its central directory is not where the end of central directory record says',
      patched(plain, (b, _, e) => b.writeUInt8(200, e + 16)),
    ],
    [
      'has a directory size beyond the file',
      'its central directory is not where the end of central directory record says',
      patched(plain, (b, _, e) => b.writeUInt16LE(9999, e + 12)),
    ],
    [
      'has a directory header with another signature',
      'its central directory is damaged: an entry has the wrong signature',
      patched(plain, (b, c) => b.writeUInt8(0, c)),
    ],
    ['has a local file header with another signature', NOT_FOUND, patched(plain, (b) => b.writeUInt8(0, 0))],
    [
      'has a local file header with another name length',
      ZIP.contradiction,
      patched(plain, (b) => b.writeUInt8(2, 26)),
    ],
    [
      'has a local file header with long extra fields',
      'its data overlaps the next entry or the central directory',
      patched(plain, (b) => b.writeUInt8(1, 28)),
    ],
    [
      'has a local file header offset that is too high',
      ZIP.overlap('a'),
      patched(plain, (b, c) => b.writeUInt8(1, c + 42)),
    ],
    [
      'has a regular file with the name of a folder',
      'is marked as a file, but its name ends with "/"',
      rawZip([{ name: 'a/' }]),
    ],
    [
      'has a folder with the name of a file',
      ZIP.markedAsFolder,
      patched(plain, (b, c) => b.writeUInt32LE((0o040755 << 16) >>> 0, c + 38)),
    ],
    [
      'has a folder by its MS-DOS attribute',
      ZIP.markedAsFolder,
      patched(plain, (b, c) => b.writeUInt8(0x10, c + 38)),
    ],
    [
      'has a stored entry with two sizes',
      'is stored, but its compressed and uncompressed sizes differ',
      rawZip([{ name: 'a', data: 'abc', central: { size: 4 } }]),
    ],
    [
      'has a name that is not UTF-8',
      'the name of an entry is not valid UTF-8: \u00e9',
      rawZip([{ name: Buffer.from([0xe9]) }]),
    ],
  ])('that %s: %s', async (_, error, bytes) => {
    expect(await findError(bytes)).toBe(error);
  });

  test('exceeds a limit by one', async () => {
    const bytes = rawZip([{ name: 'a' }, { name: 'b' }]);
    expect(await findError(bytes, { entries: 2, directory: 94 })).toBeUndefined();
    const tooMany = open(bytes, { entries: 1, directory: 94 });
    await expect(tooMany).rejects.toThrow(new ZipLimitError(ZIP.tooManyEntries(2, 1)));
    const tooLarge = open(bytes, { entries: 2, directory: 93 });
    await expect(tooLarge).rejects.toThrow(
      new ZipLimitError('its central directory has 94 bytes, over the limit of 93'),
    );
  });
});

describe('the data descriptor', () => {
  const data = 'abc';
  const header = { flags: DESCRIPTOR };
  const { crc, size } = { crc: 0x352441c2, size: data.length };

  /** Reads an entry that these values of 32 bits follow. */
  function readWith(values: readonly number[]): Promise<string | undefined> {
    const bytes = rawZip([{ name: 'a', data, local: header, central: header }]);
    const start = bytes.indexOf('PK\u0001\u0002', 0, 'latin1');
    const descriptor = Buffer.alloc(4 * values.length);
    for (const [index, value] of values.entries()) descriptor.writeUInt32LE(value, 4 * index);
    const result = Buffer.concat([bytes.subarray(0, start), descriptor, bytes.subarray(start)]);
    result.writeUInt32LE(start + descriptor.length, result.length - 6);
    return findError(result);
  }

  const SIGNATURE = 0x08074b50;
  test.each<[string, readonly number[]]>([
    ['without signature', [crc, size, size]],
    ['with signature', [SIGNATURE, crc, size, size]],
    ['with zip64 sizes', [crc, size, 0, size, 0]],
    ['with signature and zip64 sizes', [SIGNATURE, crc, size, 0, size, 0]],
  ])('can be %s', async (_, values) => {
    expect(await readWith(values)).toBeUndefined();
  });

  test.each<[string, readonly number[]]>([
    ['be missing', []],
    ['be too short', [crc, size]],
    ['have another signature', [SIGNATURE + 1, crc, size, size]],
    ['have another CRC-32', [crc + 1, size, size]],
    ['have another compressed size', [crc, size + 1, size]],
    ['have another uncompressed size', [crc, size, size + 1]],
    ['have another zip64 compressed size', [crc, size, 1, size, 0]],
    ['have another zip64 uncompressed size', [crc, size, 0, size, 1]],
    ['have zip64 sizes that are too short', [crc, size, 0, size]],
  ])('must not %s', async (_, values) => {
    expect(await readWith(values)).toBe(ZIP.badDescriptor);
  });
});

describe('an entry', () => {
  const LARGE = Buffer.alloc(3 * MIB + 1, 'text of a large entry; ');
  const NOISE = deflateRawSync(LARGE, { level: 0 });

  async function openOnly(entry: RawEntry) {
    const zip = await open(rawZip([entry]));
    const [only] = zip.entries;
    if (only === undefined) throw new Error('the zip has no entry');
    return { zip, only };
  }

  test.each<[string, RawEntry]>([
    ['empty', { name: 'a' }],
    ['small and stored', { name: 'a', data: 'abc' }],
    ['small and deflated', { name: 'a', data: 'abc', deflated: true }],
    ['large and stored', { name: 'a', data: LARGE }],
    ['large and deflated', { name: 'a', data: LARGE, deflated: true }],
    ['large and hardly compressible', { name: 'a', data: NOISE, deflated: true }],
  ])('that is %s is read, as a whole and in chunks', async (_, entry) => {
    const { zip, only } = await openOnly(entry);
    const expected = Buffer.from(entry.data ?? '');
    expect((await zip.read(only)).equals(expected)).toBe(true);
    const chunks: Buffer[] = [];
    for await (const chunk of zip.chunks(only)) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(expected)).toBe(true);
    expect(Math.max(0, ...chunks.map(({ length }) => length))).toBeLessThanOrEqual(MIB);
  });

  test.each([
    ['small', Buffer.from('abc')],
    ['large', LARGE],
  ])('that is %s must have its uncompressed size', async (_, data) => {
    const withSize = (size: number) =>
      findError(rawZip([{ name: 'a', data, deflated: true, local: { size }, central: { size } }]));
    expect(await withSize(data.length)).toBeUndefined();
    expect(await withSize(data.length - 1)).toBe(ZIP.larger);
    expect(await withSize(data.length + 1)).toBe(
      'its uncompressed size is smaller than the central directory says',
    );
  });

  test.each([
    ['small', Buffer.from('abc')],
    ['large', LARGE],
  ])('that is %s must end with its deflated data', async (_, data) => {
    const deflated = Buffer.concat([deflateRawSync(data), Buffer.alloc(5)]);
    const bytes = patched(rawZip([{ name: 'a', data: deflated }]), (copy, central) => {
      const real = rawZip([{ name: 'a', data, deflated: true }]);
      for (const [header, offset] of [
        [real.indexOf('PK\u0001\u0002', 0, 'latin1'), central + 10],
        [0, 8],
      ] as const) {
        const from = header === 0 ? 8 : header + 10;
        real.copy(copy, offset, from, from + 10);
        real.copy(copy, offset + 14, from + 14, from + 18);
      }
    });
    expect(await findError(bytes)).toBe('its deflated data ends before its compressed size');
  });

  test('that is stored can be read in place', async () => {
    const { zip, only } = await openOnly({ name: 'a', data: 'abcdef' });
    const source = await zip.storedBytes(only);
    expect([source?.size, (await source?.read(2, 3))?.toString()]).toEqual([6, 'cde']);
  });

  test.each<[string, RawEntry]>([
    ['is deflated', { name: 'a', data: 'abc', deflated: true }],
    ['cannot be read', { name: 'a/', data: 'abc' }],
  ])('that %s cannot be read in place', async (_, entry) => {
    const { zip, only } = await openOnly(entry);
    expect(await zip.storedBytes(only)).toBeUndefined();
  });

  test('that cannot be read throws the reason', async () => {
    const { zip, only } = await openOnly({ name: 'a/', data: 'abc' });
    await expect(zip.read(only)).rejects.toThrow(new ZipError(`it ${ZIP.folderWithContent}`));
  });

  test('has a mode only if the zip was made on Unix or macOS', async () => {
    const bytes = rawZip([{ name: 'a', data: 'abc' }]);
    for (const [host, mode] of [
      [3, 0o100644],
      [19, 0o100644],
      [0, undefined],
    ] as const) {
      const { entries } = await open(patched(bytes, (copy, central) => copy.writeUInt8(host, central + 5)));
      expect(entries[0]?.mode).toBe(mode);
    }
  });

  test('that is a symbolic link is marked as such', async () => {
    const bytes = rawZip([{ name: 'a', data: 'abc' }]);
    const link = patched(bytes, (copy, central) => copy.writeUInt32LE((0o120777 << 16) >>> 0, central + 38));
    expect((await open(link)).entries[0]).toMatchObject({ isLink: true, problem: undefined });
    expect((await open(bytes)).entries[0]).toMatchObject({ isLink: false, problem: undefined });
  });

  test('is no longer read once the signal is aborted', async () => {
    const controller = new AbortController();
    const source = new MemorySource(rawZip([{ name: 'a', data: LARGE }]));
    const zip = await ZipFile.open(source, LIMITS, new Checkpoint(controller.signal));
    const [only] = zip.entries;
    if (only === undefined) throw new Error('the zip has no entry');
    controller.abort();
    await expect(zip.read(only)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

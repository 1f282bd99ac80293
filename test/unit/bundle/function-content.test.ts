import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import JSZip from 'jszip';
import { describe, expect, test } from 'vitest';
import { FILE_MODE } from '../../../src/bundle/file-modes.js';
import { FileSource } from '../../../src/bundle/file-source.js';
import { readBundle } from '../../../src/bundle/open-bundle.js';
import { verifyBundle } from '../../../src/bundle/verify-bundle.js';
import { BUNDLE_ZIP } from '../../../src/bundle/zip-limits.js';
import { AppsctlError } from '../../../src/core/diagnostics/error.js';
import { Findings } from '../../../src/core/diagnostics/findings.js';
import { MemorySource } from '../../../src/zip/byte-source.js';
import { writeZip } from '../../../src/zip/write-zip.js';
import { ZipFile } from '../../../src/zip/zip-file.js';
import { functionArchive, manifest, zip } from '../../support/bundle.js';
import { tempFolder } from '../../support/temp-folder.js';

const folder = await tempFolder();

/** Finds something about a bundle whose function `go` has this archive, stored as it is or packed. */
async function findingsOf(archive: Uint8Array, packing: 'stored' | 'packed' = 'stored'): Promise<string[]> {
  const text = Buffer.from(JSON.stringify(manifest()));
  const bytes =
    packing === 'stored'
      ? await writeZip(
          [
            { name: 'manifest.json', data: text },
            { name: 'go.zip', data: archive },
          ],
          FILE_MODE,
        )
      : await zip({ 'manifest.json': text, 'go.zip': archive });
  const bundle = await readBundle('bundle.zip', new MemorySource(bytes));
  const findings = new Findings();
  await verifyBundle(bundle, findings);
  return findings.all.map(
    ({ severity, location, message, fix }) => `${severity} ${location}: ${message} (${fix})`,
  );
}

/** The bytes with one text in place of another of the same length, wherever it stands. */
function replaced(bytes: Buffer, from: string, to: string): Buffer {
  expect(to).toHaveLength(from.length);
  return Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
}

/** An archive with index.js and a stored file x.txt that holds `content`. */
async function archiveWith(content: string): Promise<Buffer> {
  const archive = await JSZip.loadAsync(await functionArchive());
  archive.file('x.txt', content, { compression: 'STORE', unixPermissions: 0o100644 });
  return archive.generateAsync({ type: 'nodebuffer', platform: 'UNIX' });
}

describe.each(['stored', 'packed'] as const)('what stands in a function archive that is %s', (packing) => {
  test('is sound', async () => {
    expect(await findingsOf(await archiveWith('content'), packing)).toEqual([]);
  });

  test('is damaged', async () => {
    expect(await findingsOf(replaced(await archiveWith('content'), 'content', 'CONTENT'), packing)).toEqual([
      'error go.zip: x.txt: cannot be read: its CRC-32 checksum is wrong (build the archive again)',
    ]);
  });

  test('has two names', async () => {
    const archive = await archiveWith('content');
    const local = archive.indexOf('x.txt');
    archive.write('y', local);
    expect(await findingsOf(archive, packing)).toEqual([
      'error go.zip: x.txt: cannot be read: its local file header contradicts the central directory (build the archive again)',
    ]);
  });

  test('stands twice', async () => {
    const archive = await zip({ 'index.js': '', 'ab.js': '1', 'aa.js': '2' });
    expect(await findingsOf(replaced(archive, 'ab.js', 'aa.js'), packing)).toEqual([
      'error go.zip: aa.js: appears twice in the archive (build the archive again)',
    ]);
  });
});

test('a packed archive that is too large to be kept is looked at from outside alone', async () => {
  const archive = await archiveWith('content'.repeat(1_300_000));
  const damaged = replaced(archive, 'contentcontent', 'CONTENTcontent');
  expect(await findingsOf(damaged, 'packed')).toEqual([]);
  expect(await findingsOf(damaged, 'stored')).toEqual([
    expect.stringContaining('its CRC-32 checksum is wrong'),
  ]);
});

describe('a function archive', () => {
  test('may have links, with a warning, but no devices', async () => {
    const archive = new JSZip();
    archive.file('index.js', '', { unixPermissions: 0o100644 });
    archive.file('link.js', 'index.js', { unixPermissions: 0o120777 });
    const bytes = () => archive.generateAsync({ type: 'nodebuffer', platform: 'UNIX' });
    const warning =
      'warning go.zip: has links, which AWS Lambda keeps only if they point to something inside: link.js (replace them by what they point to)';
    expect(await findingsOf(await bytes())).toEqual([warning]);
    archive.file('fifo', '', { unixPermissions: 0o010644 });
    expect(await findingsOf(await bytes())).toEqual([
      'error go.zip: fifo: is a device, pipe or socket, not a file (leave it out)',
      warning,
    ]);
  });

  test('may have more entries than a bundle, up to a limit of its own', { timeout: 60_000 }, async () => {
    const archive = new JSZip();
    archive.file('index.js', '');
    for (let index = 0; index < 20_001; index++) archive.file(`node_modules/${index}.js`, '');
    const bytes = await archive.generateAsync({ type: 'nodebuffer' });
    await expect(ZipFile.open(new MemorySource(bytes), BUNDLE_ZIP)).rejects.toThrow(
      /over the limit of 20000$/,
    );
    expect(await findingsOf(bytes)).toEqual([]);
    expect(await findingsOf(endRecordOf(200_001n))).toEqual([
      'error go.zip: is too large: it has 200001 entries, over the limit of 200000 (leave out what the function does not need)',
    ]);
  });

  test('that is no zip says so', async () => {
    expect(await findingsOf(Buffer.from('x'))).toEqual([
      'error go.zip: is no sound zip: no end of central directory record: the file is truncated or not a zip (zip the code of go again)',
    ]);
  });
});

describe('the end records of a zip64', () => {
  /** The same zip, with a zip64 end record beside its own, which is changed then. */
  async function withZip64(change: (parts: { end64: Buffer; locator: Buffer; end: Buffer }) => void) {
    const bytes = await zip({ 'a.txt': 'a', 'b.txt': 'b' });
    const end = bytes.subarray(-22);
    const end64 = Buffer.alloc(56);
    end64.writeUInt32LE(0x06064b50);
    end64.writeBigUInt64LE(44n, 4);
    end64.writeBigUInt64LE(2n, 24);
    end64.writeBigUInt64LE(2n, 32);
    end64.writeBigUInt64LE(BigInt(end.readUInt32LE(12)), 40);
    end64.writeBigUInt64LE(BigInt(end.readUInt32LE(16)), 48);
    const locator = Buffer.alloc(20);
    locator.writeUInt32LE(0x07064b50);
    locator.writeBigUInt64LE(BigInt(bytes.length - 22), 8);
    locator.writeUInt32LE(1, 16);
    change({ end64, locator, end });
    return ZipFile.open(
      new MemorySource(Buffer.concat([bytes.subarray(0, -22), end64, locator, end])),
      BUNDLE_ZIP,
    );
  }

  test.each<[string, Parameters<typeof withZip64>[0]]>([
    ['the same', () => undefined],
    ['nothing', ({ end }) => end.fill(0xff, 8, 20)],
    ['only the count', ({ end }) => end.fill(0xff, 12, 20)],
  ])('may say %s as the plain one', async (_, change) => {
    expect((await withZip64(change)).entries.map(({ name }) => name)).toEqual(['a.txt', 'b.txt']);
  });

  const CONTRADICTION =
    'its zip64 end of central directory record contradicts its locator or its end of central directory record';
  const DAMAGED = 'its zip64 end of central directory record is damaged, or of a split zip';
  test.each<[string, string, Parameters<typeof withZip64>[0]]>([
    ['another count', CONTRADICTION, ({ end }) => end.fill(1, 8, 12)],
    ['another size', CONTRADICTION, ({ end }) => end.writeUInt32LE(46, 12)],
    ['another place', CONTRADICTION, ({ end }) => end.writeUInt32LE(0, 16)],
    ['a locator that points elsewhere', CONTRADICTION, ({ locator }) => locator.writeUInt32LE(0, 8)],
    ['another length', DAMAGED, ({ end64 }) => end64.writeUInt32LE(45, 4)],
    ['another disk', DAMAGED, ({ end64 }) => end64.writeUInt32LE(1, 16)],
    ['entries on other disks', DAMAGED, ({ end64 }) => end64.writeUInt32LE(1, 24)],
  ])('may not say %s, as readers differ', async (_, message, change) => {
    await expect(withZip64(change)).rejects.toThrow(message);
  });
});

/** The end of a zip64 that says how many entries there are. */
function endRecordOf(entries: bigint): Buffer {
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeBigUInt64LE(entries, 24);
  end64.writeBigUInt64LE(entries, 32);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50);
  locator.writeUInt32LE(1, 16);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.fill(0xff, 8, 20);
  return Buffer.concat([end64, locator, end]);
}

describe('a zip', () => {
  test('whose local header has flags that mean nothing for its data is read', async () => {
    const bytes = await zip({ 'a.txt': 'a' });
    bytes.writeUInt16LE(bytes.readUInt16LE(6) ^ 0x0806, 6);
    const opened = await ZipFile.open(new MemorySource(bytes), BUNDLE_ZIP);
    const [entry] = opened.entries;
    if (entry === undefined) throw new Error('no entry');
    expect((await opened.read(entry)).toString()).toBe('a');
  });

  test('with malformed extra fields is refused in words of our own', async () => {
    const bytes = await zip({ 'ü.txt': 'a' });
    bytes.writeUInt16LE(0xffff, bytes.lastIndexOf('up') + 2);
    await expect(ZipFile.open(new MemorySource(bytes), BUNDLE_ZIP)).rejects.toThrow(
      /^its central directory is damaged: the extra fields of an entry are malformed$/,
    );
  });
});

test.runIf(process.platform === 'linux')(
  'a pipe that nobody writes to is refused, not waited for',
  async () => {
    const pipe = join(folder, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    const error: unknown = await FileSource.open(pipe).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppsctlError);
    expect((error as AppsctlError).message).toBe(`${pipe} is not a regular file, not a bundle`);
  },
);

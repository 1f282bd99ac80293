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
import { type Finding, Findings } from '../../../src/core/diagnostics/findings.js';
import { MemorySource } from '../../../src/zip/byte-source.js';
import { writeZip } from '../../../src/zip/write-zip.js';
import { ZipFile } from '../../../src/zip/zip-file.js';
import { functionArchive, manifest, zip } from '../../support/bundle.js';
import { BUNDLE, FINDING, ZIP } from '../../support/messages/bundle.js';
import { tempFolder } from '../../support/temp-folder.js';

const folder = await tempFolder();

type Compression = 'stored' | 'compressed';

/** Verifies a bundle whose function `go` has this archive, stored or compressed. */
async function verify(archive: Uint8Array, compression: Compression = 'stored'): Promise<readonly Finding[]> {
  const text = Buffer.from(JSON.stringify(manifest()));
  const bytes =
    compression === 'stored'
      ? Buffer.concat(
          (
            await writeZip(
              [
                { name: 'manifest.json', data: text },
                { name: 'go.zip', data: archive },
              ],
              FILE_MODE,
            )
          ).chunks,
        )
      : await zip({ 'manifest.json': text, 'go.zip': archive });
  const bundle = await readBundle('bundle.zip', new MemorySource(bytes));
  const findings = new Findings();
  await verifyBundle(bundle, findings);
  return findings.all;
}

/** The rules and locations of the findings. */
async function verifyRules(archive: Uint8Array, compression?: Compression): Promise<string[]> {
  return (await verify(archive, compression)).map(({ rule, location }) => `${rule} ${location}`);
}

/** Replaces all occurrences of a text with another of the same length. */
function replace(bytes: Buffer, from: string, to: string): Buffer {
  expect(to).toHaveLength(from.length);
  return Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
}

/** An archive with index.js and a stored file x.txt with this content. */
async function createArchive(content: string): Promise<Buffer> {
  const archive = await JSZip.loadAsync(await functionArchive());
  archive.file('x.txt', content, { compression: 'STORE', unixPermissions: 0o100644 });
  return archive.generateAsync({ type: 'nodebuffer', platform: 'UNIX' });
}

describe.each(['stored', 'compressed'] as const)('a file in a function archive that is %s', (compression) => {
  test('is valid', async () => {
    expect(await verify(await createArchive('content'), compression)).toEqual([]);
  });

  test('is damaged', async () => {
    expect(await verify(replace(await createArchive('content'), 'content', 'CONTENT'), compression)).toEqual([
      {
        rule: 'zip/damaged-entry',
        severity: 'error',
        location: 'go.zip: x.txt',
        message: FINDING.unreadable(ZIP.wrongChecksum),
        fix: 'rebuild the archive',
      },
    ]);
  });

  test('has two names', async () => {
    const archive = await createArchive('content');
    const local = archive.indexOf('x.txt');
    archive.write('y', local);
    expect(await verifyRules(archive, compression)).toEqual(['zip/damaged-entry go.zip: x.txt']);
  });

  test('appears twice', async () => {
    const archive = await zip({ 'index.js': '', 'ab.js': '1', 'aa.js': '2' });
    expect(await verifyRules(replace(archive, 'ab.js', 'aa.js'), compression)).toEqual([
      'zip/duplicate-entry go.zip: aa.js',
    ]);
  });
});

test('the files of a large archive that is compressed in the bundle are not read', async () => {
  const archive = await createArchive('content'.repeat(1_300_000));
  const damaged = replace(archive, 'contentcontent', 'CONTENTcontent');
  expect(await verifyRules(damaged, 'compressed')).toEqual([]);
  expect(await verifyRules(damaged, 'stored')).toEqual(['zip/damaged-entry go.zip: x.txt']);
});

describe('a function archive', () => {
  test('may have links, with a warning, but not devices', async () => {
    const archive = new JSZip();
    archive.file('index.js', '', { unixPermissions: 0o100644 });
    archive.file('link.js', 'index.js', { unixPermissions: 0o120777 });
    const bytes = () => archive.generateAsync({ type: 'nodebuffer', platform: 'UNIX' });
    const warning = {
      rule: 'zip/link',
      severity: 'warning',
      location: 'go.zip',
      message: FINDING.links('link.js'),
      fix: 'replace them with what they point to',
    };
    expect(await verify(await bytes())).toEqual([warning]);
    archive.file('fifo', '', { unixPermissions: 0o010644 });
    expect(await verifyRules(await bytes())).toEqual([
      'zip/unsupported-entry go.zip: fifo',
      'zip/link go.zip',
    ]);
  });

  test('may have more entries than a bundle, up to another limit', { timeout: 60_000 }, async () => {
    const archive = new JSZip();
    archive.file('index.js', '');
    for (let index = 0; index < 20_001; index++) archive.file(`node_modules/${index}.js`, '');
    const bytes = await archive.generateAsync({ type: 'nodebuffer' });
    await expect(ZipFile.open(new MemorySource(bytes), BUNDLE_ZIP)).rejects.toThrow(
      /over the limit of 20000$/,
    );
    expect(await verify(bytes)).toEqual([]);
    expect(await verify(endRecordOf(200_001n))).toMatchObject([
      {
        rule: 'function/too-large',
        location: 'go.zip',
        message: `is too large: ${ZIP.tooManyEntries(200_001, 200_000)}`,
      },
    ]);
  });

  test('must be a zip', async () => {
    expect(await verify(Buffer.from('x'))).toMatchObject([
      { rule: 'zip/invalid', location: 'go.zip', fix: 'zip the code of go again' },
    ]);
    expect(await verifyRules(Buffer.alloc(0))).toEqual(['function/empty-archive go.zip']);
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
    ['another position', CONTRADICTION, ({ end }) => end.writeUInt32LE(0, 16)],
    ['a locator that points elsewhere', CONTRADICTION, ({ locator }) => locator.writeUInt32LE(0, 8)],
    ['another length', DAMAGED, ({ end64 }) => end64.writeUInt32LE(45, 4)],
    ['another disk', DAMAGED, ({ end64 }) => end64.writeUInt32LE(1, 16)],
    ['entries on other disks', DAMAGED, ({ end64 }) => end64.writeUInt32LE(1, 24)],
  ])('must not say %s, as readers differ', async (_, message, change) => {
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
  'a pipe without a writer is refused and does not block',
  async () => {
    const pipe = join(folder, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    const error: unknown = await FileSource.open(pipe).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppsctlError);
    expect((error as AppsctlError).message).toBe(BUNDLE.pipe(pipe));
  },
);

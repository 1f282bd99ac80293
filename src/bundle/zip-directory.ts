import yauzl from 'yauzl';
import { decodeUtf8 } from '../core/text.js';
import { type ByteSource, PartInMemory } from './byte-source.js';
import type { EndRecord } from './end-record.js';
import { unicodeNames } from './extra-fields.js';
import { ZipError, ZipLimitError } from './zip-error.js';
import {
  DEFLATED,
  DIRECTORY_HEADER,
  DOS_FOLDER,
  ENCRYPTED,
  FILE_TYPE,
  LOCAL_HEADER,
  STORED,
  UNIX_HOSTS,
  ZIP64,
} from './zip-format.js';

/** An entry of a zip's directory. */
export interface ZipEntry {
  readonly name: string;
  /** Why it may not be read; undefined when it may. */
  readonly problem: string | undefined;
  /** Whether it is a symbolic link; its content is what it points to. */
  readonly isLink: boolean;
  /** Bytes when unpacked, as the directory says. */
  readonly size: number;
  readonly packedSize: number;
  /** Unix permissions and file type; undefined when the zip was made by a system without them. */
  readonly mode: number | undefined;
  /** Where its local header stands. */
  readonly offset: number;
  /** Where the next entry or the directory begins: its data must end before. */
  readonly end: number;
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly rawName: Buffer;
}

/** How large a directory may be. */
export interface ZipLimits {
  readonly entries: number;
  /** Bytes of the directory itself. */
  readonly directory: number;
}

/**
 * Reads the directory of a zip. yauzl parses it; what yauzl does not look at is checked here.
 *
 * @param archive the zip from its first byte
 * @param endRecord where the directory stands
 * @param limits how large the directory may be
 * @returns the entries in the order of the directory
 * @throws ZipError when the directory is damaged or its entries overlap, ZipLimitError when it is beyond the limits
 */
export async function readDirectory(
  archive: ByteSource,
  endRecord: EndRecord,
  limits: ZipLimits,
): Promise<ZipEntry[]> {
  const { entryCount, directorySize, directoryPosition, start } = endRecord;
  if (entryCount > limits.entries) {
    throw new ZipLimitError(`it has ${entryCount} entries, over the limit of ${limits.entries}`);
  }
  if (directorySize > limits.directory) {
    throw new ZipLimitError(
      `its directory has ${directorySize} bytes, over the limit of ${limits.directory}`,
    );
  }
  // yauzl reads each entry by itself: it reads them from memory.
  const directory = await archive.read(directoryPosition - start, directorySize);
  const raw = await parseWithYauzl(new PartInMemory(archive, directoryPosition - start, directory), limits);
  if (raw.length !== entryCount) {
    throw new ZipError(`its end record counts ${entryCount} entries, its directory has ${raw.length}`);
  }
  const bytes = raw.reduce((sum, entry) => sum + entryBytes(entry), 0);
  if (bytes !== directorySize) throw new ZipError('its directory holds more than the end record counts');
  const ends = entryEnds(raw, directoryPosition - start);
  return raw.map((entry) => {
    const name = nameOf(entry);
    if (entry.extraFields.filter(({ id }) => id === ZIP64).length > 1)
      throw new ZipError(`the entry ${name.slice(0, 200)} has several zip64 fields`);
    return {
      name,
      problem: problemOf(entry, name),
      isLink: typeOf(entry) === FILE_TYPE.link,
      size: entry.uncompressedSize,
      packedSize: entry.compressedSize,
      mode: UNIX_HOSTS.has(entry.versionMadeBy >>> 8) ? entry.externalFileAttributes >>> 16 : undefined,
      offset: entry.relativeOffsetOfLocalHeader,
      end: ends.get(entry) ?? 0,
      method: entry.compressionMethod,
      flags: entry.generalPurposeBitFlag,
      crc: entry.crc32,
      rawName: entry.fileNameRaw,
    };
  });
}

/** What makes an entry unfit to be read; undefined when nothing does. */
function problemOf(entry: yauzl.Entry, name: string): string | undefined {
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) return 'is encrypted';
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    return `is packed by method ${entry.compressionMethod}: only stored and deflate are read`;
  }
  if (entry.compressionMethod === STORED && entry.compressedSize !== entry.uncompressedSize) {
    return 'is stored as it is, but with two sizes';
  }
  const type = typeOf(entry);
  const isFolder = name.endsWith('/');
  const isKnown = type === 0 || type === FILE_TYPE.regular || type === FILE_TYPE.folder;
  if (!isKnown && type !== FILE_TYPE.link) return 'is a device or a pipe, not a file';
  if (isFolder && entry.uncompressedSize > 0) return 'is a folder with content of its own';
  if (isFolder && type === FILE_TYPE.regular) return 'is marked as a file, but named like a folder';
  const markedFolder = type === FILE_TYPE.folder || (entry.externalFileAttributes & DOS_FOLDER) !== 0;
  return !isFolder && markedFolder ? 'is marked as a folder, but named like a file' : undefined;
}

/** The type is looked at whatever system the entry says it comes from: so do readers that extract. */
function typeOf(entry: yauzl.Entry): number {
  return (entry.externalFileAttributes >>> 16) & FILE_TYPE.mask;
}

async function parseWithYauzl(archive: ByteSource, limits: ZipLimits): Promise<yauzl.Entry[]> {
  const options = {
    lazyEntries: true,
    autoClose: false,
    decodeStrings: false,
    validateEntrySizes: false,
  } as const;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(error instanceof ZipError ? error : damaged(error));
    yauzl.fromRandomAccessReader(new YauzlReader(archive), archive.size, options, (error, zip) => {
      if (error) return fail(error);
      const entries: yauzl.Entry[] = [];
      zip.on('error', fail);
      zip.on('end', () => resolve(entries));
      zip.on('entry', (entry: yauzl.Entry) => {
        entries.push(entry);
        // The end record is not to be trusted with how much memory its entries take.
        if (entries.length > limits.entries) fail(new ZipLimitError(`it has over ${limits.entries} entries`));
        else zip.readEntry();
      });
      zip.readEntry();
    });
  });
}

/** What yauzl says of a directory, in words that do not depend on it. */
function damaged(error: Error): ZipError {
  const [, detail] = DAMAGES.find(([pattern]) => pattern.test(error.message)) ?? [];
  return new ZipError(
    detail === undefined ? 'its directory is damaged' : `its directory is damaged: ${detail}`,
    { cause: error },
  );
}

const DAMAGES: readonly (readonly [RegExp, string])[] = [
  [/zip64/, 'the zip64 field of an entry is missing or too short'],
  [/extra field/, 'the extra fields of an entry are malformed'],
  [/strong encryption/, 'an entry is strongly encrypted'],
  [/signature/, 'an entry does not begin where the one before it ends'],
];

/** The bytes that an entry takes in the directory. */
function entryBytes({ fileNameLength, extraFieldLength, fileCommentLength }: yauzl.Entry): number {
  return DIRECTORY_HEADER.bytes + fileNameLength + extraFieldLength + fileCommentLength;
}

/** Where each entry must end: entries that overlap would unpack the same bytes again and again, or as something else. */
function entryEnds(entries: readonly yauzl.Entry[], directoryOffset: number): Map<yauzl.Entry, number> {
  const sorted = [...entries].sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  const ends = new Map<yauzl.Entry, number>();
  for (const [index, entry] of sorted.entries()) {
    const limit = sorted[index + 1]?.relativeOffsetOfLocalHeader ?? directoryOffset;
    const least =
      entry.relativeOffsetOfLocalHeader +
      LOCAL_HEADER.bytes +
      entry.fileNameRaw.length +
      entry.compressedSize;
    if (least > limit) {
      const name = entry.fileNameRaw.toString('utf8').slice(0, 200);
      throw new ZipError(`the entry ${name} runs into the next one, or past the directory`);
    }
    ends.set(entry, limit);
  }
  return ends;
}

/**
 * The name as UTF-8, whether the entry says so or not; else the one that Info-ZIP's Unicode Path fields give. A
 * field that contradicts a valid name, or another field, would make readers disagree.
 * Format: APPNOTE.TXT 6.3.10, appendix D.
 */
function nameOf({ fileNameRaw, extraFields }: yauzl.Entry): string {
  const plain = decodeUtf8(fileNameRaw);
  const others = unicodeNames(extraFields, fileNameRaw);
  const name = plain ?? others[0];
  if (name === undefined) {
    throw new ZipError(`the name of an entry is not UTF-8: ${fileNameRaw.toString('latin1').slice(0, 200)}`);
  }
  const second = others.findIndex((other) => other !== name);
  if (second !== -1) throw new ZipError(secondName(name, others[second]));
  return name;
}

/** Says that an entry has two names. */
function secondName(name: string, other: string | undefined): string {
  const shown = name.slice(0, 200);
  return other === undefined
    ? `the entry ${shown} has a second name, which is not UTF-8`
    : `the entry ${shown} has a second name, ${other.slice(0, 200)}`;
}

/** Lets yauzl read from a ByteSource. */
class YauzlReader extends yauzl.RandomAccessReader {
  constructor(private readonly source: ByteSource) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.source.read(position, length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        callback(
          bytes.length === length ? null : new ZipError('its directory has less than the end record counts'),
        );
      },
      (error: Error) => callback(error),
    );
  }

  override _readStreamForRange(): never {
    throw new Error('entries are read by ZipFile, not by yauzl');
  }
}

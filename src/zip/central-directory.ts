import type yauzl from 'yauzl';
import type { Checkpoint } from '../core/async/checkpoint.js';
import { decodeUtf8 } from '../core/text.js';
import { BufferedRangeSource, type ByteSource } from './byte-source.js';
import type { EndOfCentralDirectory } from './end-of-central-directory.js';
import { readUnicodeNames } from './extra-fields.js';
import { parseWithYauzl } from './parse-with-yauzl.js';
import { ZipError, ZipLimitError } from './zip-error.js';
import {
  CENTRAL_DIRECTORY_HEADER,
  DEFLATED,
  DOS_DIRECTORY,
  ENCRYPTED,
  FILE_TYPE,
  LOCAL_FILE_HEADER,
  STORED,
  UNIX_HOSTS,
  ZIP64_FIELD,
} from './zip-format.js';

/** An entry, as the central directory describes it. */
export interface ZipEntry {
  readonly name: string;
  /** Why the entry cannot be read; undefined if it can. */
  readonly problem: string | undefined;
  /** True for a symbolic link, whose content is its target. */
  readonly isLink: boolean;
  /** Uncompressed size in bytes. */
  readonly size: number;
  /** Compressed size in bytes. */
  readonly compressedSize: number;
  /** Unix file type and permissions; undefined if the zip was made on another system. */
  readonly mode: number | undefined;
  /** Position of the local file header. */
  readonly offset: number;
  /** Position of the next entry or the central directory, which the data must not overlap. */
  readonly end: number;
  /** Compression method. */
  readonly method: number;
  /** General purpose bit flag. */
  readonly flags: number;
  readonly crc: number;
  /** The name in the header, which an extra field can replace. */
  readonly rawName: Buffer;
}

/** Limits of a central directory. */
export interface ZipLimits {
  /** Number of entries. */
  readonly entries: number;
  /** Size in bytes. */
  readonly directory: number;
}

/**
 * Reads the central directory. yauzl parses it; this module checks what yauzl does not.
 *
 * @param archive starts with the first byte of the zip
 * @returns the entries in the order of the central directory
 * @throws ZipError if the central directory is damaged or entries overlap, ZipLimitError if it exceeds the limits
 */
export async function readCentralDirectory(
  archive: ByteSource,
  eocd: EndOfCentralDirectory,
  limits: ZipLimits,
  checkpoint: Checkpoint,
): Promise<ZipEntry[]> {
  const { entryCount, directorySize, directoryPosition, start } = eocd;
  if (entryCount > limits.entries) {
    throw new ZipLimitError(`it has ${entryCount} entries, over the limit of ${limits.entries}`);
  }
  if (directorySize > limits.directory) {
    throw new ZipLimitError(
      `its central directory has ${directorySize} bytes, over the limit of ${limits.directory}`,
    );
  }
  // In memory, because yauzl reads each entry separately.
  const directory = await archive.read(directoryPosition - start, directorySize);
  const inMemory = new BufferedRangeSource(archive, directoryPosition - start, directory);
  const entries: MutableEntry[] = [];
  let bytes = 0;
  await parseWithYauzl(inMemory, limits.entries, checkpoint, (entry) => {
    bytes += headerSize(entry);
    entries.push(toZipEntry(entry));
  });
  if (entries.length !== entryCount) {
    throw new ZipError(
      `its central directory has ${entries.length} entries, but the end of central directory record says ${entryCount}`,
    );
  }
  if (bytes !== directorySize) {
    throw new ZipError('the number of entries and the size of its central directory do not match');
  }
  setEnds(entries, directoryPosition - start);
  return entries;
}

/** `end` is set once all entries are known. */
type MutableEntry = Omit<ZipEntry, 'end'> & { end: number };

function toZipEntry(entry: yauzl.Entry): MutableEntry {
  const name = decodeEntryName(entry);
  if (entry.extraFields.filter(({ id }) => id === ZIP64_FIELD).length > 1)
    throw new ZipError(`the entry ${truncate(name)} has several zip64 extra fields`);
  return {
    name,
    problem: findProblem(entry, name),
    isLink: readFileType(entry) === FILE_TYPE.link,
    size: entry.uncompressedSize,
    compressedSize: entry.compressedSize,
    mode: UNIX_HOSTS.has(entry.versionMadeBy >>> 8) ? entry.externalFileAttributes >>> 16 : undefined,
    offset: entry.relativeOffsetOfLocalHeader,
    end: 0,
    method: entry.compressionMethod,
    flags: entry.generalPurposeBitFlag,
    crc: entry.crc32,
    rawName: entry.fileNameRaw,
  };
}

/** Returns why an entry cannot be read; undefined if it can. */
function findProblem(entry: yauzl.Entry, name: string): string | undefined {
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) return 'is encrypted';
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    return `has compression method ${entry.compressionMethod}: only stored and deflated entries are supported`;
  }
  if (entry.compressionMethod === STORED && entry.compressedSize !== entry.uncompressedSize) {
    return 'is stored, but its compressed and uncompressed sizes differ';
  }
  const type = readFileType(entry);
  const isDirectory = name.endsWith('/');
  const isFileOrDirectory = type === 0 || type === FILE_TYPE.regular || type === FILE_TYPE.directory;
  if (!isFileOrDirectory && type !== FILE_TYPE.link) return 'is a device, pipe or socket, not a file';
  if (isDirectory && entry.uncompressedSize > 0) return 'is a folder, but has content';
  if (isDirectory && type === FILE_TYPE.regular) return 'is marked as a file, but its name ends with "/"';
  const isMarked = type === FILE_TYPE.directory || (entry.externalFileAttributes & DOS_DIRECTORY) !== 0;
  return !isDirectory && isMarked ? 'is marked as a folder, but its name does not end with "/"' : undefined;
}

/** The file type counts whatever host the entry names, because tools that extract zips use it regardless. */
function readFileType(entry: yauzl.Entry): number {
  return (entry.externalFileAttributes >>> 16) & FILE_TYPE.mask;
}

/** The size of an entry's central directory header. */
function headerSize({ fileNameLength, extraFieldLength, fileCommentLength }: yauzl.Entry): number {
  return CENTRAL_DIRECTORY_HEADER.bytes + fileNameLength + extraFieldLength + fileCommentLength;
}

/** Rejects entries that overlap, which would extract the same bytes repeatedly (a zip bomb) or as something else. */
function setEnds(entries: readonly MutableEntry[], directoryOffset: number): void {
  const sorted = [...entries].sort((a, b) => a.offset - b.offset);
  for (const [index, entry] of sorted.entries()) {
    entry.end = sorted[index + 1]?.offset ?? directoryOffset;
    if (entry.offset + LOCAL_FILE_HEADER.bytes + entry.rawName.length + entry.compressedSize > entry.end) {
      throw new ZipError(
        `the entry ${truncate(entry.name)} overlaps the next entry or the central directory`,
      );
    }
  }
}

/**
 * Decodes the name as UTF-8, whatever its flag says, or else takes it from the Unicode Path fields. A field that
 * contradicts a valid name, or another field, is rejected because readers differ in which name they use.
 * Format: APPNOTE.TXT 6.3.10, appendix D.
 */
function decodeEntryName({ fileNameRaw, extraFields }: yauzl.Entry): string {
  const others = readUnicodeNames(extraFields, fileNameRaw);
  const name = decodeUtf8(fileNameRaw) ?? others[0];
  if (name === undefined) {
    throw new ZipError(
      `the name of an entry is not valid UTF-8: ${fileNameRaw.toString('latin1').slice(0, 200)}`,
    );
  }
  const second = others.findIndex((other) => other !== name);
  if (second !== -1) throw new ZipError(describeSecondName(name, others[second]));
  return name;
}

function describeSecondName(name: string, other: string | undefined): string {
  const detail = other === undefined ? 'which is not valid UTF-8' : truncate(other);
  return `the entry ${truncate(name)} has a second name, ${detail}`;
}

/** Names in messages. */
function truncate(name: string): string {
  return name.slice(0, 200);
}

import type yauzl from 'yauzl';
import type { Checkpoint } from '../core/async/checkpoint.js';
import { decodeUtf8 } from '../core/text.js';
import { BufferedRangeSource, type ByteSource } from './byte-source.js';
import type { EndOfCentralDirectory } from './end-of-central-directory.js';
import { unicodeNames } from './extra-fields.js';
import { parseWithYauzl } from './parse-with-yauzl.js';
import { ZipError, ZipLimitError } from './zip-error.js';
import {
  CENTRAL_DIRECTORY_HEADER,
  DEFLATED,
  DOS_FOLDER,
  ENCRYPTED,
  FILE_TYPE,
  LOCAL_HEADER,
  STORED,
  UNIX_HOSTS,
  ZIP64_FIELD,
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
  readonly compressedSize: number;
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
 * @param checkpoint passed while the directory is read
 * @returns the entries in the order of the directory
 * @throws ZipError when the directory is damaged or its entries overlap, ZipLimitError when it is beyond the limits
 */
export async function readCentralDirectory(
  archive: ByteSource,
  endRecord: EndOfCentralDirectory,
  limits: ZipLimits,
  checkpoint: Checkpoint,
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
  const inMemory = new BufferedRangeSource(archive, directoryPosition - start, directory);
  const entries: PlacedEntry[] = [];
  let bytes = 0;
  await parseWithYauzl(inMemory, limits.entries, checkpoint, (entry) => {
    bytes += entryBytes(entry);
    entries.push(zipEntry(entry));
  });
  if (entries.length !== entryCount) {
    throw new ZipError(`its end record counts ${entryCount} entries, its directory has ${entries.length}`);
  }
  if (bytes !== directorySize) throw new ZipError('its directory holds more than the end record counts');
  findEnds(entries, directoryPosition - start);
  return entries;
}

/** An entry whose end is found once all of them are known. */
type PlacedEntry = Omit<ZipEntry, 'end'> & { end: number };

function zipEntry(entry: yauzl.Entry): PlacedEntry {
  const name = decodeEntryName(entry);
  if (entry.extraFields.filter(({ id }) => id === ZIP64_FIELD).length > 1)
    throw new ZipError(`the entry ${name.slice(0, 200)} has several zip64 fields`);
  return {
    name,
    problem: findProblem(entry, name),
    isLink: fileType(entry) === FILE_TYPE.link,
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

/** What makes an entry unfit to be read; undefined when nothing does. */
function findProblem(entry: yauzl.Entry, name: string): string | undefined {
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) return 'is encrypted';
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    return `is packed by method ${entry.compressionMethod}: only stored and deflate are read`;
  }
  if (entry.compressionMethod === STORED && entry.compressedSize !== entry.uncompressedSize) {
    return 'is stored as it is, but with two sizes';
  }
  const type = fileType(entry);
  const isFolder = name.endsWith('/');
  const isKnown = type === 0 || type === FILE_TYPE.regular || type === FILE_TYPE.folder;
  if (!isKnown && type !== FILE_TYPE.link) return 'is a device or a pipe, not a file';
  if (isFolder && entry.uncompressedSize > 0) return 'is a folder with content of its own';
  if (isFolder && type === FILE_TYPE.regular) return 'is marked as a file, but named like a folder';
  const markedFolder = type === FILE_TYPE.folder || (entry.externalFileAttributes & DOS_FOLDER) !== 0;
  return !isFolder && markedFolder ? 'is marked as a folder, but named like a file' : undefined;
}

/** The type is looked at whatever system the entry says it comes from: so do readers that extract. */
function fileType(entry: yauzl.Entry): number {
  return (entry.externalFileAttributes >>> 16) & FILE_TYPE.mask;
}

/** The bytes that an entry takes in the directory. */
function entryBytes({ fileNameLength, extraFieldLength, fileCommentLength }: yauzl.Entry): number {
  return CENTRAL_DIRECTORY_HEADER.bytes + fileNameLength + extraFieldLength + fileCommentLength;
}

/** Where each entry must end: entries that overlap would unpack the same bytes again and again, or as something else. */
function findEnds(entries: readonly PlacedEntry[], directoryOffset: number): void {
  const sorted = [...entries].sort((a, b) => a.offset - b.offset);
  for (const [index, entry] of sorted.entries()) {
    entry.end = sorted[index + 1]?.offset ?? directoryOffset;
    if (entry.offset + LOCAL_HEADER.bytes + entry.rawName.length + entry.compressedSize > entry.end) {
      const name = entry.name.slice(0, 200);
      throw new ZipError(`the entry ${name} runs into the next one, or past the directory`);
    }
  }
}

/**
 * The name as UTF-8, whether the entry says so or not; else the one that Info-ZIP's Unicode Path fields give. A
 * field that contradicts a valid name, or another field, would make readers disagree.
 * Format: APPNOTE.TXT 6.3.10, appendix D.
 */
function decodeEntryName({ fileNameRaw, extraFields }: yauzl.Entry): string {
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

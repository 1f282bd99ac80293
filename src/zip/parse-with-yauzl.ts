import yauzl from 'yauzl';
import type { Checkpoint } from '../core/async/checkpoint.js';
import type { ByteSource } from './byte-source.js';
import { ZipError, ZipLimitError } from './zip-error.js';

const ENTRIES_PER_CHECKPOINT = 500;

/**
 * Parses the central directory of a zip.
 *
 * @param archive starts with the first byte of the zip
 * @param maxEntries the entry count in the end of central directory record must not be trusted with memory
 * @param onEntry called for each entry, in the order of the central directory
 * @throws ZipError if the central directory is damaged, ZipLimitError if it has too many entries; what `onEntry` throws
 */
export async function parseWithYauzl(
  archive: ByteSource,
  maxEntries: number,
  checkpoint: Checkpoint,
  onEntry: (entry: yauzl.Entry) => void,
): Promise<void> {
  const options = {
    lazyEntries: true,
    autoClose: false,
    decodeStrings: false,
    validateEntrySizes: false,
  } as const;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(error instanceof ZipError ? error : toZipError(error));
    yauzl.fromRandomAccessReader(new YauzlReader(archive), archive.size, options, (error, zip) => {
      if (error) return fail(error);
      let count = 0;
      zip.on('error', fail);
      zip.on('end', resolve);
      zip.on('entry', (entry: yauzl.Entry) => {
        count++;
        if (count > maxEntries) return fail(new ZipLimitError(`it has over ${maxEntries} entries`));
        try {
          onEntry(entry);
        } catch (error) {
          return reject(error);
        }
        if (count % ENTRIES_PER_CHECKPOINT === 0) checkpoint.pass().then(() => zip.readEntry(), reject);
        else zip.readEntry();
      });
      zip.readEntry();
    });
  });
}

/** Translates an error of yauzl, so that messages do not depend on it. */
function toZipError(error: Error): ZipError {
  const [, detail] = DAMAGES.find(([pattern]) => pattern.test(error.message)) ?? [];
  return new ZipError(
    detail === undefined ? 'its central directory is damaged' : `its central directory is damaged: ${detail}`,
    { cause: error },
  );
}

const DAMAGES: readonly (readonly [RegExp, string])[] = [
  [/zip64/, 'the zip64 extra field of an entry is missing or too short'],
  [/extra field/, 'the extra fields of an entry are malformed'],
  [/strong encryption/, 'an entry is strongly encrypted'],
  [/signature/, 'an entry has the wrong signature'],
];

const TOO_SHORT = 'its central directory is shorter than the end of central directory record says';

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
        callback(bytes.length === length ? null : new ZipError(TOO_SHORT));
      },
      (error: Error) => callback(error),
    );
  }

  override _readStreamForRange(): never {
    throw new Error('entries are read by ZipFile, not by yauzl');
  }
}

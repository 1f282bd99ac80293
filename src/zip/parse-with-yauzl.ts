import yauzl from 'yauzl';
import type { Checkpoint } from '../core/async/checkpoint.js';
import type { ByteSource } from './byte-source.js';
import { ZipError, ZipLimitError } from './zip-error.js';

/** How many entries of a directory are read between two checkpoints. */
const ENTRIES_PER_CHECKPOINT = 500;

/**
 * Parses the directory of a zip.
 *
 * @param archive the zip from its first byte
 * @param limit how many entries there may be
 * @param checkpoint passed on the way
 * @param take is given each entry, in the order of the directory
 * @throws ZipError when the directory is damaged, ZipLimitError when it has too many entries; what `take` throws
 */
export async function parseWithYauzl(
  archive: ByteSource,
  limit: number,
  checkpoint: Checkpoint,
  take: (entry: yauzl.Entry) => void,
): Promise<void> {
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
      let count = 0;
      zip.on('error', fail);
      zip.on('end', resolve);
      zip.on('entry', (entry: yauzl.Entry) => {
        count++;
        // The end record is not to be trusted with how much memory its entries take.
        if (count > limit) return fail(new ZipLimitError(`it has over ${limit} entries`));
        try {
          take(entry);
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

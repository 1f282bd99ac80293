import { createHash } from 'node:crypto';
import { FileSource } from '../bundle/file-source.js';
import { createTemporaryFile, type TemporaryFile, temporaryFileError } from '../bundle/temporary-file.js';
import { throwIfAborted } from '../core/async/clock.js';
import { reportLongWait, type WaitContext } from '../core/async/poll.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { LIMITS } from '../core/limits.js';
import type { DownloadSource } from '../core/ports/download.js';
import { formatBytes, GIB, MIB } from '../core/units.js';

/** A connection that breaks off is common, and one attempt more is often enough. */
const ATTEMPTS = 2;

/** A download in progress. */
interface Transfer {
  readonly source: DownloadSource;
  readonly file: TemporaryFile;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** What has arrived. */
  bytes: number;
  /** Undefined when the sender does not say it. */
  expectedBytes: number | undefined;
}

/**
 * Downloads a bundle to a temporary file, which only this user can read. After a failure nothing is left.
 *
 * @param sha256 what the content must have, in hex; undefined for any content
 * @param maxBytes the limit for its size
 * @returns the file; the caller removes it
 * @throws AppsctlError LIMIT for one that is too large, INVALID_BUNDLE for another checksum, OUTPUT when it cannot be
 *   written, INTERRUPTED; NOT_FOUND, ACCESS_DENIED, NETWORK and SERVICE for a download that failed
 */
export async function downloadBundle(
  source: DownloadSource,
  sha256: string | undefined,
  context: WaitContext,
  maxBytes: number = LIMITS.total,
): Promise<TemporaryFile> {
  throwIfAborted(context.signal);
  const file = await createTemporaryFile();
  const end = new AbortController();
  const { signal } = end;
  const stop = (): void => end.abort();
  context.signal?.addEventListener('abort', stop);
  const transfer: Transfer = { source, file, maxBytes, signal, bytes: 0, expectedBytes: undefined };
  void reportLongWait(context, () => describe(transfer), signal);
  try {
    checkDigest(source.name, await receive(transfer), sha256);
    return file;
  } catch (error) {
    await file.remove();
    throwIfAborted(context.signal);
    throw error;
  } finally {
    context.signal?.removeEventListener('abort', stop);
    end.abort();
  }
}

function describe({ source, bytes, expectedBytes }: Transfer): string {
  const total = expectedBytes === undefined ? '' : ` of ${formatBytes(expectedBytes)}`;
  return `for ${source.name}: ${formatBytes(bytes)}${total} so far`;
}

/**
 * Checks the checksum of a bundle that is a file.
 *
 * @param sha256 in hex
 * @throws AppsctlError INVALID_BUNDLE for another checksum, for a folder, and for a file that cannot be read
 */
export async function checkFile(path: string, sha256: string): Promise<void> {
  const file = await FileSource.open(path);
  try {
    const hash = createHash('sha256');
    for (let position = 0; position < file.size; position += MIB) hash.update(await file.read(position, MIB));
    checkDigest(path, hash.digest('hex'), sha256);
  } finally {
    await file.close();
  }
}

/** @returns the SHA-256 of the content in hex */
async function receive(transfer: Transfer): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await receiveOnce(transfer);
    } catch (error) {
      const isTemporary = AppsctlError.is(error) && error.code === 'NETWORK';
      if (!isTemporary || attempt === ATTEMPTS || transfer.signal.aborted) throw error;
    }
  }
}

async function receiveOnce(transfer: Transfer): Promise<string> {
  const { handle } = transfer.file;
  const { length, chunks } = await transfer.source.open(transfer.signal);
  transfer.bytes = 0;
  transfer.expectedBytes = length;
  checkSize(transfer, length ?? 0);
  await write(() => handle.truncate(0));
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    const position = transfer.bytes;
    transfer.bytes += chunk.length;
    checkSize(transfer, transfer.bytes);
    hash.update(chunk);
    await write(async () => {
      for (let done = 0; done < chunk.length; ) {
        done += (await handle.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
      }
    });
  }
  return hash.digest('hex');
}

async function write(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw temporaryFileError(error);
  }
}

function checkSize({ source, maxBytes }: Transfer, bytes: number): void {
  if (bytes <= maxBytes) return;
  const message = `${source.name} is larger than ${maxBytes / GIB} GiB, the limit for bundles`;
  throw new AppsctlError('LIMIT', message, { hint: 'check that this is the bundle of an app' });
}

function checkDigest(name: string, actual: string, expected: string | undefined): void {
  if (expected === undefined || actual === expected.toLowerCase()) return;
  throw new AppsctlError('INVALID_BUNDLE', `${name} is not what it should be: its SHA-256 is ${actual}`, {
    hint: `expected ${expected.toLowerCase()}: check where the bundle comes from`,
  });
}

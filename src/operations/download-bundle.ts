import { createHash } from 'node:crypto';
import { FileSource } from '../bundle/file-source.js';
import {
  checkRoom,
  createTemporaryFile,
  type TemporaryFile,
  temporaryFileError,
} from '../bundle/temporary-file.js';
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

/** Where a bundle is saved, and how much of it. */
export interface DownloadLimits {
  /**
   * Bytes.
   *
   * @default the limit for bundles
   */
  readonly maxBytes?: number | undefined;
  /**
   * The folder of the temporary file.
   *
   * @default the one of the system
   */
  readonly folder?: string | undefined;
}

/**
 * Downloads a bundle to a temporary file, which only this user can read. After a failure nothing is left.
 *
 * @param sha256 what the content must have, in hex; undefined for any content
 * @returns the file; the caller removes it
 * @throws AppsctlError LIMIT for one that is too large, INVALID_BUNDLE for another checksum, OUTPUT when it cannot be
 *   written or there is no room for it, INTERRUPTED; NOT_FOUND, ACCESS_DENIED, NETWORK and SERVICE for a download that failed
 */
export async function downloadBundle(
  source: DownloadSource,
  sha256: string | undefined,
  context: WaitContext,
  { maxBytes = LIMITS.total, folder }: DownloadLimits = {},
): Promise<TemporaryFile> {
  throwIfAborted(context.signal);
  const file = await createTemporaryFile(folder);
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
  const { file } = transfer;
  const { length, sha256, chunks } = await transfer.source.open(transfer.signal);
  transfer.bytes = 0;
  transfer.expectedBytes = length;
  checkSize(transfer, length ?? 0);
  await write(file, () => file.handle.truncate(0));
  if (length !== undefined) await checkRoom(file, length);
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    const position = transfer.bytes;
    transfer.bytes += chunk.length;
    checkSize(transfer, transfer.bytes);
    hash.update(chunk);
    await write(file, async () => {
      for (let done = 0; done < chunk.length; ) {
        done += (await file.handle.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
      }
    });
  }
  const digest = hash.digest('hex');
  checkArrival(transfer, digest, sha256);
  return digest;
}

async function write({ folder }: TemporaryFile, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw temporaryFileError(folder, error);
  }
}

/** Checks that what the sender has announced has arrived. */
function checkArrival(
  { source, bytes, expectedBytes }: Transfer,
  digest: string,
  expectedDigest: string | undefined,
): void {
  const fail = (reason: string): AppsctlError =>
    new AppsctlError('NETWORK', `cannot download ${source.name}: ${reason}`, { hint: 'check the network' });
  if (expectedBytes !== undefined && bytes !== expectedBytes) {
    throw fail(`${bytes} of ${expectedBytes} bytes arrived`);
  }
  if (expectedDigest !== undefined && digest !== expectedDigest) {
    throw fail('what arrived has another SHA-256 than the sender states');
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

import { createHash } from 'node:crypto';
import type { BundleFunction } from '../core/app-bundle/bundle.js';
import { checkFunctionArchive } from '../core/app-bundle/function-archive.js';
import type { BundleDigests } from '../core/deploy-plan.js';
import type { Findings } from '../core/findings.js';
import { type ByteSource, MemorySource } from './byte-source.js';
import { ZipError } from './end-record.js';
import type { OpenBundle } from './open-bundle.js';
import { STORED, type ZipEntry } from './zip-directory.js';
import { ZipFile } from './zip-file.js';

/** As much of a packed archive's end as is kept at first: most directories fit. */
const TAIL = 1024 * 1024;

/**
 * Reads everything in a bundle: each entry's size and checksum, and the directory of each function's archive. What
 * is damaged shows before anything is changed. Memory stays small, however large the bundle.
 *
 * @param bundle an open bundle
 * @param findings takes what is damaged, and what AWS Lambda could not run
 * @returns digests of what is to be deployed
 */
export async function verifyBundle(bundle: OpenBundle, findings: Findings): Promise<BundleDigests> {
  const functions = new Map(bundle.functions.map((item) => [item.archive.name, item]));
  const assets = new Map(bundle.assets.map((asset) => [asset.entry.name, asset]));
  const digests = { functions: new Map<string, string>(), assets: new Map<string, string>() };
  for (const entry of bundle.zip.entries) {
    const item = functions.get(entry.name);
    const hash = createHash(item === undefined ? 'md5' : 'sha256');
    const tail = new Tail(TAIL);
    try {
      for await (const chunk of bundle.zip.chunks(entry)) {
        hash.update(chunk);
        if (item !== undefined && entry.method !== STORED) tail.push(chunk);
      }
      if (item !== undefined) await verifyFunction(bundle.zip, entry, item, tail, findings);
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      findings.error(entry.name, `cannot be read: ${error.message}`, 'build or download the bundle again');
    }
    const asset = assets.get(entry.name);
    if (item !== undefined) digests.functions.set(item.name, hash.digest('base64'));
    if (asset !== undefined) digests.assets.set(asset.key, hash.digest('hex'));
  }
  return digests;
}

async function verifyFunction(
  zip: ZipFile,
  entry: ZipEntry,
  item: BundleFunction,
  tail: Tail,
  findings: Findings,
): Promise<void> {
  const source = (await zip.storedBytes(entry)) ?? tail.source(entry.size);
  try {
    const archive = await ZipFile.open(source).catch(async (error: unknown) => {
      // The directory may be longer than the tail that was kept.
      if (!(error instanceof ZipError) || entry.size <= TAIL) throw error;
      return ZipFile.open(new MemorySource(await zip.read(entry)));
    });
    for (const { name, problem } of archive.entries) {
      if (problem !== undefined) findings.error(`${entry.name}: ${name}`, problem);
    }
    checkFunctionArchive(item, archive.entries, findings);
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    const message = entry.size === 0 ? 'is empty' : `is no sound zip: ${error.message}`;
    findings.error(entry.name, message, `put the code of ${item.name} into a zip`);
  }
}

/** The last bytes of a stream, as a part of the whole. */
class Tail {
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(private readonly limit: number) {}

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    while (this.size - (this.chunks[0]?.length ?? 0) >= this.limit)
      this.size -= this.chunks.shift()?.length ?? 0;
  }

  /** @param size bytes of the whole; what was not kept cannot be read */
  source(size: number): ByteSource {
    const bytes = Buffer.concat(this.chunks);
    const missing = size - bytes.length;
    return {
      size,
      read: async (position, length) => {
        if (position < missing) throw new ZipError('its directory does not stand at its end');
        return bytes.subarray(position - missing, position - missing + length);
      },
      close: async () => {},
    };
  }
}

import { createHash } from 'node:crypto';
import { type OpenBundle, type OpenPartialBundle, requireValid } from '../../bundle/open-bundle.js';
import { GO_RUNTIME } from '../../core/aws/runtimes.js';
import type { BundleEntry } from '../../core/bundle/bundle.js';
import { encodeTerraformData } from '../../core/deploy/terraform-data.js';
import type { Finding } from '../../core/diagnostics/findings.js';
import { changedBundle, invalidBundle } from '../../core/diagnostics/invalid-bundle.js';
import { encodeManifest } from '../../core/manifest/encode.js';
import { encodeAssetData } from '../../core/unpack/asset-data.js';
import {
  ASSETS_FILE,
  assetFile,
  checkFileNames,
  functionFile,
  MANIFEST_FILE,
  TERRAFORM_DATA_FILE,
} from '../../core/unpack/file-names.js';
import { migrateRuntimes } from '../deploy/migrate-runtimes.js';
import type { VerifiedBundle } from '../deploy/verify-for-deploy.js';
import { type ValidateOptions, validateWithDigests } from '../validate.js';
import { beginReplacement } from './replace-folder.js';
import { checkUnpackFolder, toUnpackError } from './target-folder.js';
import { type TreeFile, writeTree } from './write-tree.js';

/** Where a bundle is unpacked, and how. */
export interface UnpackOptions extends Pick<ValidateOptions, 'signal' | 'vocabulary' | 'migrateRuntimes'> {
  /** The path of the folder, which is replaced if an earlier run has written it. */
  readonly folder: string;
  /** The path of the bundle, which must not be in the folder; undefined if it is in memory. */
  readonly bundlePath: string | undefined;
  /** Called when the new folder is complete, before it is put into its place. */
  readonly beforeChanges?: (() => void | Promise<void>) | undefined;
}

/** A bundle that was unpacked. */
export interface UnpackedBundle {
  /** What Terraform needs to deploy it. */
  readonly json: string;
  /** Warnings and notes. */
  readonly findings: readonly Finding[];
}

/**
 * Validates a bundle as for a first deployment, and unpacks what a deployment would upload into a folder: all of it, or,
 * after an error or an interruption, nothing.
 *
 * @param partial the bundle as far as it could be read; the caller closes it
 * @param now milliseconds since the epoch, to know which runtimes have ended
 * @throws AppsctlError INVALID_BUNDLE with all findings; USAGE when the folder must not be replaced; OUTPUT when it
 *   cannot be written; INTERRUPTED once the signal is aborted
 */
export async function unpackBundle(
  partial: OpenPartialBundle,
  now: number,
  options: UnpackOptions,
): Promise<UnpackedBundle> {
  const { folder, bundlePath, signal } = options;
  const check = (): Promise<string> => checkUnpackFolder(folder, bundlePath);
  const target = await check();
  const { findings, digests } = await validateWithDigests(partial, now, { ...options, action: 'create' });
  checkFileNames(partial.file, partial, findings);
  if (findings.hasErrors) throw invalidBundle(partial.file, findings);
  const valid = { bundle: requireValid(partial), digests, findings };
  const isMigrated = ({ runtime }: { readonly runtime: string }): boolean =>
    options.migrateRuntimes === true && runtime === GO_RUNTIME;
  const verified = await migrateRuntimes(valid, isMigrated, signal);
  const json = encodeTerraformData(verified.bundle);
  const replacement = await explained(folder, async () => beginReplacement(target));
  try {
    await explained(folder, () => writeContent(replacement.path, verified, json, signal));
    await options.beforeChanges?.();
    await explained(folder, () => replacement.commit(check));
  } finally {
    await explained(folder, () => replacement.discard());
  }
  return { json, findings: findings.all };
}

/** Explains errors of the file system. */
async function explained<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toUnpackError(folder, error);
  }
}

async function writeContent(
  folder: string,
  { bundle, digests }: VerifiedBundle,
  json: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const sha256 = new Map<string, string>();
  const functions = bundle.functions.map(({ name, archive }) => ({
    path: functionFile(name),
    chunks: () => verifiedChunks(bundle, archive, 'sha256', 'base64', digests.functions.get(name)),
  }));
  const assets = bundle.assets.map(({ path, key, entry }) => ({
    path: assetFile(path),
    async *chunks() {
      const hash = createHash('sha256');
      for await (const chunk of verifiedChunks(bundle, entry, 'md5', 'hex', digests.assets.get(key))) {
        hash.update(chunk);
        yield chunk;
      }
      sha256.set(path, hash.digest('hex'));
    },
  }));
  const files: TreeFile[] = [
    { path: TERRAFORM_DATA_FILE, chunks: () => [Buffer.from(json)] },
    { path: MANIFEST_FILE, chunks: () => [encodeManifest(bundle.manifest)] },
    ...functions,
    ...assets,
  ];
  // The digests of the assets are known once these are written.
  const last = { path: ASSETS_FILE, chunks: () => [Buffer.from(encodeAssetData(bundle.assets, sha256))] };
  await writeTree(folder, files, last, signal);
}

/** @throws AppsctlError INVALID_BUNDLE when an entry is not what was verified */
async function* verifiedChunks(
  bundle: OpenBundle,
  entry: BundleEntry,
  algorithm: 'md5' | 'sha256',
  encoding: 'base64' | 'hex',
  verified: string | undefined,
): AsyncGenerator<Buffer> {
  const hash = createHash(algorithm);
  for await (const chunk of bundle.chunks(entry)) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest(encoding) !== verified) throw changedBundle(bundle.file, entry.name);
}

import { createHash } from 'node:crypto';
import type { OpenBundle } from '../bundle/open-bundle.js';
import { type BundleDigests, verifyBundle } from '../bundle/verify-bundle.js';
import { checkAwsNames } from '../core/bundle/aws-names.js';
import type { BundleFunction } from '../core/bundle/bundle.js';
import { checkInstallation } from '../core/bundle/check-installation.js';
import { checkRuntime } from '../core/bundle/check-runtimes.js';
import { Findings } from '../core/diagnostics/findings.js';
import { invalidBundle } from '../core/diagnostics/invalid-bundle.js';
import type { Vocabulary } from '../core/diagnostics/vocabulary.js';

/** Options of {@link validate}. */
export interface ValidateOptions {
  /** Aborts the reading. */
  readonly signal?: AbortSignal | undefined;
  /** What fixes call the options that they name. @default the options of the library */
  readonly words?: Vocabulary | undefined;
}

/**
 * Reads a whole bundle and checks everything that can be checked without a network.
 *
 * @param bundle an open bundle; the caller closes it
 * @param now milliseconds since the epoch, to know which runtimes have ended
 * @returns all findings
 * @throws AppsctlError INTERRUPTED once the signal is aborted
 */
export async function validate(
  bundle: OpenBundle,
  now: number,
  { signal, words }: ValidateOptions = {},
): Promise<Findings> {
  const findings = new Findings(words);
  await runChecks(bundle, findings, signal);
  for (const item of bundle.functions) checkRuntime(item, 'unknown', now, findings);
  return findings;
}

/** A bundle that is valid, as far as that can be checked without a network. */
export interface VerifiedBundle {
  readonly bundle: OpenBundle;
  readonly digests: BundleDigests;
  /** Warnings and notes. */
  readonly findings: Findings;
}

/**
 * Reads and checks a whole bundle for a deployment.
 *
 * @param signal aborts the reading
 * @throws AppsctlError INVALID_BUNDLE with all findings, when it is not valid; INTERRUPTED once the signal is aborted
 */
export async function verifyForDeploy(bundle: OpenBundle, signal?: AbortSignal): Promise<VerifiedBundle> {
  const findings = new Findings();
  const digests = await runChecks(bundle, findings, signal);
  if (findings.hasErrors) throw invalidBundle(bundle.file, findings);
  return { bundle, digests, findings };
}

/**
 * Migrates functions from runtime go1.x to provided.al2023.
 *
 * @param isMigrated selects the functions
 * @param signal aborts the migration
 * @throws AppsctlError INVALID_BUNDLE when a program cannot run there; INTERRUPTED once the signal is aborted
 */
export async function migrateRuntimes(
  verified: VerifiedBundle,
  isMigrated: (item: BundleFunction) => boolean,
  signal?: AbortSignal,
): Promise<VerifiedBundle> {
  const { bundle, digests } = verified;
  const items = bundle.functions.filter(isMigrated);
  if (items.length === 0) return verified;
  // Imported here, because it loads the zip writer, which few deployments need.
  const { migrateGo } = await import('../bundle/migrate-go.js');
  const migrated = await migrateGo(bundle, items, signal);
  const findings = new Findings();
  findings.add(verified.findings.all);
  const functions = new Map(digests.functions);
  for (const item of migrated.functions) {
    if (!items.some(({ name }) => name === item.name)) continue;
    const hash = createHash('sha256').update(await migrated.read(item.archive));
    functions.set(item.name, hash.digest('base64'));
    const message = `function ${item.name} is deployed with runtime ${item.runtime} instead of go1.x: a bootstrap script starts its program`;
    findings.warning('runtime/migrated', `${item.location}.runtime`, message);
  }
  return { bundle: migrated, digests: { ...digests, functions }, findings };
}

async function runChecks(
  bundle: OpenBundle,
  findings: Findings,
  signal: AbortSignal | undefined,
): Promise<BundleDigests> {
  findings.add(bundle.findings);
  checkAwsNames(bundle, findings);
  checkInstallation(bundle, findings);
  return verifyBundle(bundle, findings, signal);
}

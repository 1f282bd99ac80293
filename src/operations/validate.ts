import { createHash } from 'node:crypto';
import type { OpenBundle } from '../bundle/open-bundle.js';
import { type BundleDigests, verifyBundle } from '../bundle/verify-bundle.js';
import { checkAwsNames } from '../core/bundle/aws-names.js';
import type { BundleFunction } from '../core/bundle/bundle.js';
import { checkInstallation } from '../core/bundle/check-installation.js';
import { checkRuntime } from '../core/bundle/check-runtimes.js';
import { Findings } from '../core/diagnostics/findings.js';
import { invalidBundle } from '../core/diagnostics/invalid-bundle.js';

/**
 * Reads the whole of a bundle and checks all that can be checked without a network.
 *
 * @param bundle an open bundle; the caller closes it
 * @param now milliseconds since the epoch: runtimes end on certain days
 * @param signal interrupts the reading
 * @returns everything that was found
 * @throws AppsctlError INTERRUPTED once the signal is aborted
 */
export async function validate(bundle: OpenBundle, now: number, signal?: AbortSignal): Promise<Findings> {
  const { findings } = await runChecks(bundle, signal);
  for (const item of bundle.functions) checkRuntime(item, 'unknown', now, findings);
  return findings;
}

/** A bundle that can be deployed, as far as can be told without a network. */
export interface VerifiedBundle {
  readonly bundle: OpenBundle;
  readonly digests: BundleDigests;
  /** Warnings and notes. */
  readonly findings: Findings;
}

/**
 * Reads the whole of a bundle for a deployment.
 *
 * @param signal interrupts the reading
 * @throws AppsctlError INVALID_BUNDLE with all findings, when it is not valid; INTERRUPTED once the signal is aborted
 */
export async function verifyForDeploy(bundle: OpenBundle, signal?: AbortSignal): Promise<VerifiedBundle> {
  const { findings, digests } = await runChecks(bundle, signal);
  if (findings.errors.length > 0) throw invalidBundle(bundle.file, findings);
  return { bundle, digests, findings };
}

/**
 * Makes functions with the runtime go1.x run on provided.al2023.
 *
 * @param isMigrated which ones
 * @param signal interrupts this
 * @throws AppsctlError INVALID_BUNDLE for a program that would not run there; INTERRUPTED once the signal is aborted
 */
export async function migrateRuntimes(
  verified: VerifiedBundle,
  isMigrated: (item: BundleFunction) => boolean,
  signal?: AbortSignal,
): Promise<VerifiedBundle> {
  const { bundle, digests } = verified;
  const items = bundle.functions.filter(isMigrated);
  if (items.length === 0) return verified;
  // Loaded only when it is needed: it writes zips, and few deployments do.
  const { migrateGo } = await import('../bundle/migrate-go.js');
  const migrated = await migrateGo(bundle, items, signal);
  const findings = new Findings();
  findings.add(verified.findings.all);
  const functions = new Map(digests.functions);
  for (const item of migrated.functions) {
    if (!items.some(({ name }) => name === item.name)) continue;
    const hash = createHash('sha256').update(await migrated.read(item.archive));
    functions.set(item.name, hash.digest('base64'));
    findings.warning(
      `function ${item.name}`,
      `is deployed with runtime ${item.runtime} instead of go1.x: a bootstrap script starts its program`,
    );
  }
  return { bundle: migrated, digests: { ...digests, functions }, findings };
}

async function runChecks(
  bundle: OpenBundle,
  signal: AbortSignal | undefined,
): Promise<{ findings: Findings; digests: BundleDigests }> {
  const findings = new Findings();
  findings.add(bundle.findings);
  checkAwsNames(bundle, findings);
  checkInstallation(bundle, findings);
  const digests = await verifyBundle(bundle, findings, signal);
  return { findings, digests };
}

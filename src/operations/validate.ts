import { createHash } from 'node:crypto';
import type { OpenBundle } from '../bundle/open-bundle.js';
import { type BundleDigests, verifyBundle } from '../bundle/verify-bundle.js';
import { checkAwsNames } from '../core/app-bundle/aws-names.js';
import { checkInstallation } from '../core/app-bundle/check-installation.js';
import { checkRuntime } from '../core/app-bundle/check-runtimes.js';
import { invalidBundle } from '../core/app-bundle/invalid-bundle.js';
import { Findings } from '../core/findings.js';

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
  const { findings } = await inspect(bundle, signal);
  for (const item of bundle.functions) checkRuntime(item, 'undecided', now, findings);
  return findings;
}

/** A bundle that can be deployed, as far as can be told without a network. */
export interface SoundBundle {
  readonly bundle: OpenBundle;
  readonly digests: BundleDigests;
  /** Warnings and notes. */
  readonly findings: Findings;
}

/**
 * Reads the whole of a bundle for a deployment.
 *
 * @param migrateRuntimes whether functions with the runtime go1.x are made to run on provided.al2023
 * @param signal interrupts the reading
 * @throws AppsctlError INVALID_BUNDLE with all findings, when it is not valid; INTERRUPTED once the signal is aborted
 */
export async function prepare(
  bundle: OpenBundle,
  migrateRuntimes: boolean,
  signal?: AbortSignal,
): Promise<SoundBundle> {
  const { findings, digests } = await inspect(bundle, signal);
  if (findings.errors.length > 0) throw invalidBundle(bundle.file, findings);
  if (!migrateRuntimes) return { bundle, digests, findings };
  // Loaded only when it is needed: it writes zips, and few deployments do.
  const { migrateGo } = await import('../bundle/migrate-go.js');
  const { bundle: changed, migrated } = await migrateGo(bundle, signal);
  const functions = new Map(digests.functions);
  for (const item of changed.functions) {
    if (!migrated.includes(item.name)) continue;
    functions.set(
      item.name,
      createHash('sha256')
        .update(await changed.read(item.archive))
        .digest('base64'),
    );
    findings.warning(
      item.name,
      `is deployed with the runtime ${item.runtime} instead of go1.x: a bootstrap script starts its program`,
    );
  }
  return { bundle: changed, digests: { ...digests, functions }, findings };
}

async function inspect(
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

import type { BundleFunction } from '../../core/bundle/bundle.js';
import { reportMigrated } from '../../core/bundle/check-runtimes.js';
import { Findings } from '../../core/diagnostics/findings.js';
import type { VerifiedBundle } from './verify-for-deploy.js';

/**
 * Migrates functions from runtime go1.x to provided.al2023.
 *
 * @param mustMigrate selects the functions
 * @param signal aborts the migration
 * @throws AppsctlError INVALID_BUNDLE when a program cannot run there; INTERRUPTED once the signal is aborted
 */
export async function migrateRuntimes(
  verified: VerifiedBundle,
  mustMigrate: (item: BundleFunction) => boolean,
  signal?: AbortSignal,
): Promise<VerifiedBundle> {
  const { bundle, digests } = verified;
  const items = bundle.functions.filter(mustMigrate);
  if (items.length === 0) return verified;
  // Imported here, because it loads the zip writer, which few deployments need.
  const { migrateGo } = await import('../../bundle/migrate-go.js');
  const { bundle: migrated, sha256 } = await migrateGo(bundle, items, signal);
  const findings = new Findings();
  findings.add(verified.findings.all);
  for (const item of migrated.functions) {
    if (sha256.has(item.name)) reportMigrated(item, findings);
  }
  const functions = new Map([...digests.functions, ...sha256]);
  return { bundle: migrated, digests: { ...digests, functions }, findings };
}

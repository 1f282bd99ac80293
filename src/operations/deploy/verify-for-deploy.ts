import type { OpenBundle } from '../../bundle/open-bundle.js';
import type { BundleDigests } from '../../bundle/verify-bundle.js';
import { Findings } from '../../core/diagnostics/findings.js';
import { invalidBundle } from '../../core/diagnostics/invalid-bundle.js';
import { checkBundle } from '../check-bundle.js';

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
  const digests = await checkBundle(bundle, findings, signal);
  if (findings.hasErrors) throw invalidBundle(bundle.file, findings);
  return { bundle, digests, findings };
}

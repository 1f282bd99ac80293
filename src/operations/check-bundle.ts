import type { OpenPartialBundle } from '../bundle/open-bundle.js';
import { type BundleDigests, verifyBundle } from '../bundle/verify-bundle.js';
import { checkAwsNames } from '../core/bundle/aws-names.js';
import { checkInstallation } from '../core/bundle/check-installation.js';
import type { Findings } from '../core/diagnostics/findings.js';

/**
 * Reads a whole bundle and checks everything that is known of it, except its runtimes, which depend on what a deployment
 * does.
 *
 * @param findings collects what is found, including when the bundle was opened; empty
 * @param signal aborts the reading
 * @returns the digests of its content; complete if there are no errors
 * @throws AppsctlError INTERRUPTED once the signal is aborted
 */
export async function checkBundle(
  bundle: OpenPartialBundle,
  findings: Findings,
  signal: AbortSignal | undefined,
): Promise<BundleDigests> {
  findings.add(bundle.findings);
  findings.add(bundle.advice);
  checkAwsNames(bundle, findings);
  checkInstallation(bundle, findings);
  return verifyBundle(bundle, findings, signal);
}

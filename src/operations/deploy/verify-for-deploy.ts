import { type OpenBundle, type OpenPartialBundle, requireValid } from '../../bundle/open-bundle.js';
import type { BundleDigests } from '../../bundle/verify-bundle.js';
import { checkRuntimes } from '../../core/bundle/check-runtimes.js';
import type { FunctionCode } from '../../core/deploy/function-spec.js';
import type { BundleContent, DeploySettings } from '../../core/deploy/plan.js';
import { Findings } from '../../core/diagnostics/findings.js';
import { invalidBundle } from '../../core/diagnostics/invalid-bundle.js';
import { checkBundle } from '../check-bundle.js';
import type { ValidateOptions } from '../validate.js';

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
 * @param bundle as far as it could be read
 * @param settings say which runtimes have ended, and which are migrated
 * @param options the names of options and commands, and a signal that aborts the reading
 * @throws AppsctlError INVALID_BUNDLE with all findings, when it is not valid; INTERRUPTED once the signal is aborted
 */
export async function verifyForDeploy(
  bundle: OpenPartialBundle,
  { now, migrateRuntimes }: Pick<DeploySettings, 'now' | 'migrateRuntimes'>,
  { vocabulary, signal }: Pick<ValidateOptions, 'vocabulary' | 'signal'> = {},
): Promise<VerifiedBundle> {
  const findings = new Findings(vocabulary);
  const digests = await checkBundle(bundle, findings, signal);
  if (findings.hasErrors) {
    // Of a valid bundle, the runtimes are checked when it is known what is done to the functions.
    checkRuntimes(bundle.declared, { action: 'unknown', now, migrateRuntimes }, findings);
  }
  if (findings.hasErrors) throw invalidBundle(bundle.file, findings);
  return { bundle: requireValid(bundle), digests, findings };
}

/** The content of a bundle, to be compared with what is on AWS. */
export function toBundleContent({ bundle, digests }: VerifiedBundle): BundleContent {
  const code = bundle.functions.flatMap(({ name, archive }): [string, FunctionCode][] => {
    const sha256Base64 = digests.functions.get(name);
    const read = () => bundle.read(archive);
    const chunks = () => bundle.chunks(archive);
    return sha256Base64 === undefined ? [] : [[name, { sha256Base64, size: archive.size, read, chunks }]];
  });
  return { codeByFunctionName: new Map(code), md5ByAssetKey: digests.assets };
}

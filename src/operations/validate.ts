import type { OpenBundle } from '../bundle/open-bundle.js';
import { checkRuntime } from '../core/bundle/check-runtimes.js';
import { Findings } from '../core/diagnostics/findings.js';
import type { Vocabulary } from '../core/diagnostics/vocabulary.js';
import { checkBundle } from './check-bundle.js';

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
  await checkBundle(bundle, findings, signal);
  for (const item of bundle.functions) checkRuntime(item, 'unknown', now, findings);
  return findings;
}

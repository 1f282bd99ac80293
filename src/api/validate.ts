import { AppsctlError } from '../core/diagnostics/error.js';
import type { Finding } from '../core/diagnostics/findings.js';
import { type CommonOptions, resolveCommon } from './common-options.js';

/** What is wrong with a bundle, or worth knowing. */
export interface ValidationReport {
  /** The bundle's file as it was named. */
  readonly file: string;
  /** Whether there are no errors: the bundle can be deployed. */
  readonly valid: boolean;
  readonly findings: readonly Finding[];
}

/**
 * Checks everything in a bundle that can be checked without a network.
 *
 * @param file the path of the bundle
 * @throws AppsctlError INVALID_BUNDLE for a file that cannot be read, INTERRUPTED
 */
export async function validate(file: string, options: CommonOptions = {}): Promise<ValidationReport> {
  const findings = await findProblems(file, options);
  return { file, valid: findings.every(({ severity }) => severity !== 'error'), findings };
}

async function findProblems(file: string, options: CommonOptions): Promise<readonly Finding[]> {
  const { clock, signal, vocabulary } = resolveCommon(options);
  const [{ openBundle }, operation] = await Promise.all([
    import('../bundle/open-bundle.js'),
    import('../operations/validate.js'),
  ]);
  try {
    const bundle = await openBundle(file);
    try {
      return (await operation.validate(bundle, clock.now(), { signal, vocabulary })).all;
    } finally {
      await bundle.close();
    }
  } catch (error) {
    // A bundle that cannot be opened has findings too; a file that cannot be read has none.
    if (!AppsctlError.is(error) || error.findings.length === 0) throw error;
    return error.findings;
  }
}

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

/** Options of {@link validate}. */
export interface ValidationOptions extends CommonOptions {
  /**
   * Whether functions with the retired runtime go1.x will be deployed to provided.al2023. If not, they are an error.
   *
   * @default false
   */
  readonly migrateRuntimes?: boolean | undefined;
}

/**
 * Checks everything in a bundle that can be checked without a network, for a first deployment.
 *
 * @param file the path of the bundle
 * @returns all findings; for a file that cannot be read, that is the only one
 * @throws AppsctlError INTERRUPTED
 */
export async function validate(file: string, options: ValidationOptions = {}): Promise<ValidationReport> {
  const findings = await findProblems(file, options);
  return { file, valid: findings.every(({ severity }) => severity !== 'error'), findings };
}

async function findProblems(file: string, options: ValidationOptions): Promise<readonly Finding[]> {
  const { clock, signal, vocabulary } = resolveCommon(options);
  const { migrateRuntimes } = options;
  const [{ openPartialBundle }, operation] = await Promise.all([
    import('../bundle/open-bundle.js'),
    import('../operations/validate.js'),
  ]);
  try {
    const bundle = await openPartialBundle(file);
    try {
      const settings = { signal, vocabulary, action: 'create', migrateRuntimes } as const;
      return (await operation.validate(bundle, clock.now(), settings)).all;
    } finally {
      await bundle.close();
    }
  } catch (error) {
    // A file that cannot be opened as a bundle.
    if (!AppsctlError.is(error) || error.findings.length === 0) throw error;
    return error.findings;
  }
}

import { AppsctlError } from '../core/diagnostics/error.js';
import type { Finding } from '../core/diagnostics/findings.js';
import { type AppOptions, toAppRequest } from './app-options.js';
import { resolveCommon } from './common-options.js';
import { type BundleAccess, connectForBundle, type LocalApp, withLocalApp } from './local-app.js';

/** What is wrong with a bundle, or worth knowing. */
export interface ValidationReport {
  /** The path as it was given, or where the bundle comes from, without secrets. */
  readonly file: string;
  /** Whether there are no errors: the bundle can be deployed. */
  readonly valid: boolean;
  readonly findings: readonly Finding[];
}

/** Options of {@link validate}. */
export interface ValidationOptions extends AppOptions, BundleAccess {
  /**
   * Whether functions with the retired runtime go1.x will be deployed to provided.al2023. If not, they are an error.
   *
   * @default false
   */
  readonly migrateRuntimes?: boolean | undefined;
}

/**
 * Checks everything in a bundle, or in the bundle that would be built from a folder, that can be checked without a
 * network, for a first deployment.
 *
 * @param path the folder of the app, or its bundle: a path, an https URL, or `s3://bucket/key` with an optional
 *   `?versionId=…`
 * @returns all findings; for what cannot be read or packaged, only the findings about that
 * @throws AppsctlError USAGE for a settings file that cannot be read and an environment without a file, BUILD_FAILED,
 *   INTERRUPTED; for a bundle from elsewhere also INVALID_BUNDLE for another checksum, NOT_FOUND, LIMIT, OUTPUT and the
 *   errors of requests
 */
export async function validate(path: string, options: ValidationOptions = {}): Promise<ValidationReport> {
  return withLocalApp(
    path,
    options,
    () => connectForBundle(options),
    async (local) => {
      const findings = await findProblems(local, options);
      return { file: local.name, valid: findings.every(({ severity }) => severity !== 'error'), findings };
    },
  );
}

async function findProblems(local: LocalApp, options: ValidationOptions): Promise<readonly Finding[]> {
  const { clock, signal, vocabulary } = resolveCommon(options);
  const { migrateRuntimes } = options;
  const [{ findApp }, operation] = await Promise.all([
    import('../operations/app-source.js'),
    import('../operations/validate.js'),
  ]);
  try {
    const app = await findApp(local.path, toAppRequest(options, local));
    await app.build();
    const bundle = await app.open();
    try {
      const context = {
        signal,
        vocabulary,
        action: 'create',
        migrateRuntimes,
        settings: app.settings,
      } as const;
      return (await operation.validate(bundle, clock.now(), context)).all;
    } finally {
      await bundle.close();
    }
  } catch (error) {
    // What cannot be opened or packaged at all, and an invalid settings file.
    if (!AppsctlError.is(error) || error.findings.length === 0) throw error;
    return error.findings;
  }
}

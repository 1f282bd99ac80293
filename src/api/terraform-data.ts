import { throwIfAborted } from '../core/async/clock.js';
import type { Finding } from '../core/diagnostics/findings.js';
import { resolveCommon } from './common-options.js';
import {
  type BundleAccess,
  type BundleOptions,
  connectForBundle,
  type LocalApp,
  withLocalApp,
} from './local-app.js';

/** What Terraform needs to deploy a bundle. */
export interface TerraformData {
  /** The names of the functions, the keys of the assets and of the manifest, as JSON with a newline at the end. */
  readonly json: string;
  /** The path as it was given, or where the bundle comes from, without secrets. */
  readonly file: string;
  /** Warnings and notes. */
  readonly findings: readonly Finding[];
}

/** Options of {@link terraformData}. */
export interface TerraformOptions extends BundleOptions, BundleAccess {}

/**
 * Reads the names that a bundle's functions, assets and manifest get on AWS. Reads the zip's central directory and the
 * manifest, and nothing else.
 *
 * @param file the bundle: a path, an https URL, or `s3://bucket/key` with an optional `?versionId=…`
 * @throws AppsctlError INVALID_BUNDLE with all findings, when the file is not a valid bundle; INTERRUPTED; for a bundle
 *   from elsewhere also NOT_FOUND, LIMIT, OUTPUT and the errors of requests
 */
export async function terraformData(file: string, options: TerraformOptions = {}): Promise<TerraformData> {
  throwIfAborted(options.signal);
  return withLocalApp(
    file,
    options,
    () => connectForBundle(options),
    (local) => readNames(local, options),
  );
}

async function readNames({ path, name }: LocalApp, options: TerraformOptions): Promise<TerraformData> {
  const { vocabulary } = resolveCommon(options);
  const [{ FileSource }, { readBundle }, { checkAwsNames }, { encodeTerraformData }, { Findings }] =
    await Promise.all([
      import('../bundle/file-source.js'),
      import('../bundle/open-bundle.js'),
      import('../core/bundle/aws-names.js'),
      import('../core/deploy/terraform-data.js'),
      import('../core/diagnostics/findings.js'),
    ]);
  const bundle = await readBundle(name, await FileSource.open(path));
  try {
    const names = new Findings(vocabulary);
    checkAwsNames(bundle, names);
    // The pipeline decides: what a deployment refuses is only a warning here.
    const warnings = names.errors.map((error) => ({ ...error, severity: 'warning' as const }));
    return { json: encodeTerraformData(bundle), file: name, findings: [...bundle.findings, ...warnings] };
  } finally {
    await bundle.close();
  }
}

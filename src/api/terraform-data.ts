import { throwIfAborted } from '../core/async/clock.js';
import type { Finding } from '../core/diagnostics/findings.js';
import { type CommonOptions, resolveCommon } from './common-options.js';

/** What Terraform needs to deploy a bundle. */
export interface TerraformData {
  /** The names of the functions, the keys of the assets and of the manifest, as JSON with a newline at the end. */
  readonly json: string;
  /** Warnings and notes. */
  readonly findings: readonly Finding[];
}

/**
 * Reads the names that a bundle's functions, assets and manifest get on AWS. Reads the zip's central directory and the
 * manifest, and nothing else.
 *
 * @param file the path of the bundle
 * @throws AppsctlError INVALID_BUNDLE with all findings, when the file is not a valid bundle; INTERRUPTED
 */
export async function terraformData(file: string, options: CommonOptions = {}): Promise<TerraformData> {
  const { signal, vocabulary } = resolveCommon(options);
  throwIfAborted(signal);
  const [{ openBundle }, { checkAwsNames }, { encodeTerraformData }, { Findings }] = await Promise.all([
    import('../bundle/open-bundle.js'),
    import('../core/bundle/aws-names.js'),
    import('../core/deploy/terraform-data.js'),
    import('../core/diagnostics/findings.js'),
  ]);
  const bundle = await openBundle(file);
  try {
    const names = new Findings(vocabulary);
    checkAwsNames(bundle, names);
    // The pipeline decides: what a deployment refuses is only a warning here.
    const warnings = names.errors.map((error) => ({ ...error, severity: 'warning' as const }));
    return { json: encodeTerraformData(bundle), findings: [...bundle.findings, ...warnings] };
  } finally {
    await bundle.close();
  }
}

import { throwIfAborted } from '../core/async/clock.js';
import { AppsctlError } from '../core/diagnostics/error.js';
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
export interface TerraformOptions extends BundleOptions, BundleAccess {
  /**
   * The path of a folder for what a deployment uploads: `terraform-data.json`, `manifest.json`, `assets.json`, `functions/`
   * and `static/`. The same bundle gives the same files, modes and times. The folder must be empty, new, or written by an
   * earlier call, and is replaced as a whole. The bundle is then validated as for a first deployment.
   *
   * @default nothing is written
   */
  readonly unpack?: string | undefined;
  /**
   * Whether functions with the retired runtime go1.x are unpacked, and described, for provided.al2023. Requires `unpack`.
   *
   * @default false
   */
  readonly migrateRuntimes?: boolean | undefined;
  /** Called when all files are written, before the folder is put into its place; what it throws ends the unpacking. */
  readonly beforeChanges?: (() => void | Promise<void>) | undefined;
}

/**
 * Reads the names that a bundle's functions, assets and manifest get on AWS. Reads the zip's central directory and the
 * manifest, and nothing else, unless the bundle is unpacked.
 *
 * @param file the bundle: a path, an https URL, or `s3://bucket/key` with an optional `?versionId=…`
 * @throws AppsctlError INVALID_BUNDLE with all findings, when the file is not a valid bundle; INTERRUPTED; for a bundle
 *   from elsewhere also NOT_FOUND, LIMIT, OUTPUT and the errors of requests; with `unpack` also USAGE when the folder
 *   must not be replaced, and OUTPUT when it cannot be written
 */
export async function terraformData(file: string, options: TerraformOptions = {}): Promise<TerraformData> {
  throwIfAborted(options.signal);
  const { unpack, migrateRuntimes } = options;
  if (migrateRuntimes && unpack === undefined)
    throw new AppsctlError('USAGE', 'migrateRuntimes requires unpack, a folder for what is migrated');
  // A download may take long.
  if (unpack !== undefined)
    await (await import('../operations/unpack/target-folder.js')).checkUnpackFolder(unpack, undefined);
  return withLocalApp(
    file,
    options,
    () => connectForBundle(options),
    (local) => (unpack === undefined ? readNames(local, options) : unpackApp(local, unpack, options)),
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

async function unpackApp(
  { path, name }: LocalApp,
  folder: string,
  options: TerraformOptions,
): Promise<TerraformData> {
  const { clock, signal, vocabulary } = resolveCommon(options);
  const { migrateRuntimes, beforeChanges } = options;
  const [{ FileSource }, { readPartialBundle }, { unpackBundle }] = await Promise.all([
    import('../bundle/file-source.js'),
    import('../bundle/open-bundle.js'),
    import('../operations/unpack/unpack.js'),
  ]);
  const bundle = await readPartialBundle(name, await FileSource.open(path));
  try {
    const context = { signal, vocabulary, folder, bundlePath: path, migrateRuntimes, beforeChanges };
    return { ...(await unpackBundle(bundle, clock.now(), context)), file: name };
  } finally {
    await bundle.close();
  }
}

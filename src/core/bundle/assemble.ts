import { assetKey, lambdaFunctionName, manifestKey } from '../aws/resource-names.js';
import { Findings } from '../diagnostics/findings.js';
import { LIMITS } from '../limits.js';
import type { Manifest } from '../manifest/manifest.js';
import { ManifestSource } from '../manifest/manifest-source.js';
import { adviseOnManifest, parseManifest } from '../manifest/parse.js';
import {
  type BundleAsset,
  type BundleEntry,
  type DeclaredFunction,
  declaredFunctions,
  MANIFEST_ENTRY,
  type PartialBundle,
  STATIC_PREFIX,
} from './bundle.js';
import { checkEntrySize, checkTotalSize } from './check-sizes.js';
import { checkEntryNames, entryLocation } from './entry-names.js';
import { matchArchives } from './match.js';

/**
 * Assembles a bundle from the entries of a zip: its manifest, function archives and assets.
 *
 * @param file the name of the bundle, for findings
 * @param entries the entries in the order of the central directory
 * @param manifestBytes the content of manifest.json; undefined when there is none, or it cannot be read
 * @param findings collects what is found; may already hold findings about the zip
 * @returns what is known of the bundle; it is valid only if there are no errors
 */
export function assembleBundle(
  file: string,
  entries: readonly BundleEntry[],
  manifestBytes: Uint8Array | undefined,
  findings: Findings,
): PartialBundle {
  checkEntryNames(entries, findings);
  checkSizes(file, entries, findings);
  if (manifestBytes === undefined && entries.every(({ name }) => name !== MANIFEST_ENTRY)) {
    findings.error('manifest/missing', MANIFEST_ENTRY, 'is missing', suggestManifest(entries));
    // Any other entry would be reported as ignored, of which there may be thousands if this is not a bundle at all.
    return { ...NOTHING, findings: findings.all };
  }
  const source = new ManifestSource();
  const manifest = manifestBytes && parseManifest(manifestBytes, findings, source);
  const files = entries.filter((entry) => !entry.name.endsWith('/'));
  const others = files.filter(({ name }) => name !== MANIFEST_ENTRY && !name.startsWith(STATIC_PREFIX));
  reportIgnored(
    others.filter(({ name }) => !isArchive(name)),
    findings,
  );
  if (manifest === undefined) return { ...NOTHING, findings: findings.all };
  const { app_id: id, version } = manifest;
  const assets = findAssets(files, id, version, findings);
  const declared = findFunctions(manifest, source, findings);
  const archives = others.filter(({ name }) => isArchive(name));
  const matching = new Findings();
  const matches = matchArchives(declared, archives, files, matching);
  // Without the names of all functions, an archive that seems to be unused may belong to one of them.
  findings.add(hasAllNames(manifest) ? matching.all : matching.errors);
  const functions = declared.flatMap((item) => {
    const archive = matches.get(item.name);
    if (archive === undefined) return [];
    return [{ ...item, archive, lambdaName: lambdaFunctionName(id, version, item.name) }];
  });
  const advice = adviseOnManifest(manifest, source);
  return {
    manifest,
    manifestKey: manifestKey(id, version),
    declared: declaredFunctions(manifest),
    functions,
    assets,
    findings: findings.all,
    advice,
  };
}

/** What is known of a bundle without a manifest. */
const NOTHING = {
  ...{ manifest: undefined, manifestKey: '' },
  ...{ declared: [], functions: [], assets: [], advice: [] },
} as const;

const LAMBDA_FIX = 'add "aws_lambda": {"functions": [{"path": "/", "name": …, "handler": …, "runtime": …}]}';

/** The functions of the manifest with unique names. */
function findFunctions(
  manifest: Manifest,
  source: ManifestSource,
  findings: Findings,
): readonly DeclaredFunction[] {
  // Too many functions are already reported as an error, and are not checked one by one.
  if ((manifest.aws_lambda?.functions.length ?? 0) > LIMITS.functions) return [];
  const isReported = findings.errors.some(({ rule }) => rule === 'manifest/deploy-type');
  if (manifest.aws_lambda === undefined && !isReported && !source.isUnknown('aws_lambda')) {
    const typo = source.findTypo('aws_lambda');
    const fix = typo === undefined ? LAMBDA_FIX : `rename ${JSON.stringify(typo)} to "aws_lambda"`;
    const message = 'is missing: the app cannot run on AWS without it';
    findings.error('manifest/deploy-type', 'aws_lambda', message, fix);
  }
  const named = new Map<string, DeclaredFunction>();
  for (const item of declaredFunctions(manifest)) {
    const { name, location } = item;
    if (name === '') continue;
    if (named.has(name)) {
      const message = `another function has the name ${JSON.stringify(name)}`;
      const fix = 'give each function a unique name';
      findings.error('manifest/duplicate-function', `${location}.name`, message, fix);
    }
    named.set(name, item);
  }
  return [...named.values()];
}

function hasAllNames({ aws_lambda: lambda }: Manifest): boolean {
  if (lambda === undefined || lambda.functions.length > LIMITS.functions) return false;
  return lambda.functions.length > 0 && lambda.functions.every(({ name }) => name !== '');
}

function findAssets(
  files: readonly BundleEntry[],
  id: string,
  version: string,
  findings: Findings,
): BundleAsset[] {
  const byKey = new Map<string, string>();
  const assets: BundleAsset[] = [];
  for (const entry of files) {
    if (!entry.name.startsWith(STATIC_PREFIX)) continue;
    const path = entry.name.slice(STATIC_PREFIX.length);
    const key = assetKey(id, version, path);
    const other = byKey.get(key);
    if (other !== undefined) {
      const message = `has the same S3 key as ${other}: ${key}`;
      findings.error('asset/duplicate-key', entry.name, message, 'rename one of them');
    }
    byKey.set(key, entry.name);
    assets.push({ path, key, entry });
  }
  return assets;
}

/** What macOS adds to the zips that it creates. */
const MACOS_FOLDER = '__MACOSX/';

function reportIgnored(entries: readonly BundleEntry[], findings: Findings): void {
  const rule = 'zip/ignored-entry';
  const withError = new Set(findings.errors.map(({ location }) => location));
  for (const { name } of entries) {
    if (withError.has(entryLocation(name))) continue;
    if (name.startsWith(MACOS_FOLDER) || /(?:^|\/)\.DS_Store$/.test(name)) {
      findings.warning(rule, name, 'is ignored: it is a metadata file of macOS', 'build the zip without it');
    } else {
      findings.note(rule, name, 'is ignored: it is neither a function archive nor below static/');
    }
  }
}

function isArchive(name: string): boolean {
  return /\.(?:zip|jar)$/.test(name) && !name.startsWith(MACOS_FOLDER);
}

function checkSizes(file: string, entries: readonly BundleEntry[], findings: Findings): void {
  for (const entry of entries) checkEntrySize(entry, findings);
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  checkTotalSize(file, total, findings);
}

/** What the archive of a function has at its root, or below the folder of its code. */
const FUNCTION_CODE =
  /^(?:[^/]+\/)?node_modules\/|^(?:index\.[cm]?js|bootstrap|package\.json|lambda_function\.py)$|\.class$/;

function suggestManifest(entries: readonly BundleEntry[]): string {
  if (entries.some(({ name }) => FUNCTION_CODE.test(name)) && !entries.some(({ name }) => isArchive(name)))
    return 'this looks like the archive of a function: name the bundle that contains it';
  const misplaced = entries.find((entry) => /(?:^|\/)manifest\.json$/i.test(entry.name));
  return misplaced === undefined
    ? 'add it at the root of the zip'
    : `the zip has ${misplaced.name}: move it to the root as ${MANIFEST_ENTRY}`;
}

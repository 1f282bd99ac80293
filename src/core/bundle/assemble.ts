import { assetKey, lambdaFunctionName, manifestKey } from '../aws/resource-names.js';
import type { Findings } from '../diagnostics/findings.js';
import { LIMITS } from '../limits.js';
import type { LambdaFunction, Manifest } from '../manifest/manifest.js';
import { parseManifest } from '../manifest/parse.js';
import {
  type AppBundle,
  type BundleAsset,
  type BundleEntry,
  MANIFEST_ENTRY,
  STATIC_PREFIX,
} from './bundle.js';
import { checkEntryNames } from './entry-names.js';
import { matchArchives } from './match.js';

/**
 * Makes a bundle of what stands in a zip: which entry is the manifest, a function's archive, an asset.
 *
 * @param entries the zip's entries in the order of its directory
 * @param manifestBytes the content of manifest.json; undefined when there is none
 * @param findings takes everything that is found; what was found in reading the zip may already be in it
 * @returns the bundle, or undefined when there are errors
 */
export function assembleBundle(
  entries: readonly BundleEntry[],
  manifestBytes: Uint8Array | undefined,
  findings: Findings,
): AppBundle | undefined {
  checkEntryNames(entries, findings);
  checkSizes(entries, findings);
  if (manifestBytes === undefined) {
    findings.error(MANIFEST_ENTRY, 'is missing', misplacedManifest(entries));
    return undefined;
  }
  const manifest = parseManifest(manifestBytes, findings);
  if (manifest === undefined) return undefined;
  const { app_id: id, version } = manifest;
  const files = entries.filter((entry) => !entry.name.endsWith('/'));
  const assets = findAssets(files, id, version, findings);
  const others = files.filter(({ name }) => name !== MANIFEST_ENTRY && !name.startsWith(STATIC_PREFIX));
  const isArchive = ({ name }: BundleEntry): boolean =>
    /\.(?:zip|jar)$/.test(name) && !name.startsWith(MACOS_FOLDER);
  const archives = others.filter(isArchive);
  noteIgnored(
    others.filter((entry) => !isArchive(entry)),
    findings,
  );
  const declared = declaredFunctions(manifest, findings);
  const matches = matchArchives(declared, archives, files, findings);
  const functions = declared.flatMap(({ name, handler, runtime }) => {
    const archive = matches.get(name);
    return archive === undefined
      ? []
      : [{ name, handler, runtime, archive, lambdaName: lambdaFunctionName(id, version, name) }];
  });
  if (findings.errors.length > 0) return undefined;
  return { manifest, manifestKey: manifestKey(id, version), functions, assets, findings: findings.all };
}

const NO_LAMBDA_FIX =
  'add "aws_lambda": {"functions": [{"path": "/", "name": …, "handler": …, "runtime": …}]}';

function declaredFunctions(manifest: Manifest, findings: Findings): readonly LambdaFunction[] {
  // More than that is an error already: there is no point in working through them.
  if ((manifest.aws_lambda?.functions.length ?? 0) > LIMITS.functions) return [];
  if (manifest.aws_lambda === undefined && findings.errors.length === 0) {
    findings.error('aws_lambda', 'is missing: the app cannot run on AWS without it', NO_LAMBDA_FIX);
  }
  const named = new Map<string, LambdaFunction>();
  for (const [index, item] of (manifest.aws_lambda?.functions ?? []).entries()) {
    if (named.has(item.name) && item.name !== '') {
      const message = `the name ${JSON.stringify(item.name)} is already taken`;
      findings.error(`aws_lambda.functions[${index}].name`, message, 'give each function a name of its own');
    }
    if (item.name !== '') named.set(item.name, item);
  }
  return [...named.values()];
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
    const rival = byKey.get(key);
    if (rival !== undefined) {
      findings.error(entry.name, `gets the same S3 key as ${rival}: ${key}`, 'rename one of the two');
    }
    byKey.set(key, entry.name);
    assets.push({ path, key, entry });
  }
  return assets;
}

/** What macOS adds to the zips that it makes. */
const MACOS_FOLDER = '__MACOSX/';

function noteIgnored(entries: readonly BundleEntry[], findings: Findings): void {
  for (const { name } of entries) {
    if (name.startsWith(MACOS_FOLDER) || /(?:^|\/)\.DS_Store$/.test(name)) {
      findings.warning(name, 'is ignored: macOS left it behind', 'build the zip without it');
    } else {
      findings.note(name, 'is ignored: it is neither a function archive nor below static/');
    }
  }
}

function checkSizes(entries: readonly BundleEntry[], findings: Findings): void {
  let total = 0;
  for (const { name, size } of entries) {
    const [limit, what] = name.startsWith(STATIC_PREFIX)
      ? [LIMITS.asset, 'asset']
      : [LIMITS.function, 'function archive'];
    if (size > limit) {
      findings.error(
        name,
        `has ${size} bytes, over the limit of ${limit} for one ${what}`,
        'make it smaller',
      );
    }
    total += size;
  }
  if (total > LIMITS.total)
    findings.error(
      'the bundle',
      `unpacks to ${total} bytes, over the limit of ${LIMITS.total}`,
      'leave out what the app does not need',
    );
}

function misplacedManifest(entries: readonly BundleEntry[]): string {
  const elsewhere = entries.find((entry) => /(?:^|\/)manifest\.json$/i.test(entry.name));
  return elsewhere === undefined
    ? 'put it at the root of the zip'
    : `the zip has ${elsewhere.name}: put it at the root as ${MANIFEST_ENTRY}`;
}

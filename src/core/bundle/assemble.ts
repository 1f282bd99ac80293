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
 * Assembles a bundle from the entries of a zip: its manifest, function archives and assets.
 *
 * @param entries the entries in the order of the central directory
 * @param manifestBytes the content of manifest.json; undefined when there is none
 * @param findings collects what is found; may already hold findings about the zip
 * @returns the bundle; undefined when there are errors
 */
export function assembleBundle(
  entries: readonly BundleEntry[],
  manifestBytes: Uint8Array | undefined,
  findings: Findings,
): AppBundle | undefined {
  checkEntryNames(entries, findings);
  checkSizes(entries, findings);
  if (manifestBytes === undefined) {
    findings.error('manifest/missing', MANIFEST_ENTRY, 'is missing', suggestManifest(entries));
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
  reportIgnored(
    others.filter((entry) => !isArchive(entry)),
    findings,
  );
  const declared = findFunctions(manifest, findings);
  const matches = matchArchives(declared, archives, files, findings);
  const functions = declared.flatMap(({ name, handler, runtime }) => {
    const archive = matches.get(name);
    return archive === undefined
      ? []
      : [{ name, handler, runtime, archive, lambdaName: lambdaFunctionName(id, version, name) }];
  });
  if (findings.hasErrors) return undefined;
  return { manifest, manifestKey: manifestKey(id, version), functions, assets, findings: findings.all };
}

const LAMBDA_FIX = 'add "aws_lambda": {"functions": [{"path": "/", "name": …, "handler": …, "runtime": …}]}';

/** The functions of the manifest with unique names. */
function findFunctions(manifest: Manifest, findings: Findings): readonly LambdaFunction[] {
  // Too many functions are already reported as an error, and are not checked one by one.
  if ((manifest.aws_lambda?.functions.length ?? 0) > LIMITS.functions) return [];
  if (manifest.aws_lambda === undefined && !findings.hasErrors) {
    const message = 'is missing: the app cannot run on AWS without it';
    findings.error('manifest/deploy-type', 'aws_lambda', message, LAMBDA_FIX);
  }
  const named = new Map<string, LambdaFunction>();
  for (const [index, item] of (manifest.aws_lambda?.functions ?? []).entries()) {
    if (named.has(item.name) && item.name !== '') {
      const location = `aws_lambda.functions[${index}].name`;
      const message = `another function has the name ${JSON.stringify(item.name)}`;
      findings.error('manifest/duplicate-function', location, message, 'give each function a unique name');
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
  for (const { name } of entries) {
    if (name.startsWith(MACOS_FOLDER) || /(?:^|\/)\.DS_Store$/.test(name)) {
      findings.warning(rule, name, 'is ignored: it is a metadata file of macOS', 'build the zip without it');
    } else {
      findings.note(rule, name, 'is ignored: it is neither a function archive nor below static/');
    }
  }
}

function checkSizes(entries: readonly BundleEntry[], findings: Findings): void {
  let total = 0;
  for (const { name, size } of entries) {
    const [rule, limit, what] = name.startsWith(STATIC_PREFIX)
      ? (['asset/too-large', LIMITS.asset, 'an asset'] as const)
      : (['function/too-large', LIMITS.function, 'a function archive'] as const);
    if (size > limit) {
      findings.error(
        rule,
        name,
        `has ${size} bytes, over the limit of ${limit} for ${what}`,
        'make it smaller',
      );
    }
    total += size;
  }
  if (total > LIMITS.total) {
    const message = `has ${total} bytes when uncompressed, over the limit of ${LIMITS.total}`;
    findings.error('zip/too-large', 'the bundle', message, 'remove what the app does not need');
  }
}

function suggestManifest(entries: readonly BundleEntry[]): string {
  const misplaced = entries.find((entry) => /(?:^|\/)manifest\.json$/i.test(entry.name));
  return misplaced === undefined
    ? 'add it at the root of the zip'
    : `the zip has ${misplaced.name}: move it to the root as ${MANIFEST_ENTRY}`;
}

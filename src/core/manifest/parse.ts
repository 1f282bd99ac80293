import { type Finding, Findings } from '../diagnostics/findings.js';
import { JsonSyntaxError, parseStrictJson } from '../json/strict-json.js';
import { checkManifestNames } from './check-names.js';
import { checkPaths } from './check-paths.js';
import { decodeManifest } from './decode.js';
import { MAX_MANIFEST_BYTES, type Manifest } from './manifest.js';
import { ManifestSource } from './manifest-source.js';
import { validateManifest } from './validate.js';

/** Checks the size of a manifest, which can be done before it is read. Returns whether it is within the limit. */
export function checkManifestSize(bytes: number, findings: Findings): boolean {
  if (bytes <= MAX_MANIFEST_BYTES) return true;
  const message = `has ${bytes} bytes, over the limit of ${MAX_MANIFEST_BYTES} for a manifest`;
  findings.error('manifest/too-large', 'manifest.json', message);
  return false;
}

/**
 * Parses a manifest.json and checks its syntax, types and rules.
 *
 * @param bytes the content of the file
 * @param findings collects what is wrong
 * @param source collects what the decoded manifest does not show
 * @returns the manifest, which is valid only if no error was found; undefined when the file is not a JSON object
 */
export function parseManifest(
  bytes: Uint8Array,
  findings: Findings,
  source = new ManifestSource(),
): Manifest | undefined {
  if (!checkManifestSize(bytes.length, findings)) return undefined;
  let root: ReturnType<typeof parseStrictJson>;
  try {
    root = parseStrictJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    findings.error('manifest/json', 'manifest.json', `is not valid JSON: ${error.message}`);
    return undefined;
  }
  const decoding = new Findings();
  const manifest = decodeManifest(root, decoding, source.unknownFields);
  findings.add(decoding.all);
  if (manifest === undefined) return undefined;
  for (const { location } of decoding.errors) source.wrongTypes.add(location);
  const checks = new Findings();
  validateManifest(manifest, source, checks);
  findings.add(source.withoutConsequences(checks.all));
  return manifest;
}

/**
 * Checks what the server accepts in a manifest, but ignores or refuses when the app is used.
 *
 * @param source what {@link parseManifest} has collected
 * @returns warnings
 */
export function adviseOnManifest(manifest: Manifest, source: ManifestSource): readonly Finding[] {
  const checks = new Findings();
  checkManifestNames(manifest, source, checks);
  checkPaths(manifest, checks);
  return source.withoutConsequences(checks.all);
}

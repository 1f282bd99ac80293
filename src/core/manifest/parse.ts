import type { Findings } from '../diagnostics/findings.js';
import { JsonSyntaxError, parseStrictJson } from '../json/strict-json.js';
import { decodeManifest } from './decode.js';
import { MAX_MANIFEST_BYTES, type Manifest } from './manifest.js';
import { validateManifest } from './validate.js';

/**
 * Reads a manifest.json: syntax, types, then rules.
 *
 * @param bytes the file
 * @param findings takes everything that is wrong
 * @returns the manifest; undefined when there is no making sense of the file. It is sound only if no error was found.
 */
export function parseManifest(bytes: Uint8Array, findings: Findings): Manifest | undefined {
  if (bytes.length > MAX_MANIFEST_BYTES) {
    findings.error('manifest.json', `has ${bytes.length} bytes, over the limit of ${MAX_MANIFEST_BYTES}`);
    return undefined;
  }
  let root: ReturnType<typeof parseStrictJson>;
  try {
    root = parseStrictJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    findings.error('manifest.json', `is not valid JSON: ${error.message}`);
    return undefined;
  }
  const before = findings.errors.length;
  const manifest = decodeManifest(root, findings);
  // A value of the wrong type was left empty: to report it as missing too would only confuse.
  if (manifest !== undefined && findings.errors.length === before) validateManifest(manifest, findings);
  return manifest;
}

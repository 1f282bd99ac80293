import { Findings } from '../diagnostics/findings.js';
import { JsonSyntaxError, parseStrictJson } from '../json/strict-json.js';
import { decodeManifest } from './decode.js';
import { MAX_MANIFEST_BYTES, type Manifest } from './manifest.js';
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
 * @returns the manifest, which is valid only if no error was found; undefined when the file is not a JSON object
 */
export function parseManifest(bytes: Uint8Array, findings: Findings): Manifest | undefined {
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
  const manifest = decodeManifest(root, decoding);
  findings.add(decoding.all);
  // Values of a wrong type are empty: the rules would report them as missing too.
  if (manifest !== undefined && !decoding.hasErrors) validateManifest(manifest, findings);
  return manifest;
}

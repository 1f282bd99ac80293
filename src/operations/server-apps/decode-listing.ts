import { Findings } from '../../core/diagnostics/findings.js';
import type { JsonObject } from '../../core/json/strict-json.js';
import { decodeManifest } from '../../core/manifest/decode.js';
import type { Manifest } from '../../core/manifest/manifest.js';

/** Decodes the manifest of an app on a server, which has checked it. */
export function decodeListing(listing: JsonObject): Manifest {
  const manifest = decodeManifest(listing, new Findings());
  if (manifest === undefined) throw new Error('a listing is an object');
  return manifest;
}

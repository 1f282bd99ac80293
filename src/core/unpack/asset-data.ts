import type { BundleAsset } from '../bundle/bundle.js';
import { contentType } from '../deploy/content-type.js';
import { goJson } from '../json/go-json.js';
import type { JsonValue } from '../json/strict-json.js';
import { compareUtf8 } from '../text.js';

/**
 * Returns what is needed to upload the assets of a bundle as a deployment does, by path. A deployment sets no
 * Cache-Control, so there is none.
 *
 * @param sha256 of the assets in hex, by path
 * @returns JSON like that of `encodeTerraformData`
 */
export function encodeAssetData(assets: readonly BundleAsset[], sha256: ReadonlyMap<string, string>): string {
  const data = assets.map(({ path, key, entry }): [string, JsonValue] => [
    path,
    new Map<string, JsonValue>([
      ['key', key],
      ['content_type', contentType(path)],
      ['sha256', sha256.get(path) ?? null],
      ['size', entry.size],
    ]),
  ]);
  return `${goJson(new Map(data.sort(([a], [b]) => compareUtf8(a, b))), '\t')}\n`;
}

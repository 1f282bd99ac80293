import type { AppBundle } from '../bundle/bundle.js';
import { goJson } from '../json/go-json.js';
import type { JsonObject, JsonValue } from '../json/strict-json.js';
import { compareUtf8 } from '../text.js';

/**
 * Returns what the Mattermost cloud deployer needs to know about a bundle, byte for byte as the Go tool printed it.
 *
 * @returns JSON indented with tabs, keys in UTF-8 byte order, one newline at the end
 */
export function encodeTerraformData(bundle: AppBundle): string {
  const data: JsonObject = new Map<string, JsonValue>([
    ['static_files', sorted(bundle.assets.map(({ path, key }) => [path, new Map([['key', key]])]))],
    [
      'lambda_functions',
      sorted(
        bundle.functions.map(({ name, lambdaName, handler, runtime }) => [
          name,
          new Map(Object.entries({ name: lambdaName, handler, runtime })),
        ]),
      ),
    ],
    ['manifest_key', bundle.manifestKey],
  ]);
  return `${goJson(data, '\t')}\n`;
}

function sorted(entries: readonly (readonly [string, JsonValue])[]): JsonObject {
  return new Map([...entries].sort(([a], [b]) => compareUtf8(a, b)));
}

import { goJson, withSortedKeys } from '../json/go-json.js';
import type { JsonObject, JsonValue } from '../json/strict-json.js';
import { CALL_FIELDS, type Call, type Manifest } from './manifest.js';

/**
 * The normalized manifest, as it is stored in S3 and listed in Mattermost: only known fields, in the order of the file
 * format, without empty ones.
 */
export function normalizedManifest(manifest: Manifest): JsonObject {
  const { aws_lambda: lambda, http, open_faas: openFaas, plugin } = manifest;
  const writer = new ObjectWriter()
    .add('SchemaVersion', manifest.SchemaVersion)
    .add('app_id', manifest.app_id)
    .add('version', manifest.version)
    .add('homepage_url', manifest.homepage_url)
    .add('display_name', manifest.display_name)
    .add('description', manifest.description)
    .add('icon', manifest.icon);
  for (const field of CALL_FIELDS) {
    const call = manifest.calls.get(field);
    if (call !== undefined) writer.object.set(field, callObject(call));
  }
  writer
    .add('requested_permissions', [...manifest.requested_permissions])
    .add('remote_webhook_auth_type', manifest.remote_webhook_auth_type)
    .add('requested_locations', [...manifest.requested_locations])
    .add('aws_lambda', lambda && functionsObject(lambda.functions, ['path', 'name', 'handler', 'runtime']))
    .add(
      'http',
      http && new ObjectWriter().add('root_url', http.root_url).add('use_jwt', http.use_jwt).object,
    )
    .add('open_faas', openFaas && functionsObject(openFaas.functions, ['path', 'name']))
    .add('plugin', plugin && new ObjectWriter().add('plugin_id', plugin.plugin_id).object);
  return writer.object;
}

/**
 * The normalized manifest as the bytes that are stored in S3, the same as those of the Go tool.
 *
 * @returns compact JSON as UTF-8, without a newline
 */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(goJson(normalizedManifest(manifest)));
}

function callObject(call: Call): JsonObject {
  const writer = new ObjectWriter().add('path', call.path);
  if (call.expand !== undefined) {
    const expand = new ObjectWriter();
    for (const [field, level] of call.expand) expand.add(field, level);
    writer.object.set('expand', expand.object);
  }
  if (call.state !== null) writer.object.set('state', withSortedKeys(call.state));
  return writer.object;
}

function functionsObject<Name extends string>(
  functions: readonly Readonly<Record<Name, string>>[],
  fields: readonly Name[],
): JsonObject {
  const list: JsonValue[] = functions.map((item) => new Map(fields.map((field) => [field, item[field]])));
  return new ObjectWriter().add('functions', list).object;
}

/** Builds a JSON object without empty values, like Go's `omitempty`. */
class ObjectWriter {
  readonly object: JsonObject = new Map();

  /** Adds the value, unless it is undefined, null, false, an empty string or an empty list. */
  add(key: string, value: JsonValue | undefined): this {
    const isEmpty =
      value === undefined ||
      value === null ||
      value === false ||
      value === '' ||
      (Array.isArray(value) && value.length === 0);
    if (!isEmpty) this.object.set(key, value);
    return this;
  }
}

import { JsonSyntaxError, type JsonValue, parseStrictJson } from '../json/strict-json.js';
import { ASSETS_FILE, assetFile, functionFile, MANIFEST_FILE, TERRAFORM_DATA_FILE } from './file-names.js';

/**
 * Finds out which files an earlier run has written to a folder, by two of them.
 *
 * @param terraformData the content of the file with the names on AWS
 * @param assetData the content of the file about the assets
 * @returns the paths in the folder; undefined if the two files are not what a run writes
 */
export function ownFiles(terraformData: Uint8Array, assetData: Uint8Array): ReadonlySet<string> | undefined {
  const data = fieldsOf(parse(terraformData), ['static_files', 'lambda_functions', 'manifest_key']);
  const paths = keysOf(data?.get('static_files'), ['key']);
  const names = keysOf(data?.get('lambda_functions'), ['name', 'handler', 'runtime']);
  const described = keysOf(parse(assetData), ['key', 'content_type', 'sha256', 'size']);
  if (paths === undefined || names === undefined || described === undefined) return undefined;
  if (paths.length !== described.length || paths.some((path, index) => path !== described[index]))
    return undefined;
  const own = [TERRAFORM_DATA_FILE, MANIFEST_FILE, ASSETS_FILE];
  return new Set([...own, ...names.map(functionFile), ...paths.map(assetFile)]);
}

function parse(bytes: Uint8Array): JsonValue {
  try {
    return parseStrictJson(bytes);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return null;
    throw error;
  }
}

/** A JSON object with exactly these fields. */
function fieldsOf(
  value: JsonValue | undefined,
  fields: readonly string[],
): Map<string, JsonValue> | undefined {
  if (!(value instanceof Map) || value.size !== fields.length) return undefined;
  return fields.every((field) => value.has(field)) ? value : undefined;
}

/** The keys of a JSON object whose values are objects with exactly these fields. */
function keysOf(value: JsonValue | undefined, fields: readonly string[]): string[] | undefined {
  if (!(value instanceof Map)) return undefined;
  const isOwn = [...value.values()].every((item) => fieldsOf(item, fields) !== undefined);
  return isOwn ? [...value.keys()] : undefined;
}

import { createHash } from 'node:crypto';

/** The longest name of an AWS Lambda function. */
const MAX_FUNCTION_NAME = 64;

/**
 * The name under which a function runs on AWS. The Mattermost server computes the same one when it calls the
 * app (package upaws of the Mattermost Apps plugin), so this rule may never change.
 *
 * @param appId the app's id, raw
 * @param version the app's version, raw; may be empty
 * @param functionName the function's name in the manifest
 * @returns `id_version_function` with dots of id and version and spaces of the name as dashes; when that has
 *   over 64 bytes, the raw id and version and as much of its SHA-256 as fits
 */
export function lambdaFunctionName(appId: string, version: string, functionName: string): string {
  const name = [
    appId.replaceAll('.', '-'),
    version.replaceAll('.', '-'),
    functionName.replaceAll(' ', '-'),
  ].join('_');
  if (Buffer.byteLength(name) <= MAX_FUNCTION_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex');
  const room = MAX_FUNCTION_NAME - Buffer.byteLength(appId) - Buffer.byteLength(version) - 2;
  return `${appId}_${version}_${hash.slice(0, room)}`;
}

/** The characters and length that AWS allows in a function's name. */
export function isLambdaFunctionName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name);
}

/**
 * The S3 key of a static asset.
 *
 * @param path the asset's path below `static/`; its spaces become dashes
 */
export function assetKey(appId: string, version: string, path: string): string {
  return `static/${appId}_${version}_app/${path.replaceAll(' ', '-')}`;
}

/** How the keys of all manifests begin. */
export const MANIFEST_PREFIX = 'manifests/';

/** How the keys of all locks begin. */
export const LOCK_PREFIX = 'locks/';

/** The S3 key of an app's manifest. */
export function manifestKey(appId: string, version: string): string {
  return `${MANIFEST_PREFIX}${appId}_${version}.json`;
}

/**
 * How the names of an app's functions on AWS begin, unless they are too long.
 *
 * @param key the key of its manifest, which tells id and version
 * @returns `{id}_{version}_` with dashes for dots; undefined for a key of another form
 */
export function lambdaNamePrefix(key: string): string | undefined {
  const stem = /^manifests\/(.+)\.json$/s.exec(key)?.[1];
  return stem === undefined ? undefined : `${stem.replaceAll('.', '-')}_`;
}

import { createHash } from 'node:crypto';

const MAX_FUNCTION_NAME_BYTES = 64;

/**
 * Returns the name of a function on AWS. The Mattermost server computes the same name when it calls the app (package
 * upaws of the Mattermost Apps plugin), so this rule must never change.
 *
 * @param version may be empty
 * @param functionName the name in the manifest
 * @returns `{id}_{version}_{function}` with "-" for the dots of id and version and for the spaces of the function name;
 *   if that has more than 64 bytes, the unchanged id and version, followed by its SHA-256 in hex, cut to fit
 */
export function lambdaFunctionName(appId: string, version: string, functionName: string): string {
  const name = [
    appId.replaceAll('.', '-'),
    version.replaceAll('.', '-'),
    functionName.replaceAll(' ', '-'),
  ].join('_');
  if (Buffer.byteLength(name) <= MAX_FUNCTION_NAME_BYTES) return name;
  const hash = createHash('sha256').update(name).digest('hex');
  const hashLength = MAX_FUNCTION_NAME_BYTES - Buffer.byteLength(appId) - Buffer.byteLength(version) - 2;
  return `${appId}_${version}_${hash.slice(0, hashLength)}`;
}

/** Whether AWS Lambda accepts the name for a function. */
export function isLambdaFunctionName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name);
}

/** Returns the log group of a function that has no other. */
export function defaultLogGroup(lambdaName: string): string {
  return `/aws/lambda/${lambdaName}`;
}

/** The S3 key prefix of assets. */
export const ASSET_PREFIX = 'static/';

/**
 * Returns the S3 key of an asset.
 *
 * @param path the path below `static/`; spaces are replaced by "-"
 */
export function assetKey(appId: string, version: string, path: string): string {
  return `${ASSET_PREFIX}${appId}_${version}_app/${path.replaceAll(' ', '-')}`;
}

/** The S3 key prefix of manifests. */
export const MANIFEST_PREFIX = 'manifests/';

/** The S3 key prefix of locks. */
export const LOCK_PREFIX = 'locks/';

/** The S3 key prefix of function archives that are too large for a request to AWS Lambda. */
export const UPLOAD_PREFIX = 'functions/';

/**
 * Returns the S3 key of the record of a removal: while it exists, a version of an app is being removed. It is below the
 * prefix of locks, where the lifecycle rules of the bucket remove what a killed removal leaves behind.
 */
export function removalRecordKey(appId: string, version: string): string {
  return `${LOCK_PREFIX}removals/${appId}_${version}.json`;
}

/** Returns the S3 key of the lease of a deployer: only one pass of an environment runs at a time. */
export function leaseKey(environment: string): string {
  return `${LOCK_PREFIX}deployer-${environment}.json`;
}

/** Returns the S3 key of a manifest. */
export function manifestKey(appId: string, version: string): string {
  return `${MANIFEST_PREFIX}${appId}_${version}.json`;
}

/** Returns the common prefix of the Lambda names of all versions of an app: `{id}_` with "-" for dots. */
export function appNamePrefix(appId: string): string {
  return `${appId.replaceAll('.', '-')}_`;
}

/**
 * Returns the common prefix of the Lambda names of a version, except for names that are shortened with a hash.
 *
 * @param manifestKey the S3 key of the manifest, which contains id and version
 * @returns `{id}_{version}_` with "-" for dots; undefined if it is not the key of a manifest
 */
export function lambdaNamePrefix(manifestKey: string): string | undefined {
  const stem = /^manifests\/(.+)\.json$/s.exec(manifestKey)?.[1];
  return stem === undefined ? undefined : `${stem.replaceAll('.', '-')}_`;
}

/**
 * Versions of objects. A bucket that never had versioning has only `objects`. Otherwise `versions` has all versions,
 * newest first, and `objects` the current ones that are not delete markers.
 */
import { randomBytes } from 'node:crypto';
import { AwsError } from './errors.js';
import { queryValue } from './exchange.js';
import type { Bucket, DeleteMarker, StoredObject, Version } from './s3-model.js';
import type { S3Request } from './s3-request.js';

/** The version id of what is stored without versioning. */
const NULL_VERSION = 'null';

export function isDeleteMarker(version: Version | undefined): version is DeleteMarker {
  return version !== undefined && 'isDeleteMarker' in version;
}

/** The version id in a request, if it has one. */
export function namedVersion({ call }: S3Request): string | undefined {
  const versionId = queryValue(call, 'versionId');
  if (versionId === undefined || /^[\w.-]{1,1024}$/.test(versionId)) return versionId;
  throw new AwsError(
    400,
    'InvalidArgument',
    versionId === '' ? 'Version id cannot be the empty string' : 'Invalid version id specified',
    { ArgumentName: 'versionId', ArgumentValue: versionId },
  );
}

export function setVersioning(bucket: Bucket, status: 'Enabled' | 'Suspended'): void {
  if (bucket.versioning === undefined) {
    for (const object of bucket.objects.values()) {
      object.versionId = NULL_VERSION;
      bucket.versions.set(object.key, [object]);
    }
  }
  bucket.versioning = status;
}

/** Makes an object the current version of its key, with a version id if the bucket has versions. */
export function storeObject(bucket: Bucket, object: StoredObject): void {
  addVersion(bucket, object);
  bucket.objects.set(object.key, object);
}

/** Deletes the current version: adds and returns a delete marker, unless the bucket never had versions. */
export function deleteCurrent(bucket: Bucket, key: string, time: Date): DeleteMarker | undefined {
  bucket.objects.delete(key);
  if (bucket.versioning === undefined) return undefined;
  const marker: DeleteMarker = { key, versionId: undefined, lastModified: time, isDeleteMarker: true };
  addVersion(bucket, marker);
  return marker;
}

/** Deletes one version permanently and returns it, if it exists. */
export function deleteVersion(bucket: Bucket, key: string, versionId: string): Version | undefined {
  const version = findVersion(bucket, key, versionId);
  if (version === undefined) return undefined;
  const rest = (bucket.versions.get(key) ?? []).filter((other) => other !== version);
  if (rest.length > 0) bucket.versions.set(key, rest);
  else bucket.versions.delete(key);
  const current = rest[0];
  if (current === undefined || isDeleteMarker(current)) bucket.objects.delete(key);
  else bucket.objects.set(key, current);
  return version;
}

export function findVersion(bucket: Bucket, key: string, versionId: string): Version | undefined {
  if (bucket.versioning === undefined)
    return versionId === NULL_VERSION ? bucket.objects.get(key) : undefined;
  return bucket.versions.get(key)?.find((version) => version.versionId === versionId);
}

/** The response header with the version id; none if the bucket never had versions. */
export function versionHeader(version: Version): Record<string, string> {
  return version.versionId === undefined ? {} : { 'x-amz-version-id': version.versionId };
}

function addVersion(bucket: Bucket, version: Version): void {
  if (bucket.versioning === undefined) return;
  version.versionId = bucket.versioning === 'Enabled' ? newVersionId() : NULL_VERSION;
  const others = bucket.versions.get(version.key) ?? [];
  bucket.versions.set(version.key, [
    version,
    ...others.filter((other) => other.versionId !== version.versionId),
  ]);
}

/** 32 characters, like those of S3. */
function newVersionId(): string {
  return randomBytes(24).toString('base64url').replaceAll('-', '.');
}

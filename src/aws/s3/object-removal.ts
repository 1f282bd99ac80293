import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectIdentifier,
  type _Error as S3Failure,
} from '@aws-sdk/client-s3';
import { retry } from '../../core/async/poll.js';
import type { ObjectVersion } from '../../core/ports/s3.js';
import { MINUTE } from '../../core/units.js';
import { isAwsError } from '../client/aws-error.js';
import { collect } from '../client/collect.js';
import type { S3Bucket } from './s3-bucket.js';

/** The most objects that S3 removes in one request. */
const MAX_REMOVALS = 1000;
/** How long S3 may fail to remove single objects. */
const RETRY_LIMIT_MS = MINUTE;
/** The version of what was written without versioning. */
const NULL_VERSION = 'null';
/** Why S3 fails to remove single objects for a moment. */
export const TEMPORARY_FAILURES = ['InternalError', 'OperationAborted', 'ServiceUnavailable', 'SlowDown'];

/** Lists all versions and delete markers below a prefix. */
export function listObjectVersions(bucket: S3Bucket, prefix: string): Promise<ObjectVersion[]> {
  return collect(versionPages(bucket, prefix), ({ Versions = [], DeleteMarkers = [] }) => [
    ...Versions.map(({ Key = '', VersionId, IsLatest = false }) => ({
      key: Key,
      // Removing it by its version would need another permission than without versioning.
      version: IsLatest && VersionId === NULL_VERSION ? undefined : VersionId,
      isCurrent: IsLatest,
    })),
    ...DeleteMarkers.map(({ Key = '', VersionId }) => ({ key: Key, version: VersionId, isCurrent: false })),
  ]);
}

/** The versions and delete markers below a prefix, page by page. The SDK has no paginator for this operation. */
export async function* versionPages(
  { client, name }: S3Bucket,
  prefix: string,
): AsyncGenerator<ListObjectVersionsCommandOutput> {
  let page: Partial<ListObjectVersionsCommandOutput> = {};
  do {
    const next = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    const response = await client.send(
      new ListObjectVersionsCommand({ Bucket: name, Prefix: prefix, ...next }),
    );
    page = response;
    yield response;
  } while (page.IsTruncated === true);
}

/**
 * Removes versions of objects for good, or hides them behind delete markers where S3 refuses it.
 *
 * @returns the keys of which versions are left
 * @throws the errors of the SDK
 */
export async function removeObjectVersions(
  bucket: S3Bucket,
  versions: readonly ObjectVersion[],
): Promise<string[]> {
  const left = new Set<string>();
  for (let start = 0; start < versions.length; start += MAX_REMOVALS) {
    const batch = versions.slice(start, start + MAX_REMOVALS);
    const { markers, refused } = await removeBatch(bucket, batch.map(toIdentifier));
    const refusedAgain = await removeHidden(bucket, batch, markers, left);
    for (const key of await hideCurrent(bucket, batch, [...refused, ...refusedAgain])) left.add(key);
  }
  return [...left];
}

/**
 * Removes what was written before the bucket had versioning, and what hides it: without a version, S3 has only created a
 * delete marker. A marker stays where something is behind it that readers would get again.
 *
 * @param left gets the keys of which versions are left
 * @returns the versions that S3 refuses to remove
 */
async function removeHidden(
  bucket: S3Bucket,
  batch: readonly ObjectVersion[],
  markers: readonly ObjectIdentifier[],
  left: Set<string>,
): Promise<readonly ObjectIdentifier[]> {
  const unlisted = new Set(batch.filter(({ isUnlisted }) => isUnlisted).map(({ key }) => key));
  const isUnlisted = ({ Key = '' }: ObjectIdentifier): boolean => unlisted.has(Key);
  for (const { Key = '' } of markers.filter(isUnlisted)) left.add(Key);
  const removable = markers.filter((marker) => !isUnlisted(marker));
  const { refused } = await removeBatch(
    bucket,
    removable.map(({ Key }) => ({ Key, VersionId: NULL_VERSION })),
  );
  const kept = new Set(refused.map(({ Key }) => Key));
  const needless = removable.filter(({ Key, VersionId }) => VersionId !== NULL_VERSION && !kept.has(Key));
  return [...refused, ...(await removeBatch(bucket, needless)).refused];
}

interface BatchResult {
  /** The delete markers that were created. */
  readonly markers: readonly ObjectIdentifier[];
  /** The versions that S3 refuses to remove. */
  readonly refused: readonly ObjectIdentifier[];
}

async function removeBatch(bucket: S3Bucket, objects: readonly ObjectIdentifier[]): Promise<BatchResult> {
  const markers: ObjectIdentifier[] = [];
  const refused: ObjectIdentifier[] = [];
  let remaining = objects;
  const wait = { limitMs: RETRY_LIMIT_MS, reason: 'for S3 to remove objects', jitter: true };
  await retry(
    bucket.connection,
    wait,
    (error) => isAwsError(error, ...TEMPORARY_FAILURES),
    async () => {
      while (remaining.length > 0) {
        const batch = remaining.slice(0, MAX_REMOVALS);
        const command = new DeleteObjectsCommand({ Bucket: bucket.name, Delete: { Objects: batch } });
        const { Deleted = [], Errors = [] } = await bucket.client.send(command);
        for (const { Key, VersionId, DeleteMarker, DeleteMarkerVersionId } of Deleted) {
          if (DeleteMarker === true && VersionId === undefined)
            markers.push({ Key, VersionId: DeleteMarkerVersionId });
        }
        const isRefused = ({ Code, VersionId }: S3Failure): boolean =>
          Code === 'AccessDenied' && VersionId !== undefined;
        refused.push(...Errors.filter(isRefused).map(({ Key, VersionId }) => ({ Key, VersionId })));
        const failed = Errors.filter((error) => !isRefused(error));
        remaining = [
          ...failed.map(({ Key, VersionId }) => ({ Key, ...(VersionId && { VersionId }) })),
          ...remaining.slice(MAX_REMOVALS),
        ];
        if (failed[0] !== undefined) throw toError(failed[0]);
      }
    },
  );
  return { markers, refused };
}

/** Hides the current versions among those that cannot be removed; returns the keys of all of them. */
async function hideCurrent(
  bucket: S3Bucket,
  batch: readonly ObjectVersion[],
  refused: readonly ObjectIdentifier[],
): Promise<string[]> {
  const keys = new Set(refused.flatMap(({ Key }) => Key ?? []));
  const visible = batch.filter(
    ({ key, version, isCurrent }) => isCurrent && version !== undefined && keys.has(key),
  );
  await removeBatch(
    bucket,
    visible.map(({ key }) => ({ Key: key })),
  );
  return [...keys];
}

function toIdentifier({ key, version }: ObjectVersion): ObjectIdentifier {
  return { Key: key, ...(version !== undefined && { VersionId: version }) };
}

/** S3 reports the failure of one object in a successful response. */
function toError({ Code = '', Message = '' }: S3Failure): Error {
  const metadata = Code === 'AccessDenied' ? { httpStatusCode: 403 } : {};
  return Object.assign(new Error(Message), { name: Code, $metadata: metadata });
}

import { type Checksum, checksumHeaders, checksumOf } from './checksums.js';
import { AwsError } from './errors.js';
import { type Answer, type Caller, header, type IncomingCall } from './exchange.js';
import { demandKey, encryptionHeaders } from './s3-encryption.js';
import type { DeleteMarker, StorageClass, StoredObject } from './s3-model.js';
import {
  arnOf,
  existingBucket,
  noSuchKey,
  plain,
  preconditionFailed,
  type S3Operation,
  type S3Request,
  sameEtag,
} from './s3-request.js';
import { findVersion, isDeleteMarker, namedVersion, versionHeader } from './s3-versions.js';

/** These have to be restored before they can be read. */
const ARCHIVES: readonly StorageClass[] = ['GLACIER', 'DEEP_ARCHIVE'];

/** The object of a request: the current version, or the one in the request. */
export function requestedObject(request: S3Request, caller: Caller): StoredObject {
  const bucket = existingBucket(request);
  const versionId = namedVersion(request);
  if (versionId !== undefined) return requestedVersion(request, versionId);
  const object = bucket.objects.get(request.key);
  if (object !== undefined) return object;
  // Without the right to list, a caller must not learn which keys exist.
  caller.demand({ action: 's3:ListBucket', resource: request.account.s3Arn(request.bucketName) });
  const marker = bucket.versions.get(request.key)?.[0];
  throw noSuchKey(request.key, marker && { 'x-amz-delete-marker': 'true', ...versionHeader(marker) });
}

function requestedVersion(request: S3Request, versionId: string): StoredObject {
  const version = findVersion(existingBucket(request), request.key, versionId);
  if (version === undefined) {
    throw new AwsError(404, 'NoSuchVersion', 'The specified version does not exist.', {
      Key: request.key,
      VersionId: versionId,
    });
  }
  if (isDeleteMarker(version)) throw deleteMarkerError(request, version);
  return version;
}

/** For what cannot be done with a delete marker. */
export function deleteMarkerError(request: S3Request, marker: DeleteMarker): AwsError {
  return new AwsError(
    405,
    'MethodNotAllowed',
    'The specified method is not allowed against this resource.',
    { Method: request.call.method, ResourceType: 'DeleteMarker' },
    {
      'x-amz-delete-marker': 'true',
      'last-modified': marker.lastModified.toUTCString(),
      ...versionHeader(marker),
    },
  );
}

/** The checksum of an object; S3 computes one if none was sent. */
export function checksumFor(object: StoredObject): Checksum {
  object.checksum ??= {
    algorithm: 'CRC64NVME',
    value: checksumOf('CRC64NVME', object.bytes),
    type: 'FULL_OBJECT',
  };
  return object.checksum;
}

function wantsChecksum(call: IncomingCall): boolean {
  return header(call, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
}

/** What GET and HEAD have in common. */
function objectHeaders(
  request: S3Request,
  caller: Caller,
  object: StoredObject,
  whole: boolean,
): Record<string, string> {
  const { account, call } = request;
  const { storageClass, tags } = object;
  const showsTags = tags.size > 0 && caller.allows({ action: tagsAction(request), resource: arnOf(request) });
  return {
    ...object.headers,
    etag: object.etag,
    'last-modified': object.lastModified.toUTCString(),
    'accept-ranges': 'bytes',
    ...encryptionHeaders(account, object.encryption),
    ...versionHeader(object),
    ...(storageClass !== 'STANDARD' && { 'x-amz-storage-class': storageClass }),
    ...(showsTags && { 'x-amz-tagging-count': String(tags.size) }),
    ...(whole && wantsChecksum(call) && checksumHeaders(checksumFor(object))),
  };
}

function readObject(request: S3Request, caller: Caller): Answer {
  const object = requestedObject(request, caller);
  const { account, call } = request;
  if (call.method === 'GET' && ARCHIVES.includes(object.storageClass)) {
    throw new AwsError(
      403,
      'InvalidObjectState',
      "The operation is not valid for the object's storage class",
      {
        StorageClass: object.storageClass,
      },
    );
  }
  // Only its content and its checksum are encrypted.
  if (call.method === 'GET' || wantsChecksum(call)) {
    demandKey(account, caller, object.encryption, 'kms:Decrypt');
  }
  const ifMatch = header(call, 'if-match');
  if (ifMatch !== undefined && ifMatch !== '*' && !sameEtag(ifMatch, object.etag))
    throw preconditionFailed('If-Match');
  const ifNoneMatch = header(call, 'if-none-match');
  if (ifNoneMatch !== undefined && (ifNoneMatch === '*' || sameEtag(ifNoneMatch, object.etag))) {
    return plain(304, { etag: object.etag });
  }
  const range = header(call, 'range');
  const slice = range === undefined ? undefined : readRange(range, object.bytes.length);
  if (slice === undefined) return plain(200, objectHeaders(request, caller, object, true), object.bytes);
  return plain(
    206,
    {
      ...objectHeaders(request, caller, object, false),
      'content-range': `bytes ${slice.start}-${slice.end}/${object.bytes.length}`,
    },
    object.bytes.subarray(slice.start, slice.end + 1),
  );
}

/** A single range; an invalid header is ignored, as HTTP requires. */
function readRange(range: string, length: number): { start: number; end: number } | undefined {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(range);
  const [first, last] = [parts?.[1] ?? '', parts?.[2] ?? ''];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, length - Number(last)) : Number(first);
  const end = first === '' || last === '' ? length - 1 : Math.min(Number(last), length - 1);
  if (start >= length || start > end) {
    throw new AwsError(416, 'InvalidRange', 'The requested range is not satisfiable', {
      RangeRequested: range,
      ActualObjectSize: String(length),
    });
  }
  return { start, end };
}

const tagsAction = (request: S3Request): string =>
  namedVersion(request) === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging';

const readAction = (request: S3Request): string =>
  namedVersion(request) === undefined ? 's3:GetObject' : 's3:GetObjectVersion';

export const objectReadOperations = {
  GetObject: { name: 'GetObject', action: readAction, act: readObject },
  HeadObject: { name: 'HeadObject', action: readAction, act: readObject },
} satisfies Record<string, S3Operation>;

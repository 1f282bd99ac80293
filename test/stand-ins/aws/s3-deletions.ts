import { notImplemented } from './errors.js';
import { type Caller, header } from './exchange.js';
import { readPayload } from './payload.js';
import type { Bucket } from './s3-model.js';
import { conditionNeeds } from './s3-object-headers.js';
import {
  existingBucket,
  malformedXml,
  noSuchKey,
  plain,
  preconditionFailed,
  requireChecksum,
  type S3Operation,
  type S3Request,
  sameEtag,
  xmlAnswer,
  xmlBody,
} from './s3-request.js';
import { deleteCurrent, deleteVersion, isDeleteMarker, namedVersion, versionHeader } from './s3-versions.js';
import { childText, type XmlElement, type XmlValue } from './xml.js';

/** Conditions of directory buckets, MFA and Object Lock. */
const UNSUPPORTED_HEADERS = [
  'x-amz-if-match-last-modified-time',
  'x-amz-if-match-size',
  'x-amz-mfa',
  'x-amz-bypass-governance-retention',
];

function deleteAction(versionId: string | undefined): string {
  return versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
}

/** Deletes one entry of a DeleteObjects; returns what the response contains about it. */
function deleteEntry(
  request: S3Request,
  caller: Caller,
  bucket: Bucket,
  entry: XmlElement,
): { deleted?: XmlValue; error?: XmlValue } {
  const { account } = request;
  const Key = childText(entry, 'Key') ?? '';
  const VersionId = childText(entry, 'VersionId');
  const etag = childText(entry, 'ETag');
  const failed = (Code: string, Message: string) => ({ error: { Key, VersionId, Code, Message } });
  const permission = { action: deleteAction(VersionId), resource: account.s3Arn(`${bucket.name}/${Key}`) };
  const refusal = caller.refusal(permission);
  if (refusal !== undefined) return failed('AccessDenied', refusal);
  const current = bucket.objects.get(Key);
  if (etag !== undefined && VersionId !== undefined)
    throw notImplemented('ETag and VersionId of one deletion');
  if (etag !== undefined && (current === undefined || !sameEtag(etag, current.etag))) {
    return failed('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  }
  if (VersionId === undefined) {
    const marker = deleteCurrent(bucket, Key, account.now());
    return {
      deleted: {
        Key,
        ...(marker && { DeleteMarker: true, DeleteMarkerVersionId: marker.versionId }),
      },
    };
  }
  const wasMarker = isDeleteMarker(deleteVersion(bucket, Key, VersionId));
  return {
    deleted: { Key, VersionId, ...(wasMarker && { DeleteMarker: true, DeleteMarkerVersionId: VersionId }) },
  };
}

export const deletionOperations = {
  DeleteObject: {
    name: 'DeleteObject',
    action: (request) => deleteAction(namedVersion(request)),
    needs: conditionNeeds,
    act(request) {
      const bucket = existingBucket(request);
      const { key } = request;
      const unsupported = UNSUPPORTED_HEADERS.find((name) => header(request.call, name) !== undefined);
      if (unsupported !== undefined) throw notImplemented(`the header ${unsupported}`);
      const ifMatch = header(request.call, 'if-match');
      const versionId = namedVersion(request);
      if (versionId !== undefined) {
        if (ifMatch !== undefined) throw notImplemented('If-Match on the deletion of a version');
        const marker = isDeleteMarker(deleteVersion(bucket, key, versionId));
        return plain(204, {
          'x-amz-version-id': versionId,
          ...(marker && { 'x-amz-delete-marker': 'true' }),
        });
      }
      const object = bucket.objects.get(key);
      if (ifMatch !== undefined) {
        if (object === undefined) throw noSuchKey(key);
        if (ifMatch !== '*' && !sameEtag(ifMatch, object.etag)) throw preconditionFailed('If-Match');
      }
      const marker = deleteCurrent(bucket, key, request.account.now());
      return plain(204, marker && { 'x-amz-delete-marker': 'true', ...versionHeader(marker) });
    },
  },

  DeleteObjects: {
    name: 'DeleteObjects',
    // Decided for each key.
    action: '',
    act(request, caller) {
      const bucket = existingBucket(request);
      requireChecksum(request.call);
      const given = xmlBody(readPayload(request.call).bytes);
      const entries = given.children.filter((child) => child.name === 'Object');
      if (entries.length === 0 || entries.length > 1000) throw malformedXml();
      const deleted: XmlValue[] = [];
      const errors: XmlValue[] = [];
      for (const entry of entries) {
        const outcome = deleteEntry(request, caller, bucket, entry);
        if (outcome.error !== undefined) errors.push(outcome.error);
        if (outcome.deleted !== undefined) deleted.push(outcome.deleted);
      }
      const quiet = childText(given, 'Quiet') === 'true';
      return xmlAnswer('DeleteResult', { Deleted: quiet ? [] : deleted, Error: errors });
    },
  },
} satisfies Record<string, S3Operation>;

import { randomBytes } from 'node:crypto';
import { checksumKind, checksumOf, invalidRequest } from './checksums.js';
import { AwsError } from './errors.js';
import { type IncomingCall, queryValue } from './exchange.js';
import { compareBytes } from './paging.js';
import { digest, readPayload, readUnchecked } from './payload.js';
import {
  demandKey,
  encryptionContext,
  encryptionHeaders,
  entityTag,
  requestedEncryption,
} from './s3-encryption.js';
import { readLimit } from './s3-listing.js';
import type { Part, StoredObject, Upload } from './s3-model.js';
import { checkWriteConditions, conditionNeeds, storageClass, storedHeaders } from './s3-object-headers.js';
import { completedChecksum, namedParts } from './s3-parts.js';
import {
  checkKey,
  existingBucket,
  plain,
  type S3Operation,
  type S3Request,
  xmlAnswer,
} from './s3-request.js';
import { headerTagNeeds, headerTags } from './s3-tagging.js';
import { storeObject, versionHeader } from './s3-versions.js';

const PARTS_PER_UPLOAD = 10_000;
const UPLOADS_PER_PAGE = 1000;

function existingUpload(request: S3Request): Upload {
  const upload = existingBucket(request).uploads.get(queryValue(request.call, 'uploadId') ?? '');
  if (upload === undefined || upload.key !== request.key) {
    throw new AwsError(
      404,
      'NoSuchUpload',
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    );
  }
  return upload;
}

function partNumber(request: S3Request): number {
  const number = Number(queryValue(request.call, 'partNumber'));
  if (Number.isInteger(number) && number >= 1 && number <= PARTS_PER_UPLOAD) return number;
  throw new AwsError(
    400,
    'InvalidArgument',
    `Part number must be an integer between 1 and ${PARTS_PER_UPLOAD}, inclusive`,
  );
}

function joinedTags(parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part.etag.replaceAll('"', ''), 'hex')));
}

/** Whether an upload is listed after the markers. Without an ID, all uploads to the marker's key come before it. */
function isAfterMarkers({ key, id }: Upload, call: IncomingCall): boolean {
  const keyMarker = queryValue(call, 'key-marker') ?? '';
  const idMarker = queryValue(call, 'upload-id-marker') ?? '';
  const order = compareBytes(key, keyMarker);
  return order > 0 || (order === 0 && idMarker !== '' && compareBytes(id, idMarker) > 0);
}

export const multipartOperations = {
  CreateMultipartUpload: {
    name: 'CreateMultipartUpload',
    action: 's3:PutObject',
    needs: headerTagNeeds,
    act(request, caller) {
      const { account, call } = request;
      const key = checkKey(request.key);
      const bucket = existingBucket(request);
      const checksum = checksumKind(call.headers);
      const encryption = requestedEncryption(request, bucket);
      demandKey(account, caller, encryption, 'kms:GenerateDataKey');
      const upload: Upload = {
        id: randomBytes(32).toString('base64url'),
        key,
        initiated: account.now(),
        headers: storedHeaders(call),
        checksum,
        encryption,
        storageClass: storageClass(call),
        tags: headerTags(call),
        encryptionContext: encryptionContext(request),
        parts: new Map(),
      };
      bucket.uploads.set(upload.id, upload);
      return xmlAnswer(
        'InitiateMultipartUploadResult',
        { Bucket: bucket.name, Key: key, UploadId: upload.id },
        {
          ...encryptionHeaders(account, encryption),
          ...(checksum && {
            'x-amz-checksum-algorithm': checksum.algorithm,
            'x-amz-checksum-type': checksum.type,
          }),
        },
      );
    },
  },

  UploadPart: {
    name: 'UploadPart',
    action: 's3:PutObject',
    act(request, caller) {
      const { account } = request;
      const upload = existingUpload(request);
      demandKey(account, caller, upload.encryption, 'kms:Decrypt');
      const number = partNumber(request);
      const { bytes, checksum } = readPayload(request.call);
      const wanted = upload.checksum?.algorithm;
      if (wanted !== undefined && checksum !== undefined && checksum.algorithm !== wanted) {
        throw invalidRequest(
          `Checksum Type mismatch occurred, expected checksum Type: ${wanted.toLowerCase()}, actual checksum Type: ${checksum.algorithm.toLowerCase()}`,
        );
      }
      const etag = `"${entityTag(upload.encryption, () => digest('md5', bytes, 'hex'))}"`;
      upload.parts.set(number, {
        bytes,
        etag,
        checksum: wanted && (checksum?.value ?? checksumOf(wanted, bytes)),
        lastModified: account.now(),
      });
      return plain(200, {
        etag,
        ...encryptionHeaders(account, upload.encryption),
        ...(checksum && { [`x-amz-checksum-${checksum.algorithm.toLowerCase()}`]: checksum.value }),
      });
    },
  },

  CompleteMultipartUpload: {
    name: 'CompleteMultipartUpload',
    action: 's3:PutObject',
    needs: conditionNeeds,
    act(request, caller) {
      const { account, call } = request;
      const bucket = existingBucket(request);
      const upload = existingUpload(request);
      const { encryption } = upload;
      if (upload.checksum !== undefined) demandKey(account, caller, encryption, 'kms:Decrypt');
      const parts = namedParts(upload, readUnchecked(call));
      const bytes = Buffer.concat(parts.map((part) => part.bytes));
      const checksum = completedChecksum(call, upload, parts, bytes);
      checkWriteConditions(call, bucket, upload.key);
      const tag = entityTag(encryption, () => digest('md5', joinedTags(parts), 'hex'));
      const object: StoredObject = {
        key: upload.key,
        versionId: undefined,
        bytes,
        etag: `"${tag}-${parts.length}"`,
        lastModified: account.now(),
        headers: upload.headers,
        checksum,
        encryption,
        storageClass: upload.storageClass,
        tags: upload.tags,
      };
      storeObject(bucket, object);
      bucket.uploads.delete(upload.id);
      return xmlAnswer(
        'CompleteMultipartUploadResult',
        {
          Bucket: bucket.name,
          Key: upload.key,
          ETag: object.etag,
          ...(checksum && { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type }),
        },
        { ...encryptionHeaders(account, encryption), ...versionHeader(object) },
      );
    },
  },

  AbortMultipartUpload: {
    name: 'AbortMultipartUpload',
    act(request) {
      existingBucket(request).uploads.delete(existingUpload(request).id);
      return plain(204);
    },
  },

  ListMultipartUploads: {
    name: 'ListMultipartUploads',
    action: 's3:ListBucketMultipartUploads',
    act(request) {
      const { account, call } = request;
      const bucket = existingBucket(request);
      const prefix = queryValue(call, 'prefix') ?? '';
      const most = readLimit(queryValue(call, 'max-uploads'), 'max-uploads');
      const rest = [...bucket.uploads.values()]
        .filter((upload) => upload.key.startsWith(prefix) && isAfterMarkers(upload, call))
        .sort((a, b) => compareBytes(a.key, b.key) || compareBytes(a.id, b.id));
      const page = rest.slice(0, account.limit(most, UPLOADS_PER_PAGE));
      const last = rest.length > page.length ? page.at(-1) : undefined;
      return xmlAnswer('ListMultipartUploadsResult', {
        Bucket: bucket.name,
        KeyMarker: queryValue(call, 'key-marker') ?? '',
        UploadIdMarker: queryValue(call, 'upload-id-marker') ?? '',
        NextKeyMarker: last?.key,
        NextUploadIdMarker: last?.id,
        MaxUploads: most,
        IsTruncated: last !== undefined,
        Upload: page.map((upload) => ({
          Key: upload.key,
          UploadId: upload.id,
          Initiated: upload.initiated.toISOString(),
          StorageClass: upload.storageClass,
        })),
      });
    },
  },
} satisfies Record<string, S3Operation>;

import { randomBytes } from 'node:crypto';
import { checksumKind, checksumOf, invalidRequest } from './checksums.js';
import { AwsError } from './errors.js';
import { queryValue } from './exchange.js';
import { pageOf } from './paging.js';
import { digest, readPayload, readUnchecked } from './payload.js';
import {
  demandKey,
  encryptionContext,
  encryptionHeaders,
  entityTag,
  requestedEncryption,
} from './s3-encryption.js';
import type { Part, StoredObject, Upload } from './s3-model.js';
import { checkWriteConditions, conditionNeeds, storedHeaders } from './s3-object-headers.js';
import { completedChecksum, namedParts } from './s3-parts.js';
import {
  checkKey,
  existingBucket,
  plain,
  type S3Operation,
  type S3Request,
  xmlAnswer,
} from './s3-request.js';
import { storeObject, versionHeader } from './s3-versions.js';

const PARTS_PER_UPLOAD = 10_000;

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

export const multipartOperations = {
  CreateMultipartUpload: {
    name: 'CreateMultipartUpload',
    action: 's3:PutObject',
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
      const bucket = existingBucket(request);
      const prefix = queryValue(request.call, 'prefix') ?? '';
      const uploads = [...bucket.uploads.values()].filter((upload) => upload.key.startsWith(prefix));
      const page = pageOf(uploads, (upload) => `${upload.key}\0${upload.id}`, undefined, 1000);
      return xmlAnswer('ListMultipartUploadsResult', {
        Bucket: bucket.name,
        IsTruncated: false,
        Upload: page.items.map((upload) => ({
          Key: upload.key,
          UploadId: upload.id,
          Initiated: upload.initiated.toISOString(),
          StorageClass: 'STANDARD',
        })),
      });
    },
  },
} satisfies Record<string, S3Operation>;

import { randomBytes } from 'node:crypto';
import { AwsError, notImplemented } from './errors.js';
import { header, queryValue } from './exchange.js';
import { pageOf } from './paging.js';
import { crc32Base64, digest, readPayload } from './payload.js';
import type { Upload } from './s3-model.js';
import { checkWriteConditions, conditionNeeds, ENCRYPTED, storedHeaders } from './s3-object-headers.js';
import {
  checkKey,
  existingBucket,
  plain,
  type S3Operation,
  type S3Request,
  sameEtag,
  xmlAnswer,
  xmlBody,
} from './s3-request.js';
import { childText } from './xml.js';

const LEAST_PART_BYTES = 5 * 1024 * 1024;
const PARTS_PER_UPLOAD = 10_000;

type Part = Upload['parts'] extends Map<number, infer Value> ? Value : never;

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

/** The parts that the client names, checked against what it sent. */
function partsOf(upload: Upload, body: Buffer): Part[] {
  const named = xmlBody(body).children.filter((child) => child.name === 'Part');
  const invalid = new AwsError(
    400,
    'InvalidPart',
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  );
  if (named.length === 0)
    throw new AwsError(
      400,
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  let before = 0;
  const parts = named.map((element) => {
    const number = Number(childText(element, 'PartNumber'));
    if (number <= before) {
      throw new AwsError(
        400,
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
      );
    }
    before = number;
    const part = upload.parts.get(number);
    if (part === undefined || !sameEtag(childText(element, 'ETag') ?? '', part.etag)) throw invalid;
    return part;
  });
  if (parts.slice(0, -1).some((part) => part.bytes.length < LEAST_PART_BYTES)) {
    throw new AwsError(
      400,
      'EntityTooSmall',
      'Your proposed upload is smaller than the minimum allowed size',
      {
        MinSizeAllowed: String(LEAST_PART_BYTES),
      },
    );
  }
  return parts;
}

function checksumOf(upload: Upload, parts: readonly Part[], bytes: Buffer) {
  if (upload.checksumType === undefined) return undefined;
  if (upload.checksumType === 'FULL_OBJECT') return { crc32: crc32Base64(bytes), type: upload.checksumType };
  const joined = Buffer.concat(parts.map((part) => Buffer.from(part.crc32, 'base64')));
  return { crc32: `${crc32Base64(joined)}-${parts.length}`, type: upload.checksumType };
}

export const multipartOperations = {
  CreateMultipartUpload: {
    name: 'CreateMultipartUpload',
    action: 's3:PutObject',
    act(request) {
      const { call } = request;
      const key = checkKey(request.key);
      const bucket = existingBucket(request);
      const algorithm = header(call, 'x-amz-checksum-algorithm');
      if (algorithm !== undefined && algorithm !== 'CRC32')
        throw notImplemented(`the checksum algorithm ${algorithm}`);
      const whole = header(call, 'x-amz-checksum-type') === 'FULL_OBJECT';
      const upload: Upload = {
        id: randomBytes(32).toString('base64url'),
        key,
        initiated: request.account.now(),
        headers: storedHeaders(call),
        checksumType: algorithm === undefined ? undefined : whole ? 'FULL_OBJECT' : 'COMPOSITE',
        parts: new Map(),
      };
      bucket.uploads.set(upload.id, upload);
      return xmlAnswer(
        'InitiateMultipartUploadResult',
        { Bucket: bucket.name, Key: key, UploadId: upload.id },
        {
          ...ENCRYPTED,
          ...(algorithm && {
            'x-amz-checksum-algorithm': algorithm,
            'x-amz-checksum-type': upload.checksumType ?? 'COMPOSITE',
          }),
        },
      );
    },
  },

  UploadPart: {
    name: 'UploadPart',
    action: 's3:PutObject',
    act(request) {
      const upload = existingUpload(request);
      const number = Number(queryValue(request.call, 'partNumber'));
      if (!Number.isInteger(number) || number < 1 || number > PARTS_PER_UPLOAD) {
        throw new AwsError(
          400,
          'InvalidArgument',
          `Part number must be an integer between 1 and ${PARTS_PER_UPLOAD}, inclusive`,
        );
      }
      const { bytes, crc32 } = readPayload(request.call);
      const etag = `"${digest('md5', bytes, 'hex')}"`;
      upload.parts.set(number, {
        bytes,
        etag,
        crc32: crc32Base64(bytes),
        lastModified: request.account.now(),
      });
      return plain(200, { etag, ...ENCRYPTED, ...(crc32 && { 'x-amz-checksum-crc32': crc32 }) });
    },
  },

  CompleteMultipartUpload: {
    name: 'CompleteMultipartUpload',
    action: 's3:PutObject',
    needs: conditionNeeds,
    act(request) {
      const bucket = existingBucket(request);
      const upload = existingUpload(request);
      const parts = partsOf(upload, readPayload(request.call).bytes);
      checkWriteConditions(request.call, bucket, upload.key);
      const bytes = Buffer.concat(parts.map((part) => part.bytes));
      const digests = Buffer.concat(parts.map((part) => Buffer.from(part.etag.replaceAll('"', ''), 'hex')));
      const etag = `"${digest('md5', digests, 'hex')}-${parts.length}"`;
      const checksum = checksumOf(upload, parts, bytes);
      bucket.objects.set(upload.key, {
        key: upload.key,
        bytes,
        etag,
        lastModified: request.account.now(),
        headers: upload.headers,
        checksum,
      });
      bucket.uploads.delete(upload.id);
      return xmlAnswer(
        'CompleteMultipartUploadResult',
        {
          Bucket: bucket.name,
          Key: upload.key,
          ETag: etag,
          ChecksumCRC32: checksum?.crc32,
          ChecksumType: checksum?.type,
        },
        ENCRYPTED,
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

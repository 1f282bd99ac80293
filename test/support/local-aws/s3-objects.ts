import { type Checksum, checksumHeaders, checksumOf } from './checksums.js';
import { AwsError } from './errors.js';
import { type Answer, type Caller, header, type IncomingCall } from './exchange.js';
import { digest, readPayload } from './payload.js';
import type { StoredObject } from './s3-model.js';
import { checkWriteConditions, conditionNeeds, ENCRYPTED, storedHeaders } from './s3-object-headers.js';
import {
  checkKey,
  existingBucket,
  existingObject,
  malformedXml,
  noSuchKey,
  plain,
  preconditionFailed,
  type S3Operation,
  type S3Request,
  sameEtag,
  xmlAnswer,
  xmlBody,
} from './s3-request.js';
import { childText } from './xml.js';

const OBJECT_BYTES = 5 * 1024 ** 3;

/** S3 gives an object a checksum of its own choice where none was sent. */
function checksumFor(object: StoredObject): Checksum {
  object.checksum ??= {
    algorithm: 'CRC64NVME',
    value: checksumOf('CRC64NVME', object.bytes),
    type: 'FULL_OBJECT',
  };
  return object.checksum;
}

function objectHeaders(object: StoredObject, call: IncomingCall, whole: boolean): Record<string, string> {
  const showsChecksum = whole && header(call, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  return {
    ...object.headers,
    etag: object.etag,
    'last-modified': object.lastModified.toUTCString(),
    'accept-ranges': 'bytes',
    ...ENCRYPTED,
    ...(showsChecksum && checksumHeaders(checksumFor(object))),
  };
}

function readObject(request: S3Request, caller: Caller): Answer {
  const object = existingObject(request, caller);
  const { call } = request;
  const ifMatch = header(call, 'if-match');
  if (ifMatch !== undefined && ifMatch !== '*' && !sameEtag(ifMatch, object.etag))
    throw preconditionFailed('If-Match');
  const ifNoneMatch = header(call, 'if-none-match');
  if (ifNoneMatch !== undefined && (ifNoneMatch === '*' || sameEtag(ifNoneMatch, object.etag))) {
    return plain(304, { etag: object.etag });
  }
  const range = header(call, 'range');
  const slice = range === undefined ? undefined : readRange(range, object.bytes.length);
  if (slice === undefined) return plain(200, objectHeaders(object, call, true), object.bytes);
  return plain(
    206,
    {
      ...objectHeaders(object, call, false),
      'content-range': `bytes ${slice.start}-${slice.end}/${object.bytes.length}`,
    },
    object.bytes.subarray(slice.start, slice.end + 1),
  );
}

/** One range; a header that is none is ignored, as HTTP says. */
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

export const objectOperations = {
  PutObject: {
    name: 'PutObject',
    needs: conditionNeeds,
    act(request) {
      const { call } = request;
      const key = checkKey(request.key);
      const bucket = existingBucket(request);
      const headers = storedHeaders(call);
      const { bytes, checksum } = readPayload(call);
      if (bytes.length > OBJECT_BYTES) {
        throw new AwsError(
          400,
          'EntityTooLarge',
          'Your proposed upload exceeds the maximum allowed object size.',
        );
      }
      checkWriteConditions(call, bucket, key);
      const object: StoredObject = {
        key,
        bytes,
        etag: `"${digest('md5', bytes, 'hex')}"`,
        lastModified: request.account.now(),
        headers,
        checksum,
      };
      bucket.objects.set(key, object);
      return plain(200, {
        etag: object.etag,
        ...ENCRYPTED,
        ...checksumHeaders(checksumFor(object)),
      });
    },
  },

  GetObject: { name: 'GetObject', act: readObject },

  HeadObject: { name: 'HeadObject', action: 's3:GetObject', act: readObject },

  DeleteObject: {
    name: 'DeleteObject',
    needs: conditionNeeds,
    act(request) {
      const bucket = existingBucket(request);
      const ifMatch = header(request.call, 'if-match');
      const object = bucket.objects.get(request.key);
      if (ifMatch !== undefined) {
        if (object === undefined) throw noSuchKey(request.key);
        if (ifMatch !== '*' && !sameEtag(ifMatch, object.etag)) throw preconditionFailed('If-Match');
      }
      bucket.objects.delete(request.key);
      return plain(204);
    },
  },

  DeleteObjects: {
    name: 'DeleteObjects',
    // Decided for each key.
    action: '',
    act(request, caller) {
      const bucket = existingBucket(request);
      const { call, account } = request;
      const checked = Object.keys(call.headers).some((name) =>
        /^(?:content-md5|x-amz-checksum-.+)$/.test(name),
      );
      if (!checked) {
        throw new AwsError(
          400,
          'InvalidRequest',
          'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
        );
      }
      const given = xmlBody(readPayload(call).bytes);
      const entries = given.children.filter((child) => child.name === 'Object');
      if (entries.length === 0 || entries.length > 1000) throw malformedXml();
      const deleted: { Key: string }[] = [];
      const errors: { Key: string; Code: string; Message: string }[] = [];
      for (const entry of entries) {
        const key = childText(entry, 'Key') ?? '';
        const etag = childText(entry, 'ETag');
        const current = bucket.objects.get(key);
        if (!caller.allows({ action: 's3:DeleteObject', resource: account.s3Arn(`${bucket.name}/${key}`) })) {
          errors.push({ Key: key, Code: 'AccessDenied', Message: 'Access Denied' });
        } else if (etag !== undefined && (current === undefined || !sameEtag(etag, current.etag))) {
          errors.push({
            Key: key,
            Code: 'PreconditionFailed',
            Message: 'At least one of the pre-conditions you specified did not hold',
          });
        } else {
          bucket.objects.delete(key);
          deleted.push({ Key: key });
        }
      }
      const quiet = childText(given, 'Quiet') === 'true';
      return xmlAnswer('DeleteResult', { Deleted: quiet ? [] : deleted, Error: errors });
    },
  },
} satisfies Record<string, S3Operation>;

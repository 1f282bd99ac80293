import { AwsError, notImplemented } from './errors.js';
import { header, type IncomingCall, type Permission } from './exchange.js';
import { type Bucket, STORAGE_CLASSES, type StorageClass } from './s3-model.js';
import { arnOf, noSuchKey, preconditionFailed, type S3Request, sameEtag } from './s3-request.js';

const METADATA_BYTES = 2048;
const KEPT_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];
/** Headers that would change what is stored, and that nothing here carries out. */
const UNSUPPORTED_HEADERS = [
  'x-amz-copy-source',
  'x-amz-website-redirect-location',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-object-lock-legal-hold',
  'x-amz-write-offset-bytes',
];

/** What an upload says about its object, checked. */
export function storedHeaders(call: IncomingCall): Record<string, string> {
  if (
    header(call, 'x-amz-acl') !== undefined ||
    Object.keys(call.headers).some((name) => name.startsWith('x-amz-grant-'))
  ) {
    throw new AwsError(400, 'AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
  const unsupported = UNSUPPORTED_HEADERS.find((name) => header(call, name) !== undefined);
  if (unsupported !== undefined) throw notImplemented(`the header ${unsupported}`);

  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  let metadata = 0;
  for (const [name, value] of Object.entries(call.headers)) {
    if (name.startsWith('x-amz-meta-')) {
      metadata += name.length - 'x-amz-meta-'.length + Buffer.byteLength(value);
      kept[name] = value;
    } else if (KEPT_HEADERS.includes(name)) {
      kept[name] = value;
    }
  }
  // The framing of the upload is not an encoding of the object.
  const encoding = (kept['content-encoding'] ?? '').split(/,\s*/).filter((part) => part !== 'aws-chunked');
  delete kept['content-encoding'];
  if (encoding.join('') !== '') kept['content-encoding'] = encoding.join(', ');
  if (metadata > METADATA_BYTES) {
    throw new AwsError(
      400,
      'MetadataTooLarge',
      'Your metadata headers exceed the maximum allowed metadata size',
      { MaxSizeAllowed: String(METADATA_BYTES), Size: String(metadata) },
    );
  }
  return kept;
}

/** The storage class that an upload asks for. */
export function storageClass(call: IncomingCall): StorageClass {
  const asked = header(call, 'x-amz-storage-class') ?? 'STANDARD';
  const known = STORAGE_CLASSES.find((name) => name === asked);
  if (known !== undefined) return known;
  throw new AwsError(400, 'InvalidStorageClass', 'The storage class you specified is not valid', {
    StorageClassRequested: asked,
  });
}

/** If-None-Match and If-Match of a write, against what is stored now. */
export function checkWriteConditions(call: IncomingCall, bucket: Bucket, key: string): void {
  const current = bucket.objects.get(key);
  const ifNoneMatch = header(call, 'if-none-match');
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') throw notImplemented('If-None-Match with an entity tag on a write');
    if (current !== undefined) throw preconditionFailed('If-None-Match');
  }
  const ifMatch = header(call, 'if-match');
  if (ifMatch !== undefined) {
    if (current === undefined) throw noSuchKey(key);
    if (ifMatch !== '*' && !sameEtag(ifMatch, current.etag)) throw preconditionFailed('If-Match');
  }
}

/** Who compares with an entity tag must be allowed to read it. */
export function conditionNeeds(request: S3Request): Permission[] {
  const ifMatch = header(request.call, 'if-match');
  return ifMatch === undefined || ifMatch === '*'
    ? []
    : [{ action: 's3:GetObject', resource: arnOf(request) }];
}

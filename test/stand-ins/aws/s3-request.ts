import { randomUUID } from 'node:crypto';
import type { Account } from './account.js';
import { AwsError } from './errors.js';
import { type Answer, type Caller, type IncomingCall, type Permission, queryValue } from './exchange.js';
import type { Bucket } from './s3-model.js';
import { readXml, writeElement, XML_DECLARATION, type XmlElement, type XmlValue } from './xml.js';

const KEY_BYTES = 1024;

/** A request to S3, its path taken apart. */
export interface S3Request {
  account: Account;
  call: IncomingCall;
  /** Empty for the service itself. */
  bucketName: string;
  /** Empty for the bucket itself. */
  key: string;
}

export interface S3Operation {
  name: string;
  /** Where it is not `s3:` and the operation's name; empty if the operation itself checks permissions. */
  action?: string | ((request: S3Request) => string);
  /** Whether it creates or deletes the bucket, or changes one of its settings. */
  changesBucket?: boolean;
  /** Additional permissions that this request needs, other than its action on its resource. */
  needs?(request: S3Request): Permission[];
  act(request: S3Request, caller: Caller): Answer;
}

export function splitPath(call: IncomingCall): { bucketName: string; key: string } {
  const path = call.rawPath.slice(1);
  const slash = path.indexOf('/');
  const [bucket, rest] = slash < 0 ? [path, ''] : [path.slice(0, slash), path.slice(slash + 1)];
  try {
    // A plus sign in a path is a plus sign.
    return { bucketName: decodeURIComponent(bucket), key: decodeURIComponent(rest) };
  } catch {
    throw new AwsError(400, 'InvalidURI', "Couldn't parse the specified URI.");
  }
}

export function arnOf({ account, bucketName, key }: S3Request): string {
  return account.s3Arn(key === '' ? bucketName : `${bucketName}/${key}`);
}

export function existingBucket({ account, bucketName }: S3Request): Bucket {
  const bucket = account.buckets.get(bucketName);
  if (bucket === undefined) throw noSuchBucket(bucketName);
  return bucket;
}

export function noSuchBucket(name: string): AwsError {
  return new AwsError(404, 'NoSuchBucket', 'The specified bucket does not exist', { BucketName: name });
}

export function noSuchKey(key: string, headers?: Record<string, string>): AwsError {
  return new AwsError(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key }, headers);
}

/** For writes, which always create a new version. */
export function refuseVersion(call: IncomingCall): void {
  if (queryValue(call, 'versionId') === undefined) return;
  throw new AwsError(400, 'InvalidArgument', 'This operation does not accept a version-id.', {
    ArgumentName: 'versionId',
  });
}

/** For requests that S3 accepts only with a digest of their body. */
export function requireChecksum(call: IncomingCall): void {
  if (Object.keys(call.headers).some((name) => /^(?:content-md5|x-amz-checksum-.+)$/.test(name))) return;
  throw new AwsError(
    400,
    'InvalidRequest',
    'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
  );
}

export function checkKey(key: string): string {
  if (Buffer.byteLength(key) > KEY_BYTES) {
    throw new AwsError(400, 'KeyTooLongError', 'Your key is too long', { MaxSizeAllowed: String(KEY_BYTES) });
  }
  return key;
}

export function preconditionFailed(condition: string): AwsError {
  return new AwsError(
    412,
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    { Condition: condition },
  );
}

/** Entity tags are compared without their quotes. */
export function sameEtag(a: string, b: string): boolean {
  return a.replaceAll('"', '') === b.replaceAll('"', '');
}

export function xmlBody(bytes: Buffer): XmlElement {
  const element = readXml(bytes.toString('utf8'));
  if (element === undefined) throw malformedXml();
  return element;
}

export function malformedXml(): AwsError {
  return new AwsError(
    400,
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

export function plain(
  status: number,
  headers: Record<string, string> = {},
  body: string | Buffer = '',
): Answer {
  return { status, headers: { 'x-amz-request-id': randomUUID(), ...headers }, body };
}

export function xmlAnswer(root: string, content: XmlValue, headers: Record<string, string> = {}): Answer {
  const written = writeElement(root, content, 'flat');
  const named = written.replace(`<${root}>`, `<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`);
  return plain(200, { 'content-type': 'application/xml', ...headers }, XML_DECLARATION + named);
}

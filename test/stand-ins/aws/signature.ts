import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { parseSignatureTime, signatureTime } from './clock.js';
import { AwsError, isJsonService } from './errors.js';
import { decodePercent, header, type IncomingCall } from './exchange.js';
import type { ServiceName } from './options.js';

/** How many minutes a signature is valid. Error messages of Lambda and STS state theirs; those of IAM and CloudWatch Logs are assumed. */
const MINUTES: Readonly<Record<ServiceName, number>> = {
  lambda: 5,
  iam: 5,
  logs: 5,
  secretsmanager: 5,
  sts: 15,
  s3: 15,
};

export interface Authorization {
  accessKeyId: string;
  date: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

/** Reads the Authorization header; undefined where it is absent or not a SigV4 one. */
export function readAuthorization(call: IncomingCall): Authorization | undefined {
  const parts = AUTHORIZATION.exec(header(call, 'authorization') ?? '');
  if (parts === null) return undefined;
  const [, accessKeyId = '', date = '', region = '', service = '', signed = '', signature = ''] = parts;
  return { accessKeyId, date, region, service, signedHeaders: signed.split(';'), signature };
}

/** Throws in the service's words unless the request was signed with this secret. */
export function verifySignature(
  call: IncomingCall,
  authorization: Authorization,
  secretAccessKey: string,
  service: ServiceName,
): void {
  const sentAt = header(call, 'x-amz-date') ?? '';
  const time = parseSignatureTime(sentAt);
  if (time === undefined || !sentAt.startsWith(authorization.date)) {
    throw mismatch(service, 'AWS authentication requires a valid Date or x-amz-date header');
  }
  checkTime(call, time.getTime(), sentAt, service);
  if (!authorization.signedHeaders.includes('host')) {
    throw mismatch(service, "'Host' must be a 'SignedHeader' in the AWS Authorization.");
  }
  const scope = `${authorization.date}/${authorization.region}/${authorization.service}/aws4_request`;
  const toSign = [
    'AWS4-HMAC-SHA256',
    sentAt,
    scope,
    sha256(canonicalRequest(call, authorization, service)),
  ].join('\n');
  const expected = hmac(signingKey(secretAccessKey, scope), toSign);
  if (!timingSafeEqual(expected, Buffer.from(authorization.signature, 'hex'))) {
    throw mismatch(
      service,
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
    );
  }
}

/** S3 checks the time when it has the head of a request, the others when they have all of it. */
function checkTime(call: IncomingCall, time: number, sentAt: string, service: ServiceName): void {
  const now = service === 's3' ? call.headAt : call.wholeAt;
  const minutes = MINUTES[service];
  const allowed = minutes * 60_000;
  if (Math.abs(now - time) <= allowed) return;
  if (service === 's3') {
    throw new AwsError(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      {
        RequestTime: sentAt,
        ServerTime: new Date(now).toISOString(),
        MaxAllowedSkewMilliseconds: String(allowed),
      },
    );
  }
  const isOld = time < now;
  const limit = signatureTime(isOld ? now - allowed : now + allowed);
  throw mismatch(
    service,
    isOld
      ? `Signature expired: ${sentAt} is now earlier than ${limit} (${signatureTime(now)} - ${minutes} min.)`
      : `Signature not yet current: ${sentAt} is still later than ${limit} (${signatureTime(now)} + ${minutes} min.)`,
  );
}

/** Keys by secret and scope: a client signs all its requests of a day with the same few. */
const KEYS = new Map<string, Buffer>();

function signingKey(secretAccessKey: string, scope: string): Buffer {
  const name = `${secretAccessKey} ${scope}`;
  const known = KEYS.get(name);
  if (known !== undefined) return known;
  const key = scope.split('/').reduce<Buffer>(hmac, Buffer.from(`AWS4${secretAccessKey}`));
  KEYS.set(name, key);
  return key;
}

function mismatch(service: ServiceName, message: string): AwsError {
  return new AwsError(
    403,
    isJsonService(service) ? 'InvalidSignatureException' : 'SignatureDoesNotMatch',
    message,
  );
}

function canonicalRequest(call: IncomingCall, authorization: Authorization, service: ServiceName): string {
  // S3 signs the path as it is sent; the other services encode what is sent a second time.
  const path =
    service === 's3' ? encodePath(decodePercent(call.rawPath)) : encodePath(normalizePath(call.rawPath));
  const query = call.query
    .map(([name, value]) => [encodeStrictly(name), encodeStrictly(value)] as const)
    .sort(([a, x], [b, y]) => compareText(a, b) || compareText(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const headers = authorization.signedHeaders
    .map((name) => `${name}:${(header(call, name) ?? '').trim().replace(/\s+/g, ' ')}\n`)
    .join('');
  // S3 signs what the client declares, and readPayload checks the declaration against the body.
  const declared = service === 's3' ? header(call, 'x-amz-content-sha256') : undefined;
  const payload = declared ?? sha256(call.body);
  return [call.method, path, query, headers, authorization.signedHeaders.join(';'), payload].join('\n');
}

function normalizePath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}${path.endsWith('/') && segments.length > 0 ? '/' : ''}`;
}

function encodePath(path: string): string {
  return path.split('/').map(encodeStrictly).join('/');
}

/** RFC 3986: encodeURIComponent leaves five characters that SigV4 encodes. */
function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

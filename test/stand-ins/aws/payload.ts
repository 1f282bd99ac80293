import { createHash } from 'node:crypto';
import { badDigest, type Checksum, invalidRequest, sentChecksum, verifiedChecksum } from './checksums.js';
import { AwsError } from './errors.js';
import { header, type IncomingCall } from './exchange.js';

export interface Payload {
  bytes: Buffer;
  /** The checksum sent with the body, after verifying it. */
  checksum: Checksum | undefined;
}

/** Takes an S3 body out of its framing and checks every digest that came with it. */
export function readPayload(call: IncomingCall): Payload {
  const { bytes, trailers } = unframe(call);
  const headers = { ...call.headers, ...trailers };
  if (header(call, 'x-amz-sdk-checksum-algorithm') !== undefined && sentChecksum(headers) === undefined) {
    throw invalidRequest(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  return { bytes, checksum: verifiedChecksum(headers, bytes) };
}

/** The same without the checksum headers, where they describe the object of a multipart upload instead of the body. */
export function readUnchecked(call: IncomingCall): Buffer {
  return unframe(call).bytes;
}

function unframe(call: IncomingCall): { bytes: Buffer; trailers: Record<string, string> } {
  const declared = header(call, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD';
  const streaming = declared.startsWith('STREAMING-');
  const { bytes, trailers } = streaming ? decodeChunks(call.body) : { bytes: call.body, trailers: {} };
  if (streaming) {
    const length = header(call, 'x-amz-decoded-content-length');
    if (length === undefined)
      throw new AwsError(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
    if (Number(length) !== bytes.length) throw incompleteBody();
  } else if (declared !== 'UNSIGNED-PAYLOAD' && declared !== digest('sha256', bytes, 'hex')) {
    throw new AwsError(
      400,
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  const md5 = header(call, 'content-md5');
  if (md5 !== undefined) {
    if (Buffer.from(md5, 'base64').length !== 16) {
      throw new AwsError(400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.');
    }
    if (md5 !== digest('md5', bytes, 'base64')) {
      throw badDigest('The Content-MD5 you specified did not match what we received.');
    }
  }
  return { bytes, trailers };
}

export function digest(algorithm: 'md5' | 'sha256', bytes: Buffer, encoding: 'hex' | 'base64'): string {
  return createHash(algorithm).update(bytes).digest(encoding);
}
/** Content-Encoding aws-chunked: hexadecimal length, optional signature, data; trailers after the last one. */
function decodeChunks(body: Buffer): { bytes: Buffer; trailers: Record<string, string> } {
  const chunks: Buffer[] = [];
  let position = 0;
  for (;;) {
    const end = body.indexOf('\r\n', position);
    const size = end < 0 ? null : /^([0-9a-f]+)(?:;.*)?$/i.exec(body.toString('latin1', position, end));
    if (size?.[1] === undefined) throw incompleteBody();
    const length = Number.parseInt(size[1], 16);
    position = end + 2;
    if (length === 0) break;
    if (position + length + 2 > body.length) throw incompleteBody();
    chunks.push(body.subarray(position, position + length));
    position += length + 2;
  }
  const trailers: Record<string, string> = {};
  for (const line of body.toString('latin1', position).split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { bytes: Buffer.concat(chunks), trailers };
}

function incompleteBody(): AwsError {
  return new AwsError(
    400,
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  );
}

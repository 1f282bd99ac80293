import {
  badDigest,
  type Checksum,
  checksumOf,
  compositeChecksum,
  invalidRequest,
  sentChecksum,
} from './checksums.js';
import { AwsError } from './errors.js';
import { header, type IncomingCall } from './exchange.js';
import type { Part, Upload } from './s3-model.js';
import { malformedXml, sameEtag, xmlBody } from './s3-request.js';
import { childText, type XmlElement } from './xml.js';

const LEAST_PART_BYTES = 5 * 1024 * 1024;

/** The parts in a CompleteMultipartUpload, verified against those that were uploaded. */
export function namedParts(upload: Upload, body: Buffer): Part[] {
  const named = xmlBody(body).children.filter((child) => child.name === 'Part');
  if (named.length === 0) throw malformedXml();
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
    if (part === undefined || !sameEtag(childText(element, 'ETag') ?? '', part.etag)) throw invalidPart();
    checkPartChecksum(upload, element, part, number);
    return part;
  });
  if (parts.slice(0, -1).some((part) => part.bytes.length < LEAST_PART_BYTES)) {
    throw new AwsError(
      400,
      'EntityTooSmall',
      'Your proposed upload is smaller than the minimum allowed size',
      { MinSizeAllowed: String(LEAST_PART_BYTES) },
    );
  }
  return parts;
}

/** A composite checksum is computed from those of the parts, so the request has to contain each of them. */
function checkPartChecksum({ checksum }: Upload, element: XmlElement, part: Part, number: number): void {
  if (checksum === undefined) return;
  const named = childText(element, `Checksum${checksum.algorithm}`);
  if (named === undefined && checksum.type === 'COMPOSITE') {
    throw invalidRequest(
      `The upload was created using a ${checksum.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
    );
  }
  if (named !== undefined && named !== part.checksum) throw invalidPart();
}

/** The checksum of the whole object, verified against the request; undefined if none was requested. */
export function completedChecksum(
  call: IncomingCall,
  upload: Upload,
  parts: readonly Part[],
  bytes: Buffer,
): Checksum | undefined {
  const size = header(call, 'x-amz-mp-object-size');
  if (size !== undefined && Number(size) !== bytes.length) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value does not match what was computed.`,
    );
  }
  const sent = sentChecksum(call.headers);
  const kind = upload.checksum ?? (sent && ({ algorithm: sent.algorithm, type: 'FULL_OBJECT' } as const));
  if (kind === undefined) return undefined;
  const { algorithm, type } = kind;
  const named = header(call, 'x-amz-checksum-type');
  if (named !== undefined && named !== type) {
    throw invalidRequest(
      `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  const value =
    type === 'FULL_OBJECT'
      ? checksumOf(algorithm, bytes)
      : compositeChecksum(
          algorithm,
          parts.map((part) => part.checksum ?? ''),
        );
  if (sent !== undefined && (sent.algorithm !== algorithm || sent.value !== value)) {
    throw badDigest(`The ${sent.algorithm} you specified did not match the calculated checksum.`);
  }
  return { algorithm, value, type };
}

function invalidPart(): AwsError {
  return new AwsError(
    400,
    'InvalidPart',
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  );
}

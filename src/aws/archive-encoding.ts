import { randomBytes } from 'node:crypto';
import type { LambdaClient } from '@aws-sdk/client-lambda';

/** Random bytes that stand for an archive: so many that nothing else in a request looks like them. */
const MARK_BYTES = 24;

/**
 * Writes archives into the JSON of requests to AWS Lambda. The SDK encodes them byte by byte, and nothing else happens
 * while it does; so it gets a mark in their place, and Node's own encoder does the work in a tenth of the time.
 */
export class ArchiveEncoding {
  private readonly archives = new WeakMap<Uint8Array, Uint8Array>();

  /** @param client what requests with such archives are sent with */
  constructor(client: LambdaClient) {
    client.middlewareStack.add(
      (next) => (args) => {
        const mark = zipFileOf(args.input);
        const archive = mark && this.archives.get(mark);
        if (mark !== undefined && archive !== undefined)
          fill(args.request as { body: Uint8Array }, mark, archive);
        return next(args);
      },
      // When the request is written, before its length is taken and it is signed.
      { step: 'build', priority: 'high', name: 'archiveEncoding' },
    );
  }

  /** @returns what a command gets as its ZipFile */
  mark(archive: Uint8Array): Uint8Array {
    const mark = randomBytes(MARK_BYTES);
    this.archives.set(mark, archive);
    return mark;
  }
}

/** The archive of CreateFunction, or of UpdateFunctionCode. */
function zipFileOf(input: object): Uint8Array | undefined {
  const { Code, ZipFile } = input as { Code?: { ZipFile?: Uint8Array }; ZipFile?: Uint8Array };
  return Code?.ZipFile ?? ZipFile;
}

function fill(request: { body: Uint8Array }, mark: Uint8Array, archive: Uint8Array): void {
  const body = bufferOf(request.body);
  const text = bufferOf(mark).toString('base64');
  const at = body.indexOf(text, 0, 'latin1');
  if (at === -1) throw new Error('the request has no place for the archive');
  const encoded = Buffer.from(bufferOf(archive).toString('base64'), 'latin1');
  request.body = Buffer.concat([body.subarray(0, at), encoded, body.subarray(at + text.length)]);
}

/** The same bytes, not a copy. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

import { randomBytes } from 'node:crypto';
import type { LambdaClient } from '@aws-sdk/client-lambda';

/** Random bytes that stand for an archive: so many that nothing else in a request looks like them. */
const MARK_BYTES = 24;
/** So much is encoded at once; a multiple of 3, since base64 turns 3 bytes into 4. */
const PIECE_BYTES = 3 * 256 * 1024;

/**
 * Writes archives into the JSON of requests to AWS Lambda. The SDK encodes them byte by byte, and nothing else happens
 * while it does; so it gets a mark in their place, and Node's own encoder does the work in a tenth of the time.
 */
export class ZipFileEncoding {
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
  const length = Math.ceil(archive.length / 3) * 4;
  const filled = Buffer.allocUnsafe(body.length - text.length + length);
  body.copy(filled, 0, 0, at);
  for (let done = 0, to = at; done < archive.length; done += PIECE_BYTES) {
    to += filled.write(bufferOf(archive.subarray(done, done + PIECE_BYTES)).toString('base64'), to, 'latin1');
  }
  body.copy(filled, at + length, at + text.length);
  request.body = filled;
}

/** The same bytes, not a copy. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

import { createHash, webcrypto } from 'node:crypto';

const LARGE = 256 * 1024;

/** The digest of some bytes; that of many is not taken on the thread that all requests are answered on. */
export async function sha256(bytes: Buffer): Promise<Buffer> {
  return bytes.length > LARGE
    ? Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes))
    : createHash('sha256').update(bytes).digest();
}

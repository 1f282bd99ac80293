import type { FunctionCode } from '../core/function-spec.js';
import { Budget } from '../core/parallel.js';
import { S3Bucket } from './bucket.js';
import type { AwsConnection } from './connection.js';

/** The largest archive that is sent to AWS Lambda itself: base64 makes it a third larger, and AWS takes 50 MB. */
const DIRECT_BYTES = 45_000_000;

/** The code of a function as AWS Lambda takes it. */
export type CodeInput =
  | { readonly ZipFile: Uint8Array }
  | { readonly S3Bucket: string; readonly S3Key: string };

/** Brings the code of functions to AWS Lambda: small archives within the request, large ones through the bucket. */
export class CodeUpload {
  private readonly bucket: S3Bucket;
  /** Archives that are sent directly are held in memory, several times over while they are encoded. */
  private readonly memory = new Budget(DIRECT_BYTES);

  constructor(connection: AwsConnection, bucketName: string) {
    this.bucket = new S3Bucket(connection, bucketName);
  }

  /**
   * @param send the request with the code; when it has ended, nothing of the code is left in memory or bucket
   */
  async use<T>(code: FunctionCode, send: (input: CodeInput) => Promise<T>): Promise<T> {
    if (code.size <= DIRECT_BYTES) {
      return this.memory.use(code.size, async () => send({ ZipFile: await code.read() }));
    }
    // The key is made of the content: two deployments of the same code do not disturb each other's upload.
    const key = `functions/${Buffer.from(code.sha256, 'base64').toString('hex')}.zip`;
    await this.bucket.upload(key, code.chunks());
    try {
      return await send({ S3Bucket: this.bucket.name, S3Key: key });
    } finally {
      await this.bucket.remove(key);
    }
  }
}

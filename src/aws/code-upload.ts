import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { FunctionCode } from '../core/function-spec.js';
import { Budget } from '../core/parallel.js';
import { ArchiveEncoding } from './archive-encoding.js';
import type { AwsConnection } from './connection.js';

/** The largest archive that is sent to AWS Lambda itself: base64 makes it a third larger, and AWS takes 50 MB. */
const DIRECT_BYTES = 45_000_000;

/** The code of a function as AWS Lambda takes it. */
export type CodeInput =
  | { readonly ZipFile: Uint8Array }
  | { readonly S3Bucket: string; readonly S3Key: string };

/** Brings the code of functions to AWS Lambda: small archives within the request, large ones through the bucket. */
export class CodeUpload {
  private readonly encoding: ArchiveEncoding;
  /** Archives that are sent directly are held in memory, several times over while they are encoded. */
  private readonly memory = new Budget(DIRECT_BYTES);

  /** @param client what the requests are sent with */
  constructor(
    client: LambdaClient,
    private readonly connection: AwsConnection,
    private readonly bucketName: string,
  ) {
    this.encoding = new ArchiveEncoding(client);
  }

  /**
   * @param send the request with the code; when it has ended, nothing of the code is left in memory or bucket
   */
  async use<T>(code: FunctionCode, send: (input: CodeInput) => Promise<T>): Promise<T> {
    if (code.size <= DIRECT_BYTES) {
      return this.memory.use(code.size, async () => send({ ZipFile: this.encoding.mark(await code.read()) }));
    }
    // Loaded only when it is needed: few functions are so large.
    const { S3Bucket } = await import('./bucket.js');
    const bucket = new S3Bucket(this.connection, this.bucketName);
    // The key is made of the content: two deployments of the same code do not disturb each other's upload.
    const key = `functions/${Buffer.from(code.sha256, 'base64').toString('hex')}.zip`;
    await bucket.upload(key, code.chunks());
    try {
      return await send({ S3Bucket: bucket.name, S3Key: key });
    } finally {
      await bucket.remove(key);
    }
  }
}

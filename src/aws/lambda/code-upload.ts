import { Semaphore } from '../../core/async/concurrency.js';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import { parseAccount } from '../../core/aws/arn.js';
import { MAX_DIRECT_BYTES, uploadKey } from '../../core/deploy/archive-uploads.js';
import type { FunctionSpec } from '../../core/deploy/function-spec.js';
import type { AwsConnection } from '../client/connection.js';

/** Bytes of archives that are in memory at the same time; they are there several times over while they are encoded. */
const MAX_MEMORY_BYTES = 45_000_000;

/** The smallest archive that AWS Lambda accepts: one empty file, `a`. */
export const EMPTY_FUNCTION: Uint8Array = Buffer.from(
  'UEsDBBQAAAAAAAAAIQAAAAAAAAAAAAAAAAABAAAAYVBLAQIUAxQAAAAAAAAAIQAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAADtgQAAAABhUEsFBgAAAAABAAEALwAAAB8AAAAAAA==',
  'base64',
);

/** The code of a function as AWS Lambda takes it. */
export type CodeInput =
  | { readonly ZipFile: Uint8Array }
  | { readonly S3Bucket: string; readonly S3Key: string; readonly S3ObjectVersion?: string };

/** Brings the code of functions to AWS Lambda: small archives within the request, large ones through the bucket. */
export class CodeUpload {
  private readonly memory = new Semaphore(MAX_MEMORY_BYTES);

  constructor(
    private readonly connection: AwsConnection,
    private readonly bucketName: string,
    private readonly process: ProcessIdentity,
  ) {}

  /**
   * @param send the request with the code; when it has ended, nothing of the code is left in memory or bucket
   */
  async use<T>({ code, role }: FunctionSpec, send: (input: CodeInput) => Promise<T>): Promise<T> {
    if (code.size <= MAX_DIRECT_BYTES) {
      return this.memory.run(code.size, async () => send({ ZipFile: await code.read() }));
    }
    // Loaded only when it is needed: few functions are so large.
    const { S3Objects } = await import('../s3/s3-objects.js');
    const objects = new S3Objects(this.connection, this.bucketName, parseAccount(role.arn).accountId);
    const key = uploadKey(this.process);
    const version = await objects.upload(key, code.chunks());
    const S3ObjectVersion = version === undefined ? {} : { S3ObjectVersion: version };
    try {
      const result = await send({ S3Bucket: this.bucketName, S3Key: key, ...S3ObjectVersion });
      await objects.remove(key, version);
      return result;
    } catch (error) {
      // The first error is the one to report.
      await objects.remove(key, version).catch(() => undefined);
      throw error;
    }
  }
}

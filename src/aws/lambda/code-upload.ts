import { Semaphore } from '../../core/async/concurrency.js';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import { parseAccount } from '../../core/aws/arn.js';
import { MAX_DIRECT_BYTES, uploadKey } from '../../core/deploy/archive-uploads.js';
import type { FunctionSpec } from '../../core/deploy/function-spec.js';
import type { AwsConnection } from '../client/connection.js';
import type { S3Objects } from '../s3/s3-objects.js';

/** Bytes of archives in memory at the same time. Encoding an archive makes several copies of it. */
const MAX_BYTES_IN_MEMORY = 45_000_000;

/** The smallest archive that AWS Lambda accepts: one empty file, `a`. */
export const SMALLEST_ARCHIVE: Uint8Array = Buffer.from(
  'UEsDBBQAAAAAAAAAIQAAAAAAAAAAAAAAAAABAAAAYVBLAQIUAxQAAAAAAAAAIQAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAADtgQAAAABhUEsFBgAAAAABAAEALwAAAB8AAAAAAA==',
  'base64',
);

/** The code of a function in a request to AWS Lambda. */
export type CodeInput =
  | { readonly ZipFile: Uint8Array }
  | { readonly S3Bucket: string; readonly S3Key: string; readonly S3ObjectVersion?: string };

/** Passes function archives to AWS Lambda: small ones inline in the request, large ones through the bucket. */
export class CodeUpload {
  private readonly memory = new Semaphore(MAX_BYTES_IN_MEMORY);
  private objects: Promise<S3Objects> | undefined;

  constructor(
    private readonly connection: AwsConnection,
    private readonly bucketName: string,
    private readonly process: ProcessIdentity,
  ) {}

  /**
   * Sends a request with the code of a function. Afterwards the code is neither in memory nor in the bucket.
   *
   * @param send sends the request
   */
  async withCode<T>({ code, role }: FunctionSpec, send: (input: CodeInput) => Promise<T>): Promise<T> {
    if (code.size <= MAX_DIRECT_BYTES) {
      return this.memory.run(code.size, async () => send({ ZipFile: await code.read() }));
    }
    // One for all uploads: the bucket and the functions of a deployment are in the account of the role.
    this.objects ??= this.openObjects(parseAccount(role.arn).accountId);
    const objects = await this.objects;
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

  /** Loads the S3 client on demand: few functions are this large. */
  private async openObjects(accountId: string): Promise<S3Objects> {
    const { S3Objects } = await import('../s3/s3-objects.js');
    return new S3Objects(this.connection, this.bucketName, accountId);
  }
}

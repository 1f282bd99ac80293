import type { S3Client } from '@aws-sdk/client-s3';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { type AwsError, isAwsError } from '../client/aws-error.js';
import type { AwsConnection } from '../client/connection.js';
import { withExplainedErrors } from '../client/explain-errors.js';
import { createS3Client, isOtherRegion } from './s3-client.js';

/** Enough for the concurrent uploads of small objects, and for requests beside them. */
const MAX_CONNECTIONS = 160;

/** Sends requests about one bucket. */
export class S3Bucket {
  readonly client: S3Client;

  /**
   * @param owner the id of the account that the bucket must belong to: bucket names are global, and the policy of
   *   another account's bucket may grant access. Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
   */
  constructor(
    readonly connection: AwsConnection,
    readonly name: string,
    readonly owner: string,
  ) {
    this.client = createS3Client(connection, owner, MAX_CONNECTIONS);
  }

  /** The parameters that identify an object. */
  objectParams(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.name, Key: key };
  }

  s3Uri(key: string): string {
    return `s3://${this.name}/${key}`;
  }

  /** Sends requests; see {@link withExplainedErrors}. */
  request<T>(action: string, send: () => Promise<T>): Promise<T> {
    return withExplainedErrors(this.connection, action, async () => {
      try {
        return await send();
      } catch (error) {
        if (isOtherRegion(error, this.connection.region)) throw this.otherRegionError(error);
        if (!isAwsError(error, 'NoSuchBucket')) throw error;
        throw new AppsctlError('NOT_FOUND', `bucket ${this.name} does not exist: cannot ${action}`, {
          hint: ({ bucket, initCommand }) => `check ${bucket}, or create the bucket with ${initCommand}`,
          cause: error,
        });
      }
    });
  }

  private otherRegionError(error: AwsError): AppsctlError {
    const message = `bucket ${this.name} is not in region ${this.connection.region}`;
    return new AppsctlError('CONFLICT', message, {
      hint: ({ region }) => `set ${region} to the region of the bucket, where the functions run too`,
      cause: error,
    });
  }
}

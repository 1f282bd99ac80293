import { S3Client } from '@aws-sdk/client-s3';
import { AppsctlError } from '../core/errors.js';
import { type AwsConnection, clientConfig } from './connection.js';
import { type AwsError, isAwsError, request } from './errors.js';
import { tellRequests } from './request-events.js';

/** How requests about a bucket are sent to S3. */
export abstract class S3Requests {
  protected readonly client: S3Client;

  /** @param name the bucket's name */
  constructor(
    protected readonly connection: AwsConnection,
    readonly name: string,
  ) {
    this.client = new S3Client({
      ...clientConfig(connection, 's3'),
      ...(connection.endpoints.s3 !== undefined && {
        forcePathStyle: true,
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      }),
    });
    // Nobody listens to it, and it copies what every request sends and gets.
    this.client.middlewareStack.remove('loggerMiddleware');
    tellRequests(this.client, 's3', connection);
  }

  protected at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.name, Key: key };
  }

  protected async request<T>(doing: string, send: () => Promise<T>): Promise<T> {
    return request(this.connection, doing, async () => {
      try {
        return await send();
      } catch (error) {
        if (isAwsError(error, 'PermanentRedirect', 'AuthorizationHeaderMalformed'))
          throw this.otherRegion(error);
        if (!isAwsError(error, 'NoSuchBucket')) throw error;
        throw new AppsctlError('NOT_FOUND', `bucket ${this.name} does not exist: cannot ${doing}`, {
          hint: 'check MM_APPS_S3_BUCKET, or create the bucket with: appsctl aws init --create',
          cause: error,
        });
      }
    });
  }

  protected locate(key: string): string {
    return `s3://${this.name}/${key}`;
  }

  protected otherRegion(error: AwsError): AppsctlError {
    const message = `bucket ${this.name} is not in region ${this.connection.region}`;
    return new AppsctlError('CONFLICT', message, {
      hint: 'set MM_APPS_AWS_REGION to the region of the bucket: functions run there too',
      cause: error,
    });
  }
}

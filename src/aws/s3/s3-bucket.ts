import { S3Client } from '@aws-sdk/client-s3';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { type AwsError, isAwsError } from '../client/aws-error.js';
import { type AwsConnection, clientConfig } from '../client/connection.js';
import { withExplainedErrors } from '../client/explain-errors.js';
import { reportRequests } from '../client/request-events.js';

/** Many small objects are put at the same time, and others are looked at. */
const MAX_CONNECTIONS = 160;

/** How S3 says that a bucket is in another region. */
const OTHER_REGION_ERRORS = [
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
];

/** Sends requests about one bucket. */
export class S3Bucket {
  readonly client: S3Client;

  /**
   * @param name the bucket's name
   * @param owner the id of the account that it must belong to: names are global, and a bucket of somebody else may let
   *   us in. Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
   */
  constructor(
    readonly connection: AwsConnection,
    readonly name: string,
    readonly owner: string,
  ) {
    const checksums = connection.endpoints.s3 === undefined ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
    this.client = new S3Client({
      ...clientConfig(connection, 's3', MAX_CONNECTIONS),
      forcePathStyle: connection.endpoints.s3 !== undefined,
      requestChecksumCalculation: checksums,
      responseChecksumValidation: checksums,
    });
    // Nobody listens to it, and it copies what every request sends and gets.
    this.client.middlewareStack.remove('loggerMiddleware');
    this.client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          // It is the only operation that does not take it.
          if (commandName === 'CreateBucketCommand') return next(args);
          return next({ ...args, input: { ...args.input, ExpectedBucketOwner: owner } });
        },
      { step: 'initialize', name: 'expectedBucketOwner' },
    );
    reportRequests(this.client, 's3', connection);
  }

  /** The parameters that name an object. */
  object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.name, Key: key };
  }

  uri(key: string): string {
    return `s3://${this.name}/${key}`;
  }

  /** Sends requests whose failure is explained: see {@link withExplainedErrors}. */
  request<T>(action: string, send: () => Promise<T>): Promise<T> {
    return withExplainedErrors(this.connection, action, async () => {
      try {
        return await send();
      } catch (error) {
        if (isAwsError(error, ...OTHER_REGION_ERRORS)) throw this.otherRegion(error);
        if (!isAwsError(error, 'NoSuchBucket')) throw error;
        throw new AppsctlError('NOT_FOUND', `bucket ${this.name} does not exist: cannot ${action}`, {
          hint: 'check MM_APPS_S3_BUCKET, or create the bucket with: appsctl aws init --create',
          cause: error,
        });
      }
    });
  }

  otherRegion(error: AwsError): AppsctlError {
    const message = `bucket ${this.name} is not in region ${this.connection.region}`;
    return new AppsctlError('CONFLICT', message, {
      hint: 'set MM_APPS_AWS_REGION to the region of the bucket: functions run there too',
      cause: error,
    });
  }
}

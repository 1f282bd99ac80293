import { S3Client } from '@aws-sdk/client-s3';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { type AwsError, isAwsError } from '../client/aws-error.js';
import { type AwsConnection, clientConfig } from '../client/connection.js';
import { withExplainedErrors } from '../client/explain-errors.js';
import { reportRequests } from '../client/request-events.js';

/** Enough for the concurrent uploads of small objects, and for requests beside them. */
const MAX_CONNECTIONS = 160;

/** The errors of S3 for a bucket in another region. */
export const OTHER_REGION_ERRORS = [
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
];

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
    const checksums = connection.endpoints.s3 === undefined ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
    this.client = new S3Client({
      ...clientConfig(connection, 's3', MAX_CONNECTIONS),
      forcePathStyle: connection.endpoints.s3 !== undefined,
      requestChecksumCalculation: checksums,
      responseChecksumValidation: checksums,
      // Given, so that they are not looked up in the configuration files of AWS.
      useArnRegion: false,
      disableS3ExpressSessionAuth: true,
    });
    // No logger is configured, and this middleware copies all inputs and outputs.
    this.client.middlewareStack.remove('loggerMiddleware');
    this.client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          // The only operation without this parameter.
          if (commandName === 'CreateBucketCommand') return next(args);
          return next({ ...args, input: { ...args.input, ExpectedBucketOwner: owner } });
        },
      { step: 'initialize', name: 'expectedBucketOwner' },
    );
    reportRequests(this.client, 's3', connection);
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
        if (isAwsError(error, ...OTHER_REGION_ERRORS)) throw this.otherRegionError(error);
        if (!isAwsError(error, 'NoSuchBucket')) throw error;
        throw new AppsctlError('NOT_FOUND', `bucket ${this.name} does not exist: cannot ${action}`, {
          hint: ({ bucket, initCommand }) => `check ${bucket}, or create the bucket with ${initCommand}`,
          cause: error,
        });
      }
    });
  }

  otherRegionError(error: AwsError): AppsctlError {
    const message = `bucket ${this.name} is not in region ${this.connection.region}`;
    return new AppsctlError('CONFLICT', message, {
      hint: ({ region }) => `set ${region} to the region of the bucket, where the functions run too`,
      cause: error,
    });
  }
}

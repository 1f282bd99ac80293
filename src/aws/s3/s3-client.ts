import { S3Client } from '@aws-sdk/client-s3';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { type AwsError, hasNoMessage, httpStatus, isAwsError } from '../client/aws-error.js';
import { type AwsConnection, clientConfig } from '../client/connection.js';
import { reportRequests } from '../client/request-events.js';

/** The errors of S3 for a bucket in another region. */
const OTHER_REGION_ERRORS = [
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
];

/**
 * Creates a client that uses nothing but what is given.
 *
 * @param owner the id of the account that each bucket must belong to; undefined for any account. Rule:
 *   https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
 * @param maxSockets the number of connections
 */
export function createS3Client(
  connection: AwsConnection,
  owner: string | undefined,
  maxSockets?: number,
): S3Client {
  const isCompatible = connection.endpoints.s3 !== undefined;
  const checksums = isCompatible ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED';
  const client = new S3Client({
    ...clientConfig(connection, 's3', maxSockets),
    forcePathStyle: isCompatible,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    // Given, so that they are not looked up in the configuration files of AWS.
    useArnRegion: false,
    disableS3ExpressSessionAuth: true,
  });
  // No logger is configured, and this middleware copies all inputs and outputs.
  client.middlewareStack.remove('loggerMiddleware');
  if (owner !== undefined) expectOwner(client, owner);
  reportRequests(client, 's3', connection);
  return client;
}

function expectOwner(client: S3Client, owner: string): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        // The only operation without this parameter.
        if (commandName === 'CreateBucketCommand') return next(args);
        return next({ ...args, input: { ...args.input, ExpectedBucketOwner: owner } });
      },
    { step: 'initialize', name: 'expectedBucketOwner' },
  );
}

/**
 * Whether an error of S3 means that a bucket is in another region. The response of a HEAD request has no body: only its
 * headers tell status 400 from that of an expired token.
 *
 * @param asked the region that the request was sent to
 */
export function isOtherRegion(error: unknown, asked: string): error is AwsError {
  const status = httpStatus(error);
  if (isAwsError(error, ...OTHER_REGION_ERRORS) || status === 301) return true;
  return status === 400 && ![undefined, asked].includes(regionOfBucket(error));
}

/** The region of the bucket that an error of S3 is about; undefined if S3 does not name it. */
function regionOfBucket(error: unknown): string | undefined {
  const { $response, Region } = error as Pick<AwsError, '$response'> & { readonly Region?: string };
  return $response?.headers?.['x-amz-bucket-region'] ?? Region;
}

/** Whether S3 refuses a request because of missing permission, or because the bucket belongs to another account. */
export function isDenied(error: unknown): error is AwsError {
  if (httpStatus(error) !== 403) return false;
  return isAwsError(error, 'AccessDenied', 'Forbidden') || hasNoMessage(error);
}

/** What S3 says of a refusal. */
export function reasonOfRefusal(error: AwsError): string {
  return hasNoMessage(error) ? 'access denied' : error.message;
}

/** The error for a bucket of bundles that does not exist. */
export function missingBucket(name: string, cause: unknown): AppsctlError {
  return new AppsctlError('NOT_FOUND', `bucket ${name} does not exist`, { hint: 'check its name', cause });
}

/** Sends requests to a bucket in any region, which S3 names when another one is asked. */
export class AnyRegionClient {
  private readonly clients = new Map<string, S3Client>();
  private region: string;

  /** @param owner the id of the account that the bucket must belong to; undefined for any account */
  constructor(
    private readonly connection: AwsConnection,
    private readonly owner: string | undefined,
  ) {
    this.region = connection.region;
  }

  /** Sends requests, once more if the bucket is in another region. */
  async send<T>(request: (client: S3Client) => Promise<T>): Promise<T> {
    const asked = this.region;
    try {
      return await request(this.clientFor(asked));
    } catch (error) {
      const region = isOtherRegion(error, asked) ? regionOfBucket(error) : undefined;
      if (region === undefined) throw error;
      this.region = region;
      return await request(this.clientFor(region));
    }
  }

  /** Ends all connections. */
  close(): void {
    for (const client of this.clients.values()) client.destroy();
  }

  private clientFor(region: string): S3Client {
    const client = this.clients.get(region) ?? createS3Client({ ...this.connection, region }, this.owner);
    this.clients.set(region, client);
    return client;
  }
}

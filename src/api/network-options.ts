import type { AwsConnection, AwsCredentials, AwsService } from '../aws/client/connection.js';
import type { ProcessIdentity } from '../core/async/process-identity.js';
import { isBucketName, isRegion } from '../core/aws/resource-names.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { isHttpUrl } from '../core/http-url.js';
import { DEFAULT_TIMEOUTS, type Timeouts } from '../core/timeouts.js';
import { type CommonOptions, type Context, resolveCommon } from './common-options.js';
import { thisProcess } from './this-process.js';

/** The AWS account, region and bucket that an operation works with. */
export interface AwsOptions {
  /** The region of functions and bucket, such as us-east-1. */
  readonly region: string;
  /** The name of the bucket for manifests and assets. */
  readonly bucket: string;
  /**
   * As the clients of the AWS SDK take them: keys, or a function that returns a promise of them.
   *
   * @default the SDK's default provider chain: environment, profile, container, instance
   */
  readonly credentials?: AwsCredentials;
  /**
   * How messages name the credentials.
   *
   * @default aws.credentials
   */
  readonly credentialsName?: string;
  /** URLs of services that are compatible with AWS, instead of AWS itself. */
  readonly endpoints?: Partial<Readonly<Record<AwsService, string | undefined>>>;
}

/** The Mattermost server that lists and installs an app. */
export interface MattermostOptions {
  /** The site URL, such as https://chat.example.com. */
  readonly url: string;
  /** An access token of a system admin. */
  readonly token: string;
}

/** What every operation takes that uses a network. */
export interface NetworkOptions extends CommonOptions {
  readonly aws: AwsOptions;
  /**
   * How long to wait for the network.
   *
   * @default 5 s to connect, 60 s without a byte; 120 s for a response of Mattermost
   */
  readonly timeouts?: Timeouts | undefined;
  /** The process that holds locks; for tests. */
  readonly process?: ProcessIdentity;
}

/** The network options with their defaults. */
export interface NetworkContext extends Context {
  readonly connection: AwsConnection;
  readonly bucket: string;
  readonly process: ProcessIdentity;
}

/** @throws AppsctlError USAGE for a region or a bucket name that cannot be valid */
export function resolveNetwork(options: NetworkOptions): NetworkContext {
  const { aws, timeouts = DEFAULT_TIMEOUTS, process = thisProcess } = options;
  const context = resolveCommon(options);
  if (!isRegion(aws.region)) throw invalidOption('aws.region', aws.region, 'a valid AWS region');
  if (!isBucketName(aws.bucket)) throw invalidOption('aws.bucket', aws.bucket, 'a valid S3 bucket name');
  const { iam, lambda, s3, sts } = aws.endpoints ?? {};
  const connection = {
    region: aws.region,
    credentials: aws.credentials,
    credentialsSource: aws.credentialsName ?? 'aws.credentials',
    endpoints: { iam, lambda, s3, sts },
    timeouts,
    clock: context.clock,
    onEvent: context.onEvent,
    signal: context.signal,
  };
  return { ...context, connection, bucket: aws.bucket, process };
}

/** @throws AppsctlError USAGE for a URL that cannot be that of a Mattermost server */
export function checkMattermostOptions({ url }: MattermostOptions): void {
  if (!isHttpUrl(url)) throw invalidOption('mattermost.url', url, 'a valid http(s) URL');
}

function invalidOption(option: string, value: string, expected: string): AppsctlError {
  return new AppsctlError('USAGE', `${option}: ${JSON.stringify(value)} is not ${expected}`);
}

import type { AwsConnection, AwsCredentials, AwsService } from '../aws/client/connection.js';
import type { ProcessIdentity } from '../core/async/process-identity.js';
import { isBucketName, isIamName, isPolicyArn, isRegion } from '../core/aws/valid-names.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { EventListener } from '../core/diagnostics/event.js';
import { isHttpUrl, isUnencrypted } from '../core/http-url.js';
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
  readonly credentials?: AwsCredentials | undefined;
  /**
   * How messages name the credentials.
   *
   * @default aws.credentials
   */
  readonly credentialsSource?: string | undefined;
  /** URLs of services that are compatible with AWS, instead of AWS itself. */
  readonly endpoints?: Partial<Readonly<Record<AwsService, string | undefined>>> | undefined;
}

/** The Mattermost server that lists and installs an app. */
export interface MattermostOptions {
  /** The site URL, such as https://chat.example.com. */
  readonly url: string;
  /** An access token of a system admin. */
  readonly token: string;
  /**
   * Whether the token may be sent unencrypted, to an http URL that is not of this machine.
   *
   * @default false
   */
  readonly allowHttp?: boolean | undefined;
}

/** Options of every function that uses a network. */
export interface NetworkOptions extends CommonOptions {
  readonly aws: AwsOptions;
  /**
   * How long to wait for the network.
   *
   * @default 5 s to connect, 60 s without a byte; 120 s for a response of Mattermost
   */
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** Called with progress, waits, findings and warnings; must not throw. */
  readonly onEvent?: EventListener | undefined;
  /**
   * The process that holds locks; for tests.
   *
   * @internal
   */
  readonly process?: ProcessIdentity | undefined;
}

/** The network options with their defaults. */
export interface NetworkContext extends Context {
  readonly onEvent: EventListener;
  readonly connection: AwsConnection;
  readonly bucket: string;
  readonly process: ProcessIdentity;
}

/** @throws AppsctlError USAGE for a region, a bucket name or an endpoint that cannot be valid */
export async function resolveNetwork(options: NetworkOptions): Promise<NetworkContext> {
  const { aws, timeouts, onEvent = () => {}, process = thisProcess } = options;
  const context = resolveCommon(options);
  if (!isRegion(aws.region)) throw invalidOption('aws.region', aws.region, 'a valid AWS region');
  if (!isBucketName(aws.bucket)) throw invalidOption('aws.bucket', aws.bucket, 'a valid S3 bucket name');
  for (const [service, url] of Object.entries(aws.endpoints ?? {})) {
    if (url !== undefined && !isHttpUrl(url)) {
      throw invalidOption(`aws.endpoints.${service}`, url, 'a valid http(s) URL');
    }
  }
  const { iam, lambda, logs, s3, sts } = aws.endpoints ?? {};
  const connection = {
    region: aws.region,
    credentials: aws.credentials,
    credentialsSource: aws.credentialsSource ?? 'aws.credentials',
    endpoints: { iam, lambda, logs, s3, sts },
    timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts },
    clock: context.clock,
    onEvent,
    signal: context.signal,
  };
  return { ...context, onEvent, connection, bucket: aws.bucket, process };
}

/** @throws AppsctlError USAGE for a URL or a token that cannot be valid; the token is not repeated */
export function checkMattermostOptions({ url, token, allowHttp = false }: MattermostOptions): void {
  if (!isHttpUrl(url)) throw invalidOption('mattermost.url', url, 'a valid http(s) URL');
  if (isUnencrypted(url) && !allowHttp) {
    throw new AppsctlError('USAGE', `mattermost.url: the token would be sent unencrypted to ${url}`, {
      hint: ({ insecureHttp }) => `use https, or allow it with ${insecureHttp}`,
    });
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    const message =
      'mattermost.token is empty, or contains white space, a control character or a non-ASCII character';
    throw new AppsctlError('USAGE', message);
  }
}

/** @throws AppsctlError USAGE for a name that IAM does not allow */
export function checkIamName(
  option: string,
  name: string | undefined,
  kind: 'user' | 'group' | 'policy' | 'role',
): void {
  if (name !== undefined && !isIamName(name, kind)) {
    throw invalidOption(option, name, `a valid name for an IAM ${kind}`);
  }
}

/** @throws AppsctlError USAGE */
export function checkPolicyArn(option: string, arn: string | undefined): void {
  if (arn !== undefined && !isPolicyArn(arn)) throw invalidOption(option, arn, 'the ARN of a policy');
}

function invalidOption(option: string, value: string, expected: string): AppsctlError {
  return new AppsctlError('USAGE', `${option}: ${JSON.stringify(value)} is not ${expected}`);
}

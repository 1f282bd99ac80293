import type { AwsConnection, AwsCredentials } from '../aws/client/connection.js';
import type { ProcessIdentity } from '../core/async/process-identity.js';
import type { Endpoints } from '../core/aws/endpoints.js';
import { isBucketName, isPolicyArn, isSecretArn } from '../core/aws/valid-names.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { EventListener } from '../core/diagnostics/event.js';
import { isHttpUrl, isUnencrypted } from '../core/http-url.js';
import type { Timeouts } from '../core/timeouts.js';
import type { CommonOptions, Context } from './common-options.js';
import { invalidOption, invalidUrl, resolveConnection } from './connection.js';
import { thisProcess } from './this-process.js';

/** The AWS account and region that an operation works with. */
export interface AwsAccountOptions {
  /**
   * The region of functions and bucket, such as us-east-1.
   *
   * @default AWS_REGION, AWS_DEFAULT_REGION, the region of the profile
   */
  readonly region?: string | undefined;
  /**
   * How messages name what the region was chosen by.
   *
   * @default aws.region
   */
  readonly regionSource?: string | undefined;
  /**
   * A profile of the configuration files of AWS, for credentials, region and endpoints.
   *
   * @default AWS_PROFILE, or the profile `default`
   */
  readonly profile?: string | undefined;
  /**
   * As the clients of the AWS SDK take them: keys, or a function that returns a promise of them.
   *
   * @default the profile, if it is given; AWS_ACCESS_KEY_ID, the profile, a web identity, the role of the container, the
   *   role of the instance
   */
  readonly credentials?: AwsCredentials | undefined;
  /**
   * How messages name the credentials.
   *
   * @default aws.credentials, or what they come from
   */
  readonly credentialsSource?: string | undefined;
  /**
   * Asks for the code of an MFA device, which a profile may need to assume a role.
   *
   * @default such a profile is an error
   */
  readonly mfaCode?: ((serial: string) => Promise<string>) | undefined;
  /**
   * URLs of services that are compatible with AWS, instead of AWS itself.
   *
   * @default AWS_ENDPOINT_URL_SERVICE, AWS_ENDPOINT_URL, those of the profile
   */
  readonly endpoints?: Endpoints | undefined;
}

/** The AWS account, region and bucket that an operation works with. */
export interface AwsOptions extends AwsAccountOptions {
  /** The name of the bucket for manifests and assets. */
  readonly bucket: string;
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

/** The incoming webhooks of Mattermost that are told what a deployer does. Their URLs are secret. */
export interface WebhookUrls {
  /**
   * Told which bundles were deployed: an https URL, or an http URL of this machine.
   *
   * @default nothing is told
   */
  readonly notifications?: string | undefined;
  /**
   * Told what has failed.
   *
   * @default the one for notifications
   */
  readonly alerts?: string | undefined;
}

/** Options of every function that uses AWS. */
export interface ConnectionOptions extends CommonOptions {
  readonly aws: AwsAccountOptions;
  /**
   * How long to wait for the network.
   *
   * @default 5 s to connect, 60 s without a byte; 120 s for a response of Mattermost
   */
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** Called with progress, waits, findings and warnings; must not throw. */
  readonly onEvent?: EventListener | undefined;
}

/** Options of every function that uses a network. */
export interface NetworkOptions extends ConnectionOptions {
  readonly aws: AwsOptions;
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

/** @throws AppsctlError as {@link resolveConnection} does, and USAGE for a bucket name that cannot be valid */
export async function resolveNetwork(options: NetworkOptions): Promise<NetworkContext> {
  const { aws, onEvent = () => {}, process = thisProcess } = options;
  if (!isBucketName(aws.bucket)) throw invalidOption('aws.bucket', aws.bucket, 'a valid S3 bucket name');
  return { ...(await resolveConnection(options)), onEvent, bucket: aws.bucket, process };
}

/** @throws AppsctlError USAGE for a URL or a token that cannot be valid; the token is not repeated */
export function checkMattermostOptions({ url, token, allowHttp = false }: MattermostOptions): void {
  if (!isHttpUrl(url)) throw invalidUrl('mattermost.url', url);
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

/**
 * @param option how the message names the URL, which is not repeated
 * @throws AppsctlError USAGE for what cannot be the URL of a webhook, or is not encrypted
 */
export function checkWebhookUrl(option: string, url: string | undefined): void {
  if (url === undefined) return;
  if (!isHttpUrl(url)) {
    throw new AppsctlError('USAGE', `${option} is not the URL of an incoming webhook`, {
      hint: 'it looks like https://HOST/hooks/ID',
    });
  }
  if (isUnencrypted(url)) {
    throw new AppsctlError('USAGE', `${option}: messages would be sent unencrypted`, {
      hint: 'use an https URL',
    });
  }
}

/** @throws AppsctlError USAGE */
export function checkSecretArn(option: string, arn: string | undefined): void {
  if (arn !== undefined && !isSecretArn(arn)) throw invalidOption(option, arn, 'the ARN of a secret');
}

/** @throws AppsctlError USAGE */
export function checkPolicyArn(option: string, arn: string | undefined): void {
  if (arn !== undefined && !isPolicyArn(arn)) throw invalidOption(option, arn, 'the ARN of a policy');
}

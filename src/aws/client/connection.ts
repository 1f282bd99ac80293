import type { Clock } from '../../core/async/clock.js';
import type { EventListener } from '../../core/diagnostics/event.js';

export type AwsService = 'iam' | 'lambda' | 's3' | 'sts';

/** How long to wait for the network, in milliseconds. */
export interface Timeouts {
  readonly connect: number;
  /** Without a byte in either direction. */
  readonly idle: number;
}

const SECOND = 1000;
/** By default the SDK waits for a silent peer without end. */
export const DEFAULT_TIMEOUTS: Timeouts = { connect: 5 * SECOND, idle: 60 * SECOND };
/** No request takes longer, however slowly its bytes come. */
const REQUEST_DEADLINE_MS = 15 * 60 * SECOND;
/** How often a request is sent that is throttled or fails at the service, in ever longer intervals, as long as the SDK's budget for retries lasts. */
const MAX_ATTEMPTS = 5;

/** Whose requests, and where they go. */
export interface AwsConnection {
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Where the credentials come from, for messages: the name of the variable of the access key. */
  readonly credentialsSource: string;
  /**
   * Custom endpoints by service. Services other than AWS itself want the bucket in the path and may not know AWS's newer
   * checksums.
   */
  readonly endpoints: Readonly<Record<AwsService, string | undefined>>;
  readonly timeouts: Timeouts;
  readonly clock: Clock;
  readonly onEvent: EventListener;
  /** Ends waits; requests under way come to their end. */
  readonly signal: AbortSignal | undefined;
}

/** What every client of the SDK is made with. Nothing of it comes from the AWS configuration files: neither do region and credentials. */
export function clientConfig(
  { region, credentials, endpoints, timeouts }: AwsConnection,
  service: AwsService,
  maxSockets = 50,
) {
  const endpoint = endpoints[service];
  return {
    region,
    credentials,
    ...(endpoint !== undefined && { endpoint }),
    ignoreConfiguredEndpointUrls: true,
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: timeouts.connect,
      socketTimeout: timeouts.idle,
      requestTimeout: REQUEST_DEADLINE_MS,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets },
      httpsAgent: { maxSockets },
    },
  };
}

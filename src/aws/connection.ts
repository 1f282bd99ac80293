import type { Clock } from '../core/clock.js';
import type { EventListener } from '../core/events.js';

export type AwsService = 'iam' | 'lambda' | 's3';

/** How long to wait for the network, in milliseconds. */
export interface Timeouts {
  readonly connect: number;
  /** Without a byte in either direction. */
  readonly idle: number;
}

const SECOND = 1000;
/** By default the SDK waits for ever on a silent peer. */
export const DEFAULT_TIMEOUTS: Timeouts = { connect: 5 * SECOND, idle: 60 * SECOND };
/** No request takes longer, however slowly its bytes come. */
const DEADLINE = 15 * 60 * SECOND;
/** A request that is throttled or fails at the service is tried so often, in ever longer intervals, as long as the SDK's budget for retries lasts. */
const MAX_ATTEMPTS = 5;

/** Whose requests, where to. */
export interface AwsConnection {
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** What the credentials come from, for messages: the name of the variable of the access key. */
  readonly credentialsSource: string;
  /**
   * Where requests to something else than AWS itself go, by service. Such services want the bucket in the path
   * and may not know AWS's newer checksums.
   */
  readonly endpoints: Readonly<Record<AwsService, string | undefined>>;
  readonly timeouts: Timeouts;
  readonly clock: Clock;
  readonly onEvent: EventListener;
  /** Ends waits; requests under way come to their end. */
  readonly signal: AbortSignal | undefined;
}

/** What every client of the SDK is made with. */
export function clientConfig(
  { region, credentials, endpoints, timeouts }: AwsConnection,
  service: AwsService,
) {
  const endpoint = endpoints[service];
  return {
    region,
    credentials,
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: timeouts.connect,
      socketTimeout: timeouts.idle,
      requestTimeout: DEADLINE,
      throwOnRequestTimeout: true,
    },
  };
}

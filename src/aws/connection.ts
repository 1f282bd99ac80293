import type { Clock } from '../core/clock.js';
import type { EventListener } from '../core/events.js';

export type AwsService = 'iam' | 'lambda' | 's3';

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
  readonly clock: Clock;
  readonly onEvent: EventListener;
}

const SECOND = 1000;

/** What every client of the SDK is made with. By default the SDK waits for ever on a silent peer. */
export function clientConfig({ region, credentials, endpoints }: AwsConnection, service: AwsService) {
  const endpoint = endpoints[service];
  return {
    region,
    credentials,
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 5 * SECOND,
      requestTimeout: 60 * SECOND,
      socketTimeout: 60 * SECOND,
      throwOnRequestTimeout: true,
    },
  };
}

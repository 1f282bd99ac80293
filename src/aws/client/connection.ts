import type { Clock } from '../../core/async/clock.js';
import type { AwsAccessKey } from '../../core/aws/access-key.js';
import type { Endpoints, EndpointVariants } from '../../core/aws/endpoints.js';
import type { AwsService } from '../../core/aws-service.js';
import type { EventListener } from '../../core/diagnostics/event.js';
import type { Hint } from '../../core/diagnostics/vocabulary.js';
import { type RequestSettings, requestHandlerOptions } from './request-handler.js';

/** Attempts for a request that is throttled or fails in the service; the SDK's retry quota may allow fewer. */
const MAX_ATTEMPTS = 5;

/**
 * Credentials as the AWS SDK accepts them: an access key, or a provider of one, which is called when there is no key yet,
 * and again before the key expires.
 */
export type AwsCredentials = AwsAccessKey | (() => Promise<AwsAccessKey>);

/** Where requests go, and what they are signed with. */
export interface AwsConnection extends RequestSettings {
  readonly region: string;
  readonly credentials: AwsCredentials;
  /** How messages name the credentials, such as the variable they come from. */
  readonly credentialsSource: string;
  /** How messages name whom they belong to, such as an AWS user. */
  readonly credentialsOwner: string;
  /** What to do when there are no credentials, or they have expired. */
  readonly credentialsHint?: Hint | undefined;
  /**
   * Custom endpoints by service. They are AWS-compatible services, addressed with the bucket in the path, which may not
   * support AWS's newer checksums.
   */
  readonly endpoints: Endpoints;
  /** Which endpoints of AWS are used, if none is given for a service; the usual ones by default. */
  readonly variants?: EndpointVariants;
  readonly clock: Clock;
  readonly onEvent: EventListener;
  /** Ends waits; requests in flight are completed. */
  readonly signal: AbortSignal | undefined;
}

/**
 * The configuration of each SDK client. Everything is given, so that no client reads the configuration files of AWS: they
 * have been read where the connection was made, if they count.
 */
export function clientConfig(connection: AwsConnection, service: AwsService, maxSockets?: number) {
  const { region, credentials, endpoints, variants } = connection;
  const endpoint = endpoints[service];
  return {
    region,
    credentials,
    ...(endpoint !== undefined && { endpoint }),
    ignoreConfiguredEndpointUrls: true,
    useFipsEndpoint: variants?.useFipsEndpoint ?? false,
    useDualstackEndpoint: variants?.useDualstackEndpoint ?? false,
    authSchemePreference: [],
    defaultsMode: 'legacy' as const,
    userAgentAppId: async () => undefined,
    disableClockSkewCorrection: false,
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    requestHandler: requestHandlerOptions(connection, maxSockets),
  };
}

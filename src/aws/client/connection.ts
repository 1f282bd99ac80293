import type { Clock } from '../../core/async/clock.js';
import type { EventListener } from '../../core/diagnostics/event.js';
import type { Timeouts } from '../../core/timeouts.js';
import { MINUTE } from '../../core/units.js';
import { type AwsError, NETWORK_CODES, PROVIDER_ERROR } from './aws-error.js';

export type AwsService = 'iam' | 'lambda' | 'logs' | 's3' | 'sts';

/** The limit for a whole request, however slowly its bytes arrive. */
export const REQUEST_TIMEOUT_MS = 15 * MINUTE;
/** Attempts for a request that is throttled or fails in the service; the SDK's retry quota may allow fewer. */
const MAX_ATTEMPTS = 5;

/** An AWS access key, with a session token if it is temporary. */
export interface AwsAccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When a temporary key expires. A provider without it is called only once per client. */
  readonly expiration?: Date;
}

/**
 * Credentials as the AWS SDK accepts them: an access key, or a provider of one. Each client calls the provider when it
 * has no key yet, and again before the key expires.
 */
export type AwsCredentials = AwsAccessKey | (() => Promise<AwsAccessKey>);

/** Where requests go, and what they are signed with. */
export interface AwsConnection {
  readonly region: string;
  /** Undefined for the SDK's default provider chain. */
  readonly credentials: AwsCredentials | undefined;
  /** How messages name the credentials, such as the variable they come from. */
  readonly credentialsSource: string;
  /**
   * Custom endpoints by service. They are AWS-compatible services, addressed with the bucket in the path, which may not
   * support AWS's newer checksums.
   */
  readonly endpoints: Readonly<Record<AwsService, string | undefined>>;
  readonly timeouts: Timeouts;
  readonly clock: Clock;
  readonly onEvent: EventListener;
  /** Ends waits; requests in flight are completed. */
  readonly signal: AbortSignal | undefined;
}

/**
 * The configuration of each SDK client. Only the default provider chain, if it is used, reads the AWS configuration
 * files: region and endpoints never come from there.
 */
export function clientConfig(
  { region, credentials, endpoints, timeouts }: AwsConnection,
  service: AwsService,
  maxSockets = 50,
) {
  const endpoint = endpoints[service];
  return {
    region,
    ...(credentials !== undefined && { credentials: withProviderErrors(credentials) }),
    ...(endpoint !== undefined && { endpoint }),
    ignoreConfiguredEndpointUrls: true,
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: timeouts.connect,
      socketTimeout: timeouts.idle,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets },
      httpsAgent: { maxSockets },
    },
  };
}

/**
 * Names what a provider throws as the SDK names the failures of its own providers, unless it is an error of the network
 * or of a request to AWS.
 */
function withProviderErrors(credentials: AwsCredentials): AwsCredentials {
  if (typeof credentials !== 'function') return credentials;
  // The SDK passes options to its own providers, which are not part of the type.
  return async (...options: []) => {
    try {
      return await credentials(...options);
    } catch (error) {
      const { name, code, $metadata } = Object(error) as Partial<AwsError>;
      if ($metadata !== undefined || name === 'TimeoutError' || NETWORK_CODES.has(code ?? '')) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw Object.assign(new Error(message, { cause: error }), { name: PROVIDER_ERROR });
    }
  };
}

import type { AwsAccessKey } from '../../core/aws/access-key.js';
import type { CredentialSource } from '../../core/aws/credential-source.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Environment } from '../../core/environment.js';
import { SECOND } from '../../core/units.js';
import type { AwsConnection } from '../client/connection.js';

/** The metadata services of containers and instances answer at once, or are not there. */
const METADATA_TIMEOUT_MS = SECOND;

/** What loading credentials needs. */
export interface CredentialSettings
  extends Pick<AwsConnection, 'region' | 'timeouts' | 'network' | 'clock' | 'onEvent'> {
  readonly env: Environment;
  /** Asks for the code of an MFA device; undefined if there is no one to ask. */
  readonly mfaCode: ((serial: string) => Promise<string>) | undefined;
}

/**
 * Loads the credentials of a source with the providers of the SDK, each of which is imported when it is used.
 *
 * @returns a provider, which loads them whenever it is called
 */
export function loadCredentials(
  source: Exclude<CredentialSource, { kind: 'access key' }>,
  settings: CredentialSettings,
): () => Promise<AwsAccessKey> {
  return async () => {
    switch (source.kind) {
      case 'profile': {
        const { loadProfile } = await import('./load-profile.js');
        return loadProfile(source, settings);
      }
      case 'web identity': {
        const [{ fromTokenFile }, { innerClients }] = await Promise.all([
          import('@aws-sdk/credential-provider-web-identity'),
          import('./inner-clients.js'),
        ]);
        return fromTokenFile(innerClients(settings))();
      }
      case 'container': {
        const { fromHttp } = await import('@aws-sdk/credential-provider-http');
        return fromHttp({ timeout: METADATA_TIMEOUT_MS, maxRetries: 1 })();
      }
      case 'instance':
        return loadFromInstance(source);
      case 'nowhere':
        throw noCredentials(source);
    }
  };
}

async function loadFromInstance(source: CredentialSource): Promise<AwsAccessKey> {
  const { fromInstanceMetadata } = await import('@smithy/credential-provider-imds');
  try {
    return await fromInstanceMetadata({ timeout: METADATA_TIMEOUT_MS, maxRetries: 0, logger: SILENT })();
  } catch (error) {
    // With a status, there is such a service.
    const { statusCode } = error as { statusCode?: number };
    if (statusCode === undefined) throw noCredentials(source, '', error);
    const reason = statusCode === 404 ? 'has no role' : `metadata service responds with ${statusCode}`;
    throw noCredentials(source, `: the instance ${reason}`, error);
  }
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** @param reason appended to the message */
function noCredentials({ hint }: CredentialSource, reason = '', cause?: unknown): AppsctlError {
  return new AppsctlError('CREDENTIALS', `there are no AWS credentials${reason}`, { hint, cause });
}

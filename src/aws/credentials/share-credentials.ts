import type { AwsAccessKey } from '../../core/aws/access-key.js';
import { explainCertificateError } from '../../core/diagnostics/certificate-error.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { MINUTE } from '../../core/units.js';
import { ProxyError } from '../../http/proxy-error.js';
import { type AwsError, NETWORK_CODES, PROVIDER_ERROR } from '../client/aws-error.js';

/** How long before they expire credentials are renewed, as in the SDK. */
const RENEWAL_MS = 5 * MINUTE;

/**
 * Makes one provider for all clients: whatever the credentials come from, such as a login, a command or a question for an
 * MFA code, is asked once, and again before they expire. If they cannot be renewed, they are used until they expire.
 *
 * @param load gets the credentials
 */
export function shareCredentials(load: () => Promise<AwsAccessKey>): () => Promise<AwsAccessKey> {
  let current: AwsAccessKey | undefined;
  let loading: Promise<AwsAccessKey> | undefined;
  const renew = async (options: []): Promise<AwsAccessKey> => {
    try {
      current = await load(...options);
      return current;
    } catch (error) {
      if (current !== undefined && isValidFor(current, 0)) return current;
      throw nameProviderError(error);
    } finally {
      loading = undefined;
    }
  };
  // The SDK passes options to its own providers, which are not part of the type.
  return (...options: []) => {
    if (current !== undefined && isValidFor(current, RENEWAL_MS)) return Promise.resolve(current);
    loading ??= renew(options);
    return loading;
  };
}

function isValidFor({ expiration }: AwsAccessKey, milliseconds: number): boolean {
  return expiration === undefined || expiration.getTime() - Date.now() > milliseconds;
}

/**
 * Names what a provider throws as the SDK names the failures of its own providers, unless it is an error of ours, of the
 * network or of a request to AWS.
 */
function nameProviderError(error: unknown): unknown {
  const { name, code, $metadata } = Object(error) as Partial<AwsError>;
  if (AppsctlError.is(error) || error instanceof ProxyError || $metadata !== undefined) return error;
  if (name === 'TimeoutError' || NETWORK_CODES.has(code ?? '')) return error;
  if (explainCertificateError(code ?? '') !== undefined) return error;
  const message = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(message, { cause: error }), { name: PROVIDER_ERROR });
}

import type { AwsAccessKey } from '../../core/aws/access-key.js';
import { explainCertificateError } from '../../core/diagnostics/certificate-error.js';
import { AppsctlError, type ErrorCode } from '../../core/diagnostics/error.js';
import type { Hint } from '../../core/diagnostics/vocabulary.js';
import { SECOND } from '../../core/units.js';
import { ProxyError } from '../../http/proxy-error.js';
import {
  type AwsError,
  hasNoMessage,
  httpStatus,
  isAwsError,
  isQuotaExceeded,
  MalformedResponse,
  NETWORK_CODES,
  PROVIDER_ERROR,
} from './aws-error.js';
import type { AwsConnection } from './connection.js';
import { suggestPermission, suggestSetting } from './refusal-hints.js';
import { REQUEST_TIMEOUT_MS } from './request-handler.js';

/**
 * Sends a request and explains its failure.
 *
 * @param action what the request is for, such as `look up role x`: the message begins with `cannot look up role x`
 * @param secrets values that AWS may repeat in a message, to be masked
 * @throws AppsctlError for every failure
 */
export async function withExplainedErrors<T>(
  connection: AwsConnection,
  action: string,
  send: () => Promise<T>,
  secrets: readonly string[] = [],
): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (AppsctlError.is(error)) throw error;
    const { code, reason, hint } = diagnose(connection, error as AwsError, secrets);
    throw new AppsctlError(code, `cannot ${action}: ${reason}`, { hint, cause: error });
  }
}

interface Diagnosis {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint?: Hint;
}

function diagnose(connection: AwsConnection, error: AwsError, secrets: readonly string[]): Diagnosis {
  return (
    diagnoseTime(error) ??
    diagnoseProvider(connection, error) ??
    diagnoseCredentials(connection, error) ??
    diagnoseNetwork(connection, error) ??
    diagnoseResponse(connection, error, secrets)
  );
}

function diagnoseTime({ name, message }: AwsError): Diagnosis | undefined {
  if (name === 'RequestTimeTooSkewed') {
    const reason = 'the clock of this machine differs too much from that of AWS';
    return { code: 'SERVICE', reason, hint: 'set the clock of this machine' };
  }
  if (name !== 'RequestExpired' && !/^Signature expired/.test(message)) return undefined;
  return {
    code: 'NETWORK',
    reason: 'the request reached AWS more than 5 minutes after it was signed',
    hint: 'check the speed of the connection and the clock of this machine',
  };
}

/** The errors of the SDK when there are no credentials, or when a login has expired. */
const PROVIDER_ERRORS: ReadonlySet<string> = new Set([PROVIDER_ERROR, 'TokenProviderError']);

function diagnoseProvider(
  { credentialsSource, credentialsHint }: AwsConnection,
  { name, message }: AwsError,
): Diagnosis | undefined {
  if (!PROVIDER_ERRORS.has(name)) return undefined;
  return {
    code: 'CREDENTIALS',
    reason: `no AWS credentials: ${toOneLine(message)}`,
    hint: credentialsHint ?? `check ${credentialsSource}: a login may have expired`,
  };
}

const KEY_ERRORS = ['InvalidClientTokenId', 'UnrecognizedClient', 'InvalidAccessKeyId', 'AuthFailure'];
const SECRET_ERRORS = ['SignatureDoesNotMatch', 'InvalidSignature'];
const SIGNATURE_ERRORS = [...SECRET_ERRORS, 'IncompleteSignature', 'MissingAuthenticationToken'];
const TOKEN_ERRORS = ['ExpiredToken', 'InvalidToken', 'TokenRefreshRequired'];

function diagnoseCredentials(
  { credentials, credentialsSource, region }: AwsConnection,
  error: AwsError,
): Diagnosis | undefined {
  const { name, message } = error;
  const code = 'CREDENTIALS';
  if (/^MultiFactorAuthentication failed/.test(message)) {
    return {
      code,
      reason: 'AWS does not accept the MFA code',
      hint: ({ again }) => `${again} with the code that the device shows then`,
    };
  }
  const reason = `AWS rejected the credentials (${name})`;
  const key = typeof credentials === 'object' ? credentials : undefined;
  const keyId = key?.accessKeyId;
  if (isAwsError(error, ...SIGNATURE_ERRORS)) {
    // A signature for another region or service is reported under the same names.
    const isSecretWrong = isAwsError(error, ...SECRET_ERRORS) && !/should be scoped/.test(message);
    return {
      code,
      reason:
        isSecretWrong && keyId !== undefined
          ? `the secret key does not belong to access key ${keyId} (${name})`
          : reason,
      hint: `check ${credentialsSource} and its secret key`,
    };
  }
  if (isAwsError(error, ...TOKEN_ERRORS)) {
    return {
      code,
      reason,
      hint: ({ again }) => `get new temporary credentials for ${credentialsSource}, and ${again}`,
    };
  }
  if (!isAwsError(error, ...KEY_ERRORS)) return undefined;
  return {
    code,
    reason: keyId === undefined ? reason : `AWS does not know access key ${keyId} (${name})`,
    hint: isTokenMissing(key)
      ? `set the session token of ${credentialsSource}, too: its key is a temporary one`
      : `check ${credentialsSource}; the key may be deleted or inactive, a new key takes some seconds to work, and region ${region} must be enabled in the account`,
  };
}

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
function isTokenMissing(key: AwsAccessKey | undefined): boolean {
  return key?.accessKeyId.startsWith('ASIA') === true && !key.sessionToken;
}

function diagnoseNetwork(connection: AwsConnection, error: AwsError): Diagnosis | undefined {
  const { name, code = '' } = error;
  if (error instanceof ProxyError) return { code: 'NETWORK', reason: error.message, hint: error.hint };
  const hint = chooseNetworkHint(connection);
  const certificate = explainCertificateError(code);
  if (certificate !== undefined) {
    return { code: 'NETWORK', reason: `the AWS endpoint ${certificate.message}`, hint: certificate.hint };
  }
  if (NETWORK_CODES.has(code)) return { code: 'NETWORK', reason: `cannot connect to AWS (${code})`, hint };
  if (name !== 'TimeoutError') return undefined;
  return { code: 'NETWORK', reason: explainTimeout(connection, error), hint };
}

/** The SDK has one error for all of its timeouts; only the message differs. */
function explainTimeout({ timeouts }: AwsConnection, { message }: AwsError): string {
  if (/did not establish a connection/.test(message)) {
    return `cannot connect to AWS within ${timeouts.connect / SECOND} s`;
  }
  const limit = /requestTimeout/.test(message) ? REQUEST_TIMEOUT_MS : timeouts.idle;
  return `AWS did not respond within ${limit / SECOND} s`;
}

function diagnoseResponse(connection: AwsConnection, error: AwsError, secrets: readonly string[]): Diagnosis {
  const { name, message } = error;
  const status = httpStatus(error);
  const isMalformed =
    name === 'SyntaxError' ||
    error instanceof MalformedResponse ||
    /Deserialization error/.test(message) ||
    // AWS names the resource that it does not find.
    (status === 404 && hasNoMessage(error)) ||
    (status !== undefined && status < 300);
  const text = toOneLine(maskSecrets(message, secrets));
  if (/^AccessDenied/.test(name) || status === 403) {
    const hasReason = text !== '' && name !== '403' && !/^access denied\.?$/i.test(text);
    return {
      code: 'ACCESS_DENIED',
      reason: hasReason ? `access denied: ${text}` : 'access denied',
      hint: suggestPermission(text, connection.credentialsOwner),
    };
  }
  // The response of a HEAD request has no body that would say more. A bucket in another region has been ruled out.
  if (status === 400 && hasNoMessage(error)) {
    const hint = `check ${connection.credentialsSource}: its session token may have expired`;
    return { code: 'SERVICE', reason: 'AWS responded with 400 Bad Request', hint };
  }
  if (isQuotaExceeded(error)) return { code: 'LIMIT', reason: text };
  if (isAwsError(error, 'CodeStorageExceededException')) {
    const hint = 'delete functions that are no longer used: Lambda stores up to 75 GB of code per region';
    return { code: 'LIMIT', reason: text, hint };
  }
  // A parser's message quotes the response, which may contain the environment variables of functions.
  if (isMalformed) {
    return {
      code: 'SERVICE',
      reason: 'the response of AWS is malformed',
      hint: chooseNetworkHint(connection),
    };
  }
  const hint = suggestSetting(text);
  return { code: 'SERVICE', reason: `${name}: ${text}`, ...(hint !== undefined && { hint }) };
}

function toOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Masks secrets, and the environment variables that AWS repeats in some messages. */
function maskSecrets(message: string, secrets: readonly string[]): string {
  const masked = message
    .replace(/String measured:.*$/s, 'String measured: …')
    .replace(/Value '.*?' at 'environment\.variables/gs, "Value '…' at 'environment.variables");
  const longestFirst = secrets.filter((secret) => secret.length > 2).sort((a, b) => b.length - a.length);
  return longestFirst.reduce((text, secret) => text.replaceAll(secret, '…'), masked);
}

function chooseNetworkHint({ region, endpoints, network }: AwsConnection): Hint {
  const [proxy] = network?.proxies ?? [];
  if (proxy !== undefined) return `check the proxy ${proxy}, and that region ${region} exists`;
  return Object.values(endpoints).some((endpoint) => endpoint !== undefined)
    ? ({ endpoint }) => `check ${endpoint}`
    : `check the network, and that region ${region} exists`;
}

import { AppsctlError, type ErrorCode } from '../../core/diagnostics/error.js';
import { type AwsError, httpStatus, isAwsError, isQuotaExceeded, NETWORK_CODES } from './aws-error.js';
import type { AwsConnection } from './connection.js';

/**
 * Runs a request and explains its failure.
 *
 * @param connection whose request it is
 * @param action what the request is for, such as `look up role x`: the message begins `cannot look up role x`
 * @param secrets values that AWS may repeat in a message, and that must not be seen
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
  readonly hint?: string;
}

function diagnose(connection: AwsConnection, error: AwsError, secrets: readonly string[]): Diagnosis {
  return (
    diagnoseTime(error) ??
    diagnoseCredentials(connection, error) ??
    diagnoseNetwork(connection, error) ??
    diagnoseAnswer(connection, error, secrets)
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
    hint: 'check how fast the connection is, and the clock of this machine',
  };
}

const KEY_ERRORS: ReadonlySet<string> = new Set([
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'AuthFailure',
]);
const SIGNATURE_ERRORS: ReadonlySet<string> = new Set([
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
]);
const TOKEN_ERRORS: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidToken',
  'TokenRefreshRequired',
]);

function diagnoseCredentials(
  { credentialsSource, region }: AwsConnection,
  { name }: AwsError,
): Diagnosis | undefined {
  const code = 'CREDENTIALS';
  const reason = `AWS does not accept the credentials (${name})`;
  if (SIGNATURE_ERRORS.has(name)) {
    return { code, reason, hint: `check that the secret key belongs to the key in ${credentialsSource}` };
  }
  if (TOKEN_ERRORS.has(name)) {
    return {
      code,
      reason,
      hint: `get new temporary credentials for ${credentialsSource}, and run the same command again`,
    };
  }
  if (!KEY_ERRORS.has(name)) return undefined;
  const hint = `check ${credentialsSource}; a new key takes some seconds to work, and region ${region} must be enabled in the account`;
  return { code, reason, hint };
}

function diagnoseNetwork(connection: AwsConnection, { name, code = '' }: AwsError): Diagnosis | undefined {
  const hint = networkHint(connection);
  if (name === 'TimeoutError') return { code: 'NETWORK', reason: 'no answer in time', hint };
  return NETWORK_CODES.has(code) ? { code: 'NETWORK', reason: `no connection (${code})`, hint } : undefined;
}

function diagnoseAnswer(connection: AwsConnection, error: AwsError, secrets: readonly string[]): Diagnosis {
  const { name, message } = error;
  const status = httpStatus(error);
  const text = withoutSecrets(message, secrets).replace(/\s+/g, ' ').trim();
  if (/^AccessDenied/.test(name) || status === 403) {
    const reason = message === '' || name === '403' ? 'access denied' : text;
    const hint = `the user of ${connection.credentialsSource} needs this permission`;
    return { code: 'ACCESS_DENIED', reason: `AWS refuses it: ${reason}`, hint };
  }
  if (isQuotaExceeded(error)) return { code: 'LIMIT', reason: text };
  if (isAwsError(error, 'CodeStorageExceededException')) {
    const hint = 'delete functions that are no longer used: all code of a region may take 75 GB';
    return { code: 'LIMIT', reason: text, hint };
  }
  // What a parser says quotes the answer, and answers contain the environment of functions.
  if (name === 'SyntaxError' || (status !== undefined && status < 300)) {
    return { code: 'SERVICE', reason: 'the answer of AWS cannot be read', hint: networkHint(connection) };
  }
  return { code: 'SERVICE', reason: `${name}: ${text}` };
}

/** What AWS says, without the environment variables that it repeats in some messages. */
function withoutSecrets(message: string, secrets: readonly string[]): string {
  const cut = message
    .replace(/String measured:.*$/s, 'String measured: …')
    .replace(/Value '.*?' at 'environment\.variables/gs, "Value '…' at 'environment.variables");
  const longestFirst = secrets.filter((secret) => secret.length > 2).sort((a, b) => b.length - a.length);
  return longestFirst.reduce((text, secret) => text.replaceAll(secret, '…'), cut);
}

function networkHint({ region, endpoints }: AwsConnection): string {
  return Object.values(endpoints).some((endpoint) => endpoint !== undefined)
    ? 'check AWS_ENDPOINT_URL'
    : `check the network, and that the region ${region} exists`;
}

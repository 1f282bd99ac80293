import { AppsctlError, type ErrorCode } from '../core/errors.js';
import type { AwsConnection } from './connection.js';

/** The parts of an SDK error that tell errors apart. */
export interface AwsError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

const CREDENTIAL_ERRORS: ReadonlySet<string> = new Set([
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'ExpiredToken',
  'ExpiredTokenException',
  'AuthFailure',
]);

const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Whether something thrown is an SDK error of one of these names. */
export function isAwsError(error: unknown, ...names: readonly string[]): error is AwsError {
  return error instanceof Error && names.includes(error.name);
}

/** The HTTP status of the answer behind an SDK error; HEAD answers have no body, and so no other name. */
export function statusOf(error: unknown): number | undefined {
  return (error as AwsError).$metadata?.httpStatusCode;
}

/** Whether a request that failed so may have been carried out all the same, or may be if it is sent again. */
export function isAmbiguous(error: unknown): boolean {
  const { name, code, $metadata } = error as AwsError;
  const status = $metadata?.httpStatusCode;
  return (
    name === 'TimeoutError' ||
    NETWORK_CODES.has(code ?? '') ||
    status === undefined ||
    status >= 500 ||
    status < 300
  );
}

/** Whether a request was turned away because there were too many. */
export function isThrottled(error: unknown): boolean {
  return (
    /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/.test((error as AwsError).name) ||
    statusOf(error) === 429
  );
}

/**
 * Runs a request and says in our words what went wrong.
 *
 * @param connection whose request it is
 * @param doing what the request is for, such as `look up role x`: the message begins `cannot look up role x`
 * @throws AppsctlError for every failure
 */
export async function request<T>(
  connection: AwsConnection,
  doing: string,
  send: () => Promise<T>,
): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof AppsctlError) throw error;
    throw explain(connection, doing, error as AwsError);
  }
}

function explain(connection: AwsConnection, doing: string, error: AwsError): AppsctlError {
  const { code, reason, hint } = diagnose(connection, error);
  return new AppsctlError(code, `cannot ${doing}: ${reason}`, { hint, cause: error });
}

interface Diagnosis {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint?: string;
}

function diagnose({ credentialsSource, region, endpoints }: AwsConnection, error: AwsError): Diagnosis {
  const status = statusOf(error);
  if (CREDENTIAL_ERRORS.has(error.name)) {
    const hint = `check ${credentialsSource} and the secret key beside it; a new key takes some seconds to work`;
    return { code: 'CREDENTIALS', reason: `AWS does not accept the credentials (${error.name})`, hint };
  }
  if (/^AccessDenied/.test(error.name) || status === 403) {
    const hint = `let the owner of ${credentialsSource} do this`;
    const message = error.message === '' || error.name === '403' ? 'access denied' : error.message;
    return { code: 'ACCESS_DENIED', reason: `AWS refuses it: ${oneLine(message)}`, hint };
  }
  if (error.name === 'TimeoutError') {
    return { code: 'NETWORK', reason: 'no answer in time', hint: networkHint(region, endpoints) };
  }
  const network = error.code ?? '';
  if (NETWORK_CODES.has(network)) {
    return {
      code: 'NETWORK',
      reason: `no connection (${network})`,
      hint: networkHint(region, endpoints),
    };
  }
  if (error.name === 'LimitExceeded' || error.name === 'LimitExceededException') {
    return { code: 'LIMIT', reason: oneLine(error.message) };
  }
  // What a parser says quotes the answer, and answers hold the environment of functions.
  if (error instanceof SyntaxError || (status !== undefined && status < 300)) {
    return {
      code: 'SERVICE',
      reason: 'the answer of AWS cannot be read',
      hint: networkHint(region, endpoints),
    };
  }
  return { code: 'SERVICE', reason: `${error.name}: ${oneLine(error.message)}` };
}

function networkHint(region: string, endpoints: AwsConnection['endpoints']): string {
  return Object.values(endpoints).some((endpoint) => endpoint !== undefined)
    ? 'check AWS_ENDPOINT_URL'
    : `check the network, and that the region ${region} exists`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The fields of an SDK error that identify it. */
export interface AwsError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

export const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** The name of the SDK's error when it has no credentials or cannot load them. */
export const PROVIDER_ERROR = 'CredentialsProviderError';

/**
 * Whether something thrown is an SDK error with one of these names, with or without the suffix `Exception`: AWS adds it
 * to some error codes, and the SDK to the names of the errors that it knows.
 */
export function isAwsError(error: unknown, ...names: readonly string[]): error is AwsError {
  return error instanceof Error && names.some((name) => withoutSuffix(name) === withoutSuffix(error.name));
}

function withoutSuffix(name: string): string {
  return name.replace(/Exception$/, '');
}

/** The HTTP status behind an SDK error. It is all that identifies the errors of HEAD requests, which have no body. */
export function httpStatus(error: unknown): number | undefined {
  return (error as AwsError).$metadata?.httpStatusCode;
}

/** Whether a response says nothing but its status, as those of HEAD requests. */
export function hasNoMessage(error: unknown): boolean {
  return /^Unknown(?:Error)?$/.test((error as AwsError).message);
}

/** Whether IAM does not know the entity. */
export function isNoSuchEntity(error: unknown): boolean {
  return isAwsError(error, 'NoSuchEntity');
}

/** Whether an IAM quota is exceeded. Other services use this error name for throttling. */
export function isQuotaExceeded(error: unknown): error is AwsError {
  return isAwsError(error, 'LimitExceeded');
}

/** Whether a failed request may have been carried out. */
export function mayHaveSucceeded(error: unknown): boolean {
  const { name, code } = error as AwsError;
  const status = httpStatus(error);
  return (
    name === 'TimeoutError' ||
    NETWORK_CODES.has(code ?? '') ||
    status === undefined ||
    status >= 500 ||
    status < 300
  );
}

/** Whether a request was throttled. */
export function isThrottled(error: unknown): boolean {
  return (
    /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/.test((error as AwsError).name) ||
    httpStatus(error) === 429
  );
}

/** Thrown for a response that lacks what AWS always sends. */
export class MalformedResponse extends Error {
  override readonly name = 'MalformedResponse';
}

/**
 * Returns a field that AWS always sends: the SDK declares nearly all as optional.
 *
 * @throws MalformedResponse when it is missing
 */
export function required(value: string | undefined): string {
  if (value === undefined) throw new MalformedResponse('a field that AWS always sends is missing');
  return value;
}

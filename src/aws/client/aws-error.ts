/** The parts of an SDK error by which errors are told apart. */
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

/** Whether something thrown is an SDK error of one of these names. */
export function isAwsError(error: unknown, ...names: readonly string[]): error is AwsError {
  return error instanceof Error && names.includes(error.name);
}

/** The HTTP status of the answer behind an SDK error; answers to HEAD have no body, and so no other name. */
export function httpStatus(error: unknown): number | undefined {
  return (error as AwsError).$metadata?.httpStatusCode;
}

/** Whether IAM does not know something. */
export function isNoSuchEntity(error: unknown): boolean {
  return isAwsError(error, 'NoSuchEntityException', 'NoSuchEntity');
}

/** Whether a quota of IAM is used up. The SDK gives it the name that other services have for throttling. */
export function isQuotaExceeded(error: unknown): error is AwsError {
  return isAwsError(error, 'LimitExceededException', 'LimitExceeded');
}

/** Whether a request that failed may have been carried out all the same. */
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

/** Whether a request was turned away because there were too many. */
export function isThrottled(error: unknown): boolean {
  return (
    /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/.test((error as AwsError).name) ||
    httpStatus(error) === 429
  );
}

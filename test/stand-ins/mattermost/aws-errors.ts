/** Fields that the errors of the AWS SDK have beside name and message. */
interface SdkError extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string; extendedRequestId?: string };
}

/** An error of AWS in the words, lines and tabs of the SDK for Go, with which the plugin is built. */
export function goAwsText(error: unknown, service: 'lambda' | 's3'): string {
  const failure: SdkError = error instanceof Error ? error : new Error(String(error));
  const { name, message, code, $metadata } = failure;
  if (name === 'AbortError' || name === 'TimeoutError') {
    return 'RequestCanceled: request context canceled\ncaused by: context deadline exceeded';
  }
  const status = $metadata?.httpStatusCode;
  if (status === undefined) {
    return `RequestError: send request failed\ncaused by: ${code ?? message}`;
  }
  const { requestId = '', extendedRequestId = '' } = $metadata ?? {};
  const host = service === 's3' ? `, host id: ${extendedRequestId}` : '';
  return `${name}: ${message}\n\tstatus code: ${status}, request id: ${requestId}${host}`;
}

export function isNoSuchFunction(error: unknown): boolean {
  return error instanceof Error && error.name === 'ResourceNotFoundException';
}

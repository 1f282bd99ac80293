import type { HttpProxy } from '../core/http/proxy.js';

/** Thrown when a proxy cannot be reached or does not connect to the host. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';

  /**
   * @param code the code of Node.js, if there is one, by which the AWS SDK decides about retries
   * @param hint what to do about it
   */
  constructor(
    proxy: HttpProxy,
    reason: string,
    readonly hint: string,
    readonly code?: string,
    cause?: unknown,
  ) {
    super(`the proxy ${proxy.url} ${reason}`, { cause });
  }
}

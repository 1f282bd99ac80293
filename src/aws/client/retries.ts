import type { IAMClient } from '@aws-sdk/client-iam';
import type { PutObjectCommand } from '@aws-sdk/client-s3';
import { httpStatus, isQuotaExceeded, isThrottled } from './aws-error.js';

/** IAM answers a quota that is used up with this status; throttling has another one. */
const CONFLICT = 409;

/**
 * Makes a client fail at once when a quota is used up. The SDK takes the error for throttling and repeats the request
 * for ten seconds.
 */
export function failOnQuotas(client: IAMClient): void {
  const standard = client.config.retryStrategy;
  client.config.retryStrategy = async () => {
    const strategy = await standard();
    if (!('acquireInitialRetryToken' in strategy)) return strategy;
    return {
      acquireInitialRetryToken: (scope) => strategy.acquireInitialRetryToken(scope),
      refreshRetryTokenForRetry(token, info) {
        if (isQuotaExceeded(info.error) && httpStatus(info.error) === CONFLICT) throw info.error;
        return strategy.refreshRetryTokenForRetry(token, info);
      },
      recordSuccess: (token) => strategy.recordSuccess(token),
    };
  };
}

/** Has it said when a service slows a command down, each time before the SDK sends it again. */
export function onThrottling(command: PutObjectCommand, say: () => void): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (isThrottled(error)) say();
        throw error;
      }
    },
    { step: 'deserialize', priority: 'high', name: 'onThrottling' },
  );
}

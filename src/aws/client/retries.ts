import type { IAMClient } from '@aws-sdk/client-iam';
import type { PutObjectCommand } from '@aws-sdk/client-s3';
import { httpStatus, isQuotaExceeded, isThrottled } from './aws-error.js';

/** The status of an exceeded IAM quota; throttling has another one. */
const QUOTA_EXCEEDED_STATUS = 409;

/**
 * Makes a client fail immediately when a quota is exceeded. The SDK mistakes the error for throttling and would retry for
 * ten seconds.
 */
export function failOnQuotas(client: IAMClient): void {
  const standard = client.config.retryStrategy;
  client.config.retryStrategy = async () => {
    const strategy = await standard();
    if (!('acquireInitialRetryToken' in strategy)) return strategy;
    return {
      acquireInitialRetryToken: (scope) => strategy.acquireInitialRetryToken(scope),
      refreshRetryTokenForRetry(token, info) {
        if (isQuotaExceeded(info.error) && httpStatus(info.error) === QUOTA_EXCEEDED_STATUS) throw info.error;
        return strategy.refreshRetryTokenForRetry(token, info);
      },
      recordSuccess: (token) => strategy.recordSuccess(token),
    };
  };
}

/** Calls a listener each time a command is throttled, before the SDK retries it. */
export function onThrottling(command: PutObjectCommand, listener: () => void): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (isThrottled(error)) listener();
        throw error;
      }
    },
    { step: 'deserialize', priority: 'high', name: 'onThrottling' },
  );
}

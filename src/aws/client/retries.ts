import type { IAMClient } from '@aws-sdk/client-iam';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { PutObjectCommand } from '@aws-sdk/client-s3';
import { type AwsError, httpStatus, isQuotaExceeded, isThrottled, mayHaveSucceeded } from './aws-error.js';

/** The status of an exceeded IAM quota; throttling has another one. */
const QUOTA_EXCEEDED_STATUS = 409;

/**
 * Makes a client fail immediately when a quota is exceeded. The SDK mistakes the error for throttling and would retry for
 * ten seconds.
 */
export function failOnQuotas(client: IAMClient): void {
  failOn(client, (error) => isQuotaExceeded(error) && httpStatus(error) === QUOTA_EXCEEDED_STATUS);
}

/** The codes of Node.js for a request that was never sent. */
const NOT_SENT: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** Makes a client fail immediately when a request may have been carried out, for requests that must not be repeated. */
export function failOnUncertainty(client: LambdaClient): void {
  failOn(client, (error) => {
    const { code = '' } = error as AwsError;
    return mayHaveSucceeded(error) && !isThrottled(error) && !NOT_SENT.has(code);
  });
}

/** @param isFinal whether an error is not to be followed by another attempt */
function failOn(client: IAMClient | LambdaClient, isFinal: (error: unknown) => boolean): void {
  const standard = client.config.retryStrategy;
  client.config.retryStrategy = async () => {
    const strategy = await standard();
    if (!('acquireInitialRetryToken' in strategy)) return strategy;
    return {
      acquireInitialRetryToken: (scope) => strategy.acquireInitialRetryToken(scope),
      refreshRetryTokenForRetry(token, info) {
        if (isFinal(info.error)) throw info.error;
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

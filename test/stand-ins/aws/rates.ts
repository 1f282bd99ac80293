import { AwsError } from './errors.js';
import type { Operation } from './exchange.js';

/** GetFunction has a rate of its own, and Invoke none that matters here. */
const READS_PER_SECOND = 100;

/** Limits requests to Lambda's control plane with token buckets. */
export class LambdaRates {
  private readonly control: TokenBucket;
  private readonly reads = new TokenBucket(READS_PER_SECOND);

  constructor(private readonly requestsPerSecond: number) {
    this.control = new TokenBucket(requestsPerSecond);
  }

  /** Throws TooManyRequestsException if the rate is exceeded. */
  check({ service, name }: Operation, now: number): void {
    if (service !== 'lambda' || name === 'Invoke' || this.requestsPerSecond === Number.POSITIVE_INFINITY)
      return;
    const tokens = name === 'GetFunction' ? this.reads : this.control;
    if (tokens.take(now)) return;
    throw new AwsError(429, 'TooManyRequestsException', 'Rate exceeded', {
      Reason: 'CallerRateLimitExceeded',
    });
  }
}

class TokenBucket {
  private left: number;
  private filledAt = 0;

  constructor(private readonly perSecond: number) {
    this.left = perSecond;
  }

  take(now: number): boolean {
    const filled = this.left + (Math.max(0, now - this.filledAt) / 1000) * this.perSecond;
    this.left = Math.min(Math.max(1, this.perSecond), filled);
    this.filledAt = now;
    if (this.left < 1) return false;
    this.left--;
    return true;
  }
}

import { GetFunctionCommand, type GetFunctionCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { RateLimiter } from '../../core/async/rate-limiter.js';
import { SECOND } from '../../core/units.js';
import { isAwsError } from '../client/aws-error.js';
import { type AwsConnection, clientConfig } from '../client/connection.js';
import { withExplainedErrors } from '../client/explain-errors.js';
import { reportRequests } from '../client/request-events.js';

/** Requests that change functions. AWS allows 15 per second and account, which other clients share. */
const WRITES_PER_PERIOD = 9;
/** GetFunction requests. AWS allows 100 per second. */
const READS_PER_PERIOD = 80;
/** A little more than a second, because requests do not arrive as evenly as they are sent. */
const PERIOD_MS = 1.1 * SECOND;

/** Sends requests to AWS Lambda, within its rate limits. */
export class LambdaService {
  readonly client: LambdaClient;
  private readonly writes: RateLimiter;
  private readonly reads: RateLimiter;

  constructor(readonly connection: AwsConnection) {
    this.client = new LambdaClient(clientConfig(connection, 'lambda'));
    reportRequests(this.client, 'lambda', connection);
    this.writes = new RateLimiter(connection.clock, WRITES_PER_PERIOD, PERIOD_MS);
    this.reads = new RateLimiter(connection.clock, READS_PER_PERIOD, PERIOD_MS);
  }

  /** Sends requests; see {@link withExplainedErrors}. */
  request<T>(action: string, send: () => Promise<T>, secrets?: readonly string[]): Promise<T> {
    return withExplainedErrors(this.connection, action, send, secrets);
  }

  /**
   * Sends GetFunction. GetFunctionConfiguration would share the rate limit of all changes.
   *
   * @returns undefined when the function does not exist
   * @throws the errors of the SDK
   */
  async get(name: string): Promise<GetFunctionCommandOutput | undefined> {
    await this.reads.acquire();
    try {
      return await this.client.send(new GetFunctionCommand({ FunctionName: name }));
    } catch (error) {
      if (isAwsError(error, 'ResourceNotFoundException')) return undefined;
      throw error;
    }
  }

  /** Sends a request that changes a function. */
  async change<T>(send: () => Promise<T>): Promise<T> {
    await this.writes.acquire();
    return send();
  }
}

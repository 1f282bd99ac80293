import { GetFunctionCommand, type GetFunctionCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { RateLimiter } from '../../core/async/rate-limiter.js';
import { isAwsError } from '../client/aws-error.js';
import { type AwsConnection, clientConfig } from '../client/connection.js';
import { withExplainedErrors } from '../client/errors.js';
import { reportRequests } from '../client/request-events.js';

const SECOND = 1000;
/** AWS allows 15 changes of functions a second in an account; others may be changing some too. */
const CHANGES_PER_PERIOD = 9;
/** AWS allows 100 of these a second. */
const LOOKUPS_PER_PERIOD = 80;
/** A little more than a second, as requests do not arrive in the rhythm in which they are sent. */
const PERIOD_MS = 1.1 * SECOND;

/** Sends requests to AWS Lambda, not too many a second. */
export class LambdaService {
  readonly client: LambdaClient;
  private readonly changes: RateLimiter;
  private readonly lookups: RateLimiter;

  constructor(readonly connection: AwsConnection) {
    this.client = new LambdaClient(clientConfig(connection, 'lambda'));
    reportRequests(this.client, 'lambda', connection);
    this.changes = new RateLimiter(connection.clock, CHANGES_PER_PERIOD, PERIOD_MS);
    this.lookups = new RateLimiter(connection.clock, LOOKUPS_PER_PERIOD, PERIOD_MS);
  }

  /** Sends requests whose failure is explained: see {@link withExplainedErrors}. */
  request<T>(action: string, send: () => Promise<T>, secrets?: readonly string[]): Promise<T> {
    return withExplainedErrors(this.connection, action, send, secrets);
  }

  /**
   * GetFunction, because GetFunctionConfiguration shares the 15 requests a second with all changes.
   *
   * @returns undefined when there is no such function
   * @throws the errors of the SDK
   */
  async get(name: string): Promise<GetFunctionCommandOutput | undefined> {
    await this.lookups.acquire();
    try {
      return await this.client.send(new GetFunctionCommand({ FunctionName: name }));
    } catch (error) {
      if (isAwsError(error, 'ResourceNotFoundException')) return undefined;
      throw error;
    }
  }

  /** Sends a request that changes a function when it is its turn. */
  async change<T>(send: () => Promise<T>): Promise<T> {
    await this.changes.acquire();
    return send();
  }
}

import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { retry } from '../../core/async/poll.js';
import { RateLimiter } from '../../core/async/rate-limiter.js';
import type { LogService } from '../../core/ports/logs.js';
import { PROPAGATION_LIMIT_MS } from '../../core/timeouts.js';
import { SECOND } from '../../core/units.js';
import { isAwsError } from '../client/aws-error.js';
import { type AwsConnection, clientConfig } from '../client/connection.js';
import { retryWhileBeingChanged } from '../client/consistency.js';
import { withExplainedErrors } from '../client/explain-errors.js';
import { reportRequests } from '../client/request-events.js';

/**
 * AWS allows 10 requests per second of each operation. Source:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
 */
const REQUESTS_PER_PERIOD = 9;
const PERIOD_MS = 1.1 * SECOND;

/** Log groups in CloudWatch Logs. */
export class LogGroups implements LogService {
  private readonly client: CloudWatchLogsClient;
  private readonly reads: RateLimiter;
  private readonly writes: RateLimiter;

  constructor(private readonly connection: AwsConnection) {
    this.client = new CloudWatchLogsClient(clientConfig(connection, 'logs'));
    reportRequests(this.client, 'logs', connection);
    this.reads = new RateLimiter(connection.clock, REQUESTS_PER_PERIOD, PERIOD_MS);
    this.writes = new RateLimiter(connection.clock, REQUESTS_PER_PERIOD, PERIOD_MS);
  }

  findRetention(group: string): Promise<number | undefined> {
    return withExplainedErrors(this.connection, `look up log group ${group}`, async () => {
      await this.reads.acquire();
      // Groups are sorted by name, so the first one with this prefix is the one with this name, if there is one.
      const command = new DescribeLogGroupsCommand({ logGroupNamePrefix: group, limit: 1 });
      const { logGroups: [first] = [] } = await this.client.send(command);
      if (first?.logGroupName !== group || first.retentionPolicyName !== undefined) return undefined;
      return first.retentionInDays;
    });
  }

  async setRetention(group: string, days: number): Promise<void> {
    await withExplainedErrors(this.connection, `set the retention of log group ${group}`, async () => {
      const send = (): Promise<void> => this.putRetention(group, days);
      try {
        await send();
      } catch (error) {
        // Lambda creates the log group with the first event, and the default retention.
        if (!isAwsError(error, 'ResourceNotFoundException')) throw error;
        await this.create(group);
        const wait = { limitMs: PROPAGATION_LIMIT_MS, reason: `until log group ${group} exists` };
        await retry(this.connection, wait, (again) => isAwsError(again, 'ResourceNotFoundException'), send);
      }
    });
  }

  remove(group: string): Promise<boolean> {
    return withExplainedErrors(this.connection, `remove log group ${group}`, async () => {
      try {
        await this.change(group, () => this.client.send(new DeleteLogGroupCommand({ logGroupName: group })));
        return true;
      } catch (error) {
        if (isAwsError(error, 'ResourceNotFoundException')) return false;
        throw error;
      }
    });
  }

  private async putRetention(group: string, days: number): Promise<void> {
    await this.change(group, () =>
      this.client.send(new PutRetentionPolicyCommand({ logGroupName: group, retentionInDays: days })),
    );
  }

  private async create(group: string): Promise<void> {
    try {
      await this.change(group, () => this.client.send(new CreateLogGroupCommand({ logGroupName: group })));
    } catch (error) {
      // Created meanwhile, or by a request whose response was lost.
      if (!isAwsError(error, 'ResourceAlreadyExistsException')) throw error;
    }
  }

  private async change(group: string, send: () => Promise<unknown>): Promise<void> {
    await retryWhileBeingChanged(this.connection, `a change of log group ${group}`, async () => {
      await this.writes.acquire();
      return send();
    });
  }
}

import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { RateLimiter } from '../../core/async/rate-limiter.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { LogEvent } from '../../core/logs/log-event.js';
import type { LogReader } from '../../core/ports/logs.js';
import { SECOND } from '../../core/units.js';
import { isAwsError } from '../client/aws-error.js';
import { type AwsConnection, clientConfig } from '../client/connection.js';
import { withExplainedErrors } from '../client/explain-errors.js';
import { reportRequests } from '../client/request-events.js';

/**
 * AWS allows 5 requests per second, and more only in some regions. Source:
 * https://repost.aws/knowledge-center/cloudwatch-logs-throttling
 */
const REQUESTS_PER_PERIOD = 4;
const PERIOD_MS = 1.1 * SECOND;

/** The events of log groups in CloudWatch Logs. */
export class LogEvents implements LogReader {
  private readonly client: CloudWatchLogsClient;
  private readonly reads: RateLimiter;

  constructor(private readonly connection: AwsConnection) {
    this.client = new CloudWatchLogsClient(clientConfig(connection, 'logs'));
    reportRequests(this.client, 'logs', connection);
    this.reads = new RateLimiter(connection.clock, REQUESTS_PER_PERIOD, PERIOD_MS);
  }

  async *events(group: string, start: number, text: string | undefined): AsyncGenerator<readonly LogEvent[]> {
    const pages = paginateFilterLogEvents(
      { client: this.client },
      {
        logGroupName: group,
        startTime: start,
        // AWS always sorts the events of all streams; what is compatible with it may have to be told.
        interleaved: true,
        ...(text !== undefined && { filterPattern: toPattern(text) }),
      },
    );
    for (;;) {
      const { value: page, done } = await this.request(group, () => pages.next());
      if (done === true) return;
      yield (page.events ?? []).map(({ eventId = '', logStreamName = '', timestamp = 0, message = '' }) => ({
        ...{ id: eventId, stream: logStreamName, timestamp, message },
      }));
    }
  }

  private request<T>(group: string, send: () => Promise<T>): Promise<T> {
    return withExplainedErrors(this.connection, `read log group ${group}`, async () => {
      await this.reads.acquire();
      try {
        return await send();
      } catch (error) {
        if (!isAwsError(error, 'ResourceNotFoundException')) throw error;
        throw new AppsctlError('NOT_FOUND', `log group ${group} does not exist`, { cause: error });
      }
    });
  }
}

/**
 * A filter pattern for a text as it is. Rule:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
function toPattern(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

import { InvokeCommand } from '@aws-sdk/client-lambda';
import { poll } from '../../core/async/poll.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { FunctionCaller, Invocation } from '../../core/ports/lambda.js';
import { isAwsError } from '../client/aws-error.js';
import type { AwsConnection } from '../client/connection.js';
import { LambdaService } from './lambda-service.js';

const SECOND = 1000;
/** A call waits this long for its answer, as the Mattermost server does. */
const CALL_TIMEOUT_MS = 30 * SECOND;
/** How long a function that is being created or woken up may take. */
const START_LIMIT_MS = 60 * SECOND;

/** Calls functions on AWS Lambda. */
export class LambdaCaller implements FunctionCaller {
  private readonly service: LambdaService;

  constructor(connection: AwsConnection) {
    this.service = new LambdaService(connection);
  }

  invoke(name: string, payload: string): Promise<Invocation> {
    const { client, connection } = this.service;
    const wait = { limitMs: START_LIMIT_MS, reason: `until function ${name} can be invoked` };
    return this.service.request(`invoke function ${name}`, () =>
      poll(connection, wait, async (isLast) => {
        const abortSignal = AbortSignal.timeout(CALL_TIMEOUT_MS);
        try {
          const command = new InvokeCommand({
            FunctionName: name,
            InvocationType: 'RequestResponse',
            Payload: Buffer.from(payload),
          });
          const { FunctionError, Payload } = await client.send(command, { abortSignal });
          return { payload: Payload?.transformToString() ?? '', functionError: FunctionError };
        } catch (error) {
          if (isAwsError(error, 'AbortError', 'TimeoutError') && abortSignal.aborted) {
            const message = `function ${name} did not answer within ${CALL_TIMEOUT_MS / SECOND} s`;
            throw new AppsctlError('FUNCTION_FAILED', message, {
              hint: 'the Mattermost server waits no longer; look at the log of the function in CloudWatch',
            });
          }
          const isStarting = isAwsError(error, 'ResourceConflictException', 'ResourceNotReadyException');
          if (isLast || !isStarting) throw error;
          return undefined;
        }
      }),
    );
  }
}

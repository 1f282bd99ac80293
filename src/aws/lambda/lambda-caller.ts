import { InvokeCommand } from '@aws-sdk/client-lambda';
import { retry } from '../../core/async/poll.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { FunctionCaller, Invocation } from '../../core/ports/lambda.js';
import { SECOND } from '../../core/units.js';
import { isAwsError } from '../client/aws-error.js';
import type { AwsConnection } from '../client/connection.js';
import { LambdaService } from './lambda-service.js';

/** The limit for one call, which is that of the Mattermost server. */
const CALL_TIMEOUT_MS = 30 * SECOND;
/** How long a function that is being created, or was inactive, may take to become ready. */
const START_LIMIT_MS = 60 * SECOND;

/** Invokes functions on AWS Lambda. */
export class LambdaCaller implements FunctionCaller {
  private readonly service: LambdaService;

  constructor(connection: AwsConnection) {
    this.service = new LambdaService(connection);
  }

  invoke(name: string, payload: string): Promise<Invocation> {
    const { client, connection } = this.service;
    const wait = { limitMs: START_LIMIT_MS, reason: `until function ${name} can be invoked` };
    return this.service.request(`invoke function ${name}`, () =>
      retry(connection, wait, isStarting, async () => {
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
          if (!isAwsError(error, 'AbortError', 'TimeoutError') || !abortSignal.aborted) throw error;
          const message = `function ${name} did not respond within ${CALL_TIMEOUT_MS / SECOND} s`;
          throw new AppsctlError('FUNCTION_FAILED', message, {
            hint: `see its log with aws logs tail /aws/lambda/${name} --since 10m; the Mattermost server has the same limit`,
          });
        }
      }),
    );
  }
}

function isStarting(error: unknown): boolean {
  return isAwsError(error, 'ResourceConflictException', 'ResourceNotReadyException');
}

import { InvokeCommand } from '@aws-sdk/client-lambda';
import { retry } from '../../core/async/poll.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { FunctionCaller, Invocation } from '../../core/ports/lambda.js';
import { SECOND } from '../../core/units.js';
import { isAwsError } from '../client/aws-error.js';
import type { AwsConnection } from '../client/connection.js';
import { failOnUncertainty } from '../client/retries.js';
import { LambdaService } from './lambda-service.js';

/** The limit for one call, which is that of the Mattermost server. */
const CALL_TIMEOUT_MS = 30 * SECOND;
/** How long a function that is being created, or was inactive, may take to become ready. */
const START_LIMIT_MS = 60 * SECOND;

/** Invokes functions on AWS Lambda. */
export class LambdaCaller implements FunctionCaller {
  private readonly service: LambdaService;

  /** @param isRepeatable whether a call may be sent again after it may have been carried out */
  constructor(connection: AwsConnection, isRepeatable: boolean) {
    this.service = new LambdaService(connection);
    if (!isRepeatable) failOnUncertainty(this.service.client);
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
            LogType: 'Tail',
            Payload: Buffer.from(payload),
          });
          const { FunctionError, LogResult = '', Payload } = await client.send(command, { abortSignal });
          return {
            payload: Payload?.transformToString() ?? '',
            functionError: FunctionError,
            log: Buffer.from(LogResult, 'base64').toString('utf8'),
          };
        } catch (error) {
          if (isAwsError(error, 'ResourceNotFoundException')) throw missingFunction(name, error);
          if (!isAwsError(error, 'AbortError', 'TimeoutError') || !abortSignal.aborted) throw error;
          const message = `function ${name} did not respond within ${CALL_TIMEOUT_MS / SECOND} s`;
          throw new AppsctlError('FUNCTION_FAILED', message, {
            hint: ({ logsCommand }) =>
              `see its log with ${logsCommand}; the Mattermost server has the same limit`,
          });
        }
      }),
    );
  }

  mayInvoke(name: string): Promise<boolean> {
    const { client } = this.service;
    return this.service.request(`find out whether function ${name} may be invoked`, async () => {
      try {
        await client.send(new InvokeCommand({ FunctionName: name, InvocationType: 'DryRun' }));
        return true;
      } catch (error) {
        if (isAwsError(error, 'AccessDeniedException')) return false;
        // AWS checks the permission first.
        if (isAwsError(error, 'ResourceNotFoundException')) return true;
        throw error;
      }
    });
  }
}

function missingFunction(name: string, cause: unknown): AppsctlError {
  return new AppsctlError('NOT_FOUND', `function ${name} does not exist`, {
    hint: 'deploy the app again',
    cause,
  });
}

function isStarting(error: unknown): boolean {
  return isAwsError(error, 'ResourceConflictException', 'ResourceNotReadyException');
}

import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { STSClient } from '@aws-sdk/client-sts';
import type { AwsService } from '../../core/aws-service.js';
import { type AwsError, httpStatus } from './aws-error.js';
import type { AwsConnection } from './connection.js';

/** The input fields that name what a command is about; none is secret. */
const SUBJECTS = [
  'Key',
  'Prefix',
  'Bucket',
  'FunctionName',
  'PolicyArn',
  'PolicyName',
  'RoleName',
  'RoleArn',
  'UserName',
  'GroupName',
  'Resource',
  'SecretId',
  'logGroupName',
  'logGroupNamePrefix',
] as const;

/** The key in a command's context for the time of a first attempt that was sent without the SDK. */
const FIRST_SENT_AT = 'appsctlFirstSentAt';

/** Emits an event for each request that a client sends, retries included. */
export function reportRequests(
  client: Pick<
    CloudWatchLogsClient | IAMClient | LambdaClient | S3Client | SecretsManagerClient | STSClient,
    'middlewareStack'
  >,
  service: AwsService,
  connection: Pick<AwsConnection, 'clock' | 'onEvent'>,
): void {
  const stack = client.middlewareStack as S3Client['middlewareStack'];
  stack.add(
    (next, context) => async (args) => {
      const start: number = context[FIRST_SENT_AT] ?? connection.clock.now();
      delete context[FIRST_SENT_AT];
      const operation = `${(context.commandName ?? '').replace(/Command$/, '')} ${findSubject(args.input)}`;
      const report = (outcome: string): void =>
        reportRequest(connection, service, operation.trim(), outcome, start);
      try {
        const result = await next(args);
        report(String((result.response as { statusCode: number }).statusCode));
        return result;
      } catch (error) {
        const { name, code } = error as AwsError;
        report([httpStatus(error), code ?? name].filter(Boolean).join(' '));
        throw error;
      }
    },
    { step: 'deserialize', priority: 'high', name: 'reportRequests' },
  );
}

/** Emits the event of one completed request. */
export function reportRequest(
  { clock, onEvent }: Pick<AwsConnection, 'clock' | 'onEvent'>,
  service: AwsService,
  operation: string,
  outcome: string,
  start: number,
): void {
  onEvent({ type: 'request', service, operation, outcome, milliseconds: clock.now() - start });
}

/**
 * Replays the outcome of a request that was sent without the SDK as the first attempt of a command, so that the SDK
 * handles the response or retries.
 *
 * @param outcome the response with its body unread, or a rejection if there is none
 * @param start when the request was sent, in milliseconds since the epoch
 */
export function replayAsFirstAttempt(
  command: PutObjectCommand,
  outcome: Promise<{ readonly response: unknown }>,
  start: number,
): void {
  command.middlewareStack.add(
    (next, context) => {
      let first: typeof outcome | undefined = outcome;
      context[FIRST_SENT_AT] = start;
      return async (args) => {
        const replayed = first;
        first = undefined;
        return replayed === undefined ? next(args) : ((await replayed) as Awaited<ReturnType<typeof next>>);
      };
    },
    { step: 'deserialize', priority: 'low', name: 'replayAsFirstAttempt' },
  );
}

function findSubject(input: object): string {
  const fields = input as Readonly<Record<string, unknown>>;
  const subject = SUBJECTS.map((name) => fields[name]).find(
    (value) => typeof value === 'string' && value !== '',
  );
  return String(subject ?? '');
}

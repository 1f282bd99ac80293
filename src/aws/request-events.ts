import type { IAMClient } from '@aws-sdk/client-iam';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import type { AwsConnection, AwsService } from './connection.js';
import { type AwsError, statusOf } from './errors.js';

/** What of a command says what it is about; none of it is a secret. */
const SUBJECTS = [
  'Key',
  'Prefix',
  'Bucket',
  'FunctionName',
  'PolicyArn',
  'PolicyName',
  'RoleName',
  'UserName',
  'GroupName',
  'Resource',
] as const;

/** Tells of each request that a client sends, those that are sent again too. */
export function tellRequests(
  client: IAMClient | LambdaClient | S3Client,
  service: AwsService,
  { clock, onEvent }: AwsConnection,
): void {
  const stack = client.middlewareStack as S3Client['middlewareStack'];
  stack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const start = clock.now();
        const operation = `${commandName.replace(/Command$/, '')} ${subjectOf(args.input)}`.trim();
        const tell = (outcome: string): void =>
          onEvent({ type: 'request', service, operation, outcome, milliseconds: clock.now() - start });
        try {
          const result = await next(args);
          tell(String((result.response as { statusCode: number }).statusCode));
          return result;
        } catch (error) {
          const { name, code } = error as AwsError;
          tell([statusOf(error), code ?? name].filter(Boolean).join(' '));
          throw error;
        }
      },
    { step: 'deserialize', priority: 'high', name: 'tellRequests' },
  );
}

function subjectOf(input: object): string {
  const fields = input as Readonly<Record<string, unknown>>;
  const subject = SUBJECTS.map((name) => fields[name]).find((value) => typeof value === 'string');
  return String(subject ?? '');
}

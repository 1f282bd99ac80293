import {
  CreateLogGroupCommand,
  DeleteLogStreamCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { AttachRolePolicyCommand } from '@aws-sdk/client-iam';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { addEvents } from '../log-model.js';
import { createPolicy } from './helpers.js';
import { creation, newInvokeUser, newRole, type Session, startSession } from './session.js';

const logGroupName = '/aws/lambda/a_1_go';

describe('CloudWatch Logs', () => {
  test.each([
    [
      'a name with other characters',
      new CreateLogGroupCommand({ logGroupName: 'a b' }),
      'InvalidParameterException',
    ],
    [
      'days that it does not have',
      new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 2 }),
      'InvalidParameterException',
    ],
    ['pages that are too long', new DescribeLogGroupsCommand({ limit: 51 }), 'InvalidParameterException'],
    ['a pattern', new DescribeLogGroupsCommand({ logGroupNamePattern: 'a' }), 'NotImplemented'],
    ['tags', new CreateLogGroupCommand({ logGroupName, tags: { a: '1' } }), 'NotImplemented'],
    [
      'what it does not carry out',
      new DeleteLogStreamCommand({ logGroupName, logStreamName: 'a' }),
      'NotImplemented',
    ],
  ])('refuses %s', async (_, command, name) => {
    const { logs } = await startSession();
    // The union of commands is not one that the type of send accepts.
    const sent = logs.send(command as CreateLogGroupCommand);
    await expect(sent).rejects.toMatchObject({ name });
  });

  test('shows the retention of a policy of the account instead of that of the group', async () => {
    const { aws, logs } = await startSession();
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 7 }));
    aws.logGroup(logGroupName).retentionPolicy = { name: 'p', days: 90 };
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({}));
    expect(logGroups).toMatchObject([{ logGroupName, retentionInDays: 90, retentionPolicyName: 'p' }]);
  });

  test('asks the policies of the caller, for each log group or for all', async () => {
    const session = await startSession();
    const arn = `arn:aws:logs:us-east-1:${session.aws.accountId}:log-group`;
    const { logs } = await newInvokeUser(
      session,
      createPolicy(
        { Effect: 'Allow', Action: 'logs:CreateLogGroup', Resource: `${arn}:/aws/lambda/a_*` },
        { Effect: 'Allow', Action: 'logs:DescribeLogGroups', Resource: `${arn}:*` },
      ),
    );
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/other' }));
    for (const send of [
      () => logs.send(new CreateLogGroupCommand({ logGroupName: '/aws/lambda/b_1_go' })),
      () => logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 7 })),
    ]) {
      await expect(send()).rejects.toMatchObject({
        name: 'AccessDeniedException',
        $metadata: { httpStatusCode: 400 },
      });
    }
  });

  describe('with events', () => {
    async function startWithEvents(options: Parameters<typeof startSession>[0] = {}): Promise<Session> {
      const session = await startSession(options);
      await session.logs.send(new CreateLogGroupCommand({ logGroupName }));
      addEvents(session.aws.logGroup(logGroupName), [
        { stream: 'a', timestamp: 30, message: 'say "three" now' },
        { stream: 'b', timestamp: 10, message: 'one error' },
      ]);
      addEvents(session.aws.logGroup(logGroupName), [{ stream: 'a', timestamp: 20, message: 'two' }]);
      return session;
    }

    /** The messages of each page. */
    async function readPages(
      { logs }: Session,
      input: Partial<FilterLogEventsCommandInput> = {},
    ): Promise<(string | undefined)[][]> {
      const pages: (string | undefined)[][] = [];
      let nextToken: string | undefined;
      do {
        const page = await logs.send(new FilterLogEventsCommand({ logGroupName, ...input, nextToken }));
        pages.push((page.events ?? []).map(({ message }) => message));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return pages;
    }

    test('returns them by time, also those that arrived late', async () => {
      expect(await readPages(await startWithEvents())).toEqual([['one error', 'two', 'say "three" now']]);
    });

    test('returns empty pages before others, if it is asked to', async () => {
      const session = await startWithEvents({ pageSize: 2, logs: { emptyPages: 2 } });
      expect(await readPages(session)).toEqual([[], [], ['one error', 'two'], ['say "three" now']]);
    });

    test.each<[Partial<FilterLogEventsCommandInput>, string[]]>([
      [{ startTime: 20, endTime: 29 }, ['two']],
      [{ logStreamNames: ['b'] }, ['one error']],
      [{ logStreamNamePrefix: 'a' }, ['two', 'say "three" now']],
      [{ filterPattern: 'error one' }, ['one error']],
      [{ filterPattern: '"one error"' }, ['one error']],
      [{ filterPattern: String.raw`"say \"three\""` }, ['say "three" now']],
    ])('selects them by %o', async (input, messages) => {
      expect(await readPages(await startWithEvents(), input)).toEqual([messages]);
    });

    test.each<[Partial<FilterLogEventsCommandInput>, string]>([
      [{ filterPattern: '{ $.level = "error" }' }, 'NotImplemented'],
      [{ filterPattern: '?one ?two' }, 'NotImplemented'],
      [{ unmask: true }, 'NotImplemented'],
      [{ nextToken: 'x' }, 'InvalidParameterException'],
      [{ logStreamNames: ['a'], logStreamNamePrefix: 'a' }, 'InvalidParameterException'],
      [{ limit: 10_001 }, 'InvalidParameterException'],
      [{ logGroupName: '/none' }, 'ResourceNotFoundException'],
    ])('refuses %o', async (input, name) => {
      const { logs } = await startWithEvents();
      const sent = logs.send(new FilterLogEventsCommand({ logGroupName, ...input }));
      await expect(sent).rejects.toMatchObject({ name });
    });
  });

  describe('the log of a function', () => {
    async function startWithFunction(policies: readonly string[], group?: string): Promise<Session> {
      const session = await startSession();
      await newRole(session);
      for (const name of policies) {
        const PolicyArn = `arn:aws:iam::aws:policy/service-role/${name}`;
        await session.iam.send(new AttachRolePolicyCommand({ RoleName: 'execute', PolicyArn }));
      }
      const LoggingConfig = group === undefined ? {} : { LoggingConfig: { LogGroup: group } };
      const files = { 'index.js': 'exports.handler = async () => console.log("hello");' };
      await session.lambda.send(await creation(session, LoggingConfig, files));
      return session;
    }

    test('begins with its first invocation, each of which has a stream', async () => {
      const { aws, lambda } = await startWithFunction(['AWSLambdaBasicExecutionRole']);
      expect(aws.stored.logGroups.size).toBe(0);
      await lambda.send(new InvokeCommand({ FunctionName: 'hello' }));
      const { retention, events, streams } = aws.logGroup('/aws/lambda/hello');
      expect(retention).toBeUndefined();
      expect(events.map(({ message }) => message.split(' ')[0])).toEqual([
        ...['START', 'hello\n', 'END', 'REPORT'],
      ]);
      expect([...streams]).toEqual([expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/)]);
      await lambda.send(new InvokeCommand({ FunctionName: 'hello' }));
      expect(streams.size).toBe(2);
    });

    test('is in the group of its configuration, in streams with its name', async () => {
      const { aws, lambda } = await startWithFunction(['AWSLambdaBasicExecutionRole'], '/shared');
      await lambda.send(new InvokeCommand({ FunctionName: 'hello' }));
      const [stream] = aws.logGroup('/shared').streams;
      expect(stream).toMatch(/^\d{4}\/\d\d\/\d\d\/hello\[\$LATEST\]\[[0-9a-f]{32}\]$/);
    });

    test('is not written if the execution role does not allow it', async () => {
      const { aws, lambda } = await startWithFunction([]);
      await lambda.send(new InvokeCommand({ FunctionName: 'hello' }));
      expect(aws.stored.logGroups.size).toBe(0);
    });
  });
});

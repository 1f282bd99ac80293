import {
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, test } from 'vitest';
import { createPolicy } from './helpers.js';
import { newInvokeUser, startSession } from './session.js';

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
    ['what it does not carry out', new DeleteLogGroupCommand({ logGroupName }), 'NotImplemented'],
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
    for (const refused of [
      logs.send(new CreateLogGroupCommand({ logGroupName: '/aws/lambda/b_1_go' })),
      logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 7 })),
    ]) {
      await expect(refused).rejects.toMatchObject({
        name: 'AccessDeniedException',
        $metadata: { httpStatusCode: 400 },
      });
    }
  });
});

import {
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { expect, it } from 'vitest';
import { refusal } from '../stand-ins/aws/tests/helpers.js';
import type { Clients } from '../support/aws-clients.js';
import { freshName } from './target.js';

export function logsContract(clients: () => Clients): void {
  it('creates a log group once, and sets its retention', async () => {
    const { logs } = clients();
    const logGroupName = `/aws/lambda/${freshName('group')}`;
    const put = new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 30 });
    expect(await refusal(logs.send(put))).toBe('ResourceNotFoundException');
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    expect(await refusal(logs.send(new CreateLogGroupCommand({ logGroupName })))).toBe(
      'ResourceAlreadyExistsException',
    );
    const describe = new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName });
    const [created] = (await logs.send(describe)).logGroups ?? [];
    expect(created).toMatchObject({ logGroupName });
    expect(created?.retentionInDays).toBeUndefined();
    await logs.send(put);
    expect((await logs.send(describe)).logGroups).toMatchObject([{ logGroupName, retentionInDays: 30 }]);
  });

  it('describes log groups by a prefix, sorted by name, in pages', async () => {
    const { logs } = clients();
    const logGroupNamePrefix = `/aws/lambda/${freshName('prefix')}`;
    const names = ['', '-b', '_a'].map((suffix) => `${logGroupNamePrefix}${suffix}`);
    for (const logGroupName of [...names].reverse())
      await logs.send(new CreateLogGroupCommand({ logGroupName }));
    const describe = (nextToken?: string) =>
      logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix, limit: 2, nextToken }));
    const first = await describe();
    expect(first.logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(names.slice(0, 2));
    const second = await describe(first.nextToken);
    expect(second.logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(names.slice(2));
    expect(second.nextToken).toBeUndefined();
  });
}

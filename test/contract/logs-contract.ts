import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { expect, it } from 'vitest';
import { refusal } from '../stand-ins/aws/tests/helpers.js';
import type { Clients } from '../support/aws-clients.js';
import { allPages, freshName } from './target.js';

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

  it('removes a log group once', async () => {
    const { logs } = clients();
    const logGroupName = `/aws/lambda/${freshName('removed')}`;
    const remove = () => logs.send(new DeleteLogGroupCommand({ logGroupName }));
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    await remove();
    expect(await refusal(remove())).toBe('ResourceNotFoundException');
    const describe = new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName });
    expect((await logs.send(describe)).logGroups).toEqual([]);
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

  it('returns events of all streams by time, those of a stream, and those with a text', async () => {
    const { logs } = clients();
    const logGroupName = `/aws/lambda/${freshName('events')}`;
    const start = Date.now() - 10_000;
    const put = (logStreamName: string, events: readonly (readonly [number, string])[]) =>
      logs.send(
        new PutLogEventsCommand({
          ...{ logGroupName, logStreamName },
          logEvents: events.map(([after, message]) => ({ timestamp: start + after, message })),
        }),
      );
    const filter = new FilterLogEventsCommand({ logGroupName });
    expect(await refusal(logs.send(filter))).toBe('ResourceNotFoundException');
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    expect((await logs.send(filter)).events).toEqual([]);
    expect(await refusal(put('a', [[0, 'x']]))).toBe('ResourceNotFoundException');
    for (const logStreamName of ['a', 'b'])
      await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    await put('a', [
      [10, 'one'],
      [30, 'three of a'],
    ]);
    await put('b', [[20, 'two']]);
    const read = async (input: object) => {
      const { events } = await logs.send(
        new FilterLogEventsCommand({ logGroupName, interleaved: true, ...input }),
      );
      return events?.map(({ message }) => message);
    };
    expect(await read({})).toEqual(['one', 'two', 'three of a']);
    expect(await read({ startTime: start + 20 })).toEqual(['two', 'three of a']);
    expect(await read({ endTime: start + 20 })).toEqual(['one', 'two']);
    expect(await read({ logStreamNames: ['a'] })).toEqual(['one', 'three of a']);
    expect(await read({ filterPattern: '"three of"' })).toEqual(['three of a']);
    const ids = (await logs.send(filter)).events?.map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(3);
    expect((await logs.send(filter)).events?.map(({ eventId }) => eventId)).toEqual(ids);
  });

  it('returns events in pages', async () => {
    const { logs } = clients();
    const logGroupName = `/aws/lambda/${freshName('pages')}`;
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'a' }));
    const start = Date.now() - 10_000;
    const messages = ['0', '1', '2', '3', '4'];
    const logEvents = messages.map((message, index) => ({ timestamp: start + index, message }));
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: 'a', logEvents }));
    const { items, pages } = await allPages(async (nextToken) => {
      const page = await logs.send(new FilterLogEventsCommand({ logGroupName, limit: 2, nextToken }));
      return { items: page.events?.map(({ message }) => message), next: page.nextToken };
    });
    expect(items).toEqual(messages);
    expect(pages).toBeGreaterThanOrEqual(3);
  });
}

import { describe, expect, onTestFinished, test } from 'vitest';
import { LogGroups } from '../../../../src/aws/logs/log-groups.js';
import { type Fault, startLocalAws } from '../../../stand-ins/aws/index.js';
import { connectionTo } from '../../../support/connection.js';

const GROUP = '/aws/lambda/a_1_go';

async function setUp(fault: (operation: string, nth: number) => Fault | undefined = () => undefined) {
  const counts = new Map<string, number>();
  const aws = await startLocalAws({
    intercept: ({ operation }) => {
      const nth = (counts.get(operation) ?? 0) + 1;
      counts.set(operation, nth);
      return fault(operation, nth);
    },
  });
  onTestFinished(() => aws.stop());
  const logs = new LogGroups(connectionTo(aws).connection);
  return { aws, logs, operations: () => aws.requests.map(({ operation }) => operation) };
}

const error = (code: string): Fault => ({ kind: 'error', status: 400, code, message: 'a message' });

describe('the retention of a log group', () => {
  test('is set with one request when it exists, and with three when it does not', async () => {
    const { aws, logs, operations } = await setUp();
    expect(await logs.findRetention(GROUP)).toBeUndefined();
    await logs.setRetention(GROUP, 30);
    expect(await logs.findRetention(GROUP)).toBe(30);
    await logs.setRetention(GROUP, 7);
    expect(aws.logGroup(GROUP).retention).toBe(7);
    expect(operations()).toEqual([
      'DescribeLogGroups',
      ...['PutRetentionPolicy', 'CreateLogGroup', 'PutRetentionPolicy'],
      'DescribeLogGroups',
      'PutRetentionPolicy',
    ]);
  });

  test('is not that of another group whose name begins like it', async () => {
    const { logs } = await setUp();
    await logs.setRetention(`${GROUP}_more`, 30);
    expect(await logs.findRetention(GROUP)).toBeUndefined();
    await logs.setRetention(GROUP, 7);
    expect(await logs.findRetention(GROUP)).toBe(7);
  });

  test('is not that of a policy of the account', async () => {
    const { aws, logs } = await setUp();
    await logs.setRetention(GROUP, 30);
    aws.logGroup(GROUP).retentionPolicy = { name: 'p', days: 90 };
    expect(await logs.findRetention(GROUP)).toBeUndefined();
  });

  test.each<[string, (operation: string, nth: number) => Fault | undefined]>([
    [
      'the group already exists when it is created again, after a lost response',
      (operation, nth) => (operation === 'CreateLogGroup' && nth === 1 ? { kind: 'resetAfter' } : undefined),
    ],
    [
      'the new group is not visible yet',
      (operation, nth) =>
        operation === 'PutRetentionPolicy' && nth < 4 ? error('ResourceNotFoundException') : undefined,
    ],
    [
      'another request changes the group',
      (_, nth) => (nth === 1 ? error('OperationAbortedException') : undefined),
    ],
    ['requests are throttled', (_, nth) => (nth === 1 ? error('ThrottlingException') : undefined)],
  ])('is set although %s', async (_, fault) => {
    const { aws, logs } = await setUp(fault);
    await logs.setRetention(GROUP, 30);
    expect(aws.logGroup(GROUP).retention).toBe(30);
  });

  test('that may not be read or set is an error that names the action and the group', async () => {
    const { logs } = await setUp(() => error('AccessDeniedException'));
    await expect(logs.findRetention(GROUP)).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining(`cannot look up log group ${GROUP}: access denied`),
    });
    await expect(logs.setRetention(GROUP, 1)).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining(`cannot set the retention of log group ${GROUP}: access denied`),
    });
  });
});

import {
  GetFunctionCommand,
  InvokeCommand,
  ListFunctionsCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { refusal } from './helpers.js';
import { startSession } from './session.js';

const FunctionName = 'hello';

it('limits requests to Lambda per second, except Invoke, and GetFunction separately', async () => {
  let now = Date.now();
  const { lambda } = await startSession({ clock: { now: () => now }, lambda: { requestsPerSecond: 2 } });
  const list = () => lambda.send(new ListFunctionsCommand({}));
  const update = () => lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 }));
  await list();
  expect(await refusal(update())).toBe('ResourceNotFoundException');
  for (const attempt of [list, update]) {
    await expect(attempt()).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      message: 'Rate exceeded',
      Reason: 'CallerRateLimitExceeded',
      $metadata: { httpStatusCode: 429 },
    });
  }
  const read = () => lambda.send(new GetFunctionCommand({ FunctionName }));
  for (let count = 0; count < 100; count++) expect(await refusal(read())).toBe('ResourceNotFoundException');
  expect(await refusal(read())).toBe('TooManyRequestsException');
  expect(await refusal(lambda.send(new InvokeCommand({ FunctionName })))).toBe('ResourceNotFoundException');
  now += 500;
  await list();
  expect(await refusal(list())).toBe('TooManyRequestsException');
});

it('limits how many objects are put at the same time', async () => {
  const [Bucket, COUNT] = ['apps', 5];
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  let arrived = 0;
  const session = await startSession({
    s3: { slowDownAbove: 2 },
    intercept: async ({ operation }) => {
      if (operation !== 'PutObject') return undefined;
      if (++arrived === COUNT) open();
      await all;
      return undefined;
    },
  });
  const { s3 } = session;
  await s3.send(new CreateBucketCommand({ Bucket }));
  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const outcomes = await Promise.allSettled(Array.from({ length: COUNT }, (_, n) => put(String(n))));
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(refused).toHaveLength(3);
  for (const error of refused)
    expect(error).toMatchObject({ name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
  await put('again');
  await s3.send(new GetObjectCommand({ Bucket, Key: 'again' }));
});

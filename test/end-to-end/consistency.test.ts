import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { LocalAwsOptions, ObservedRequest } from '../stand-ins/aws/index.js';
import { functionArchive, manifest, writeBundle } from '../support/bundle.js';
import { FakeClock } from '../support/fake-clock.js';
import { runInProcess } from '../support/run-in-process.js';
import { startWorld, type World } from '../support/world.js';

/** A world, and a way to run commands in it on a clock that waits for nothing. */
async function patientWorld(
  options: LocalAwsOptions = {},
): Promise<{ world: World; clock: FakeClock; run: typeof runInProcess }> {
  const world = await startWorld(options);
  onTestFinished(() => world.stop());
  const clock = new FakeClock();
  const run: typeof runInProcess = (args, env = {}) =>
    runInProcess(args, { ...world.env, ...env }, { clock });
  return { world, clock, run };
}

const INIT = ['aws', 'init', '--create'];

describe('AWS takes its time', () => {
  test('a role that cannot be assumed for a minute', async () => {
    const { world, clock, run } = await patientWorld({ lambda: { roleRefusals: 18 } });
    await run(INIT, {});
    const { code, stderr } = await run(['aws', 'deploy', await writeBundle(world.folder)], {});
    expect(stderr).toContain('waiting   until AWS Lambda can use the role arn:aws:iam::');
    expect(code).toBe(0);
    expect(clock.waited).toBeGreaterThan(60_000);
  });

  test('a role that AWS refuses although it is not new is told with the trust policy that it needs', async () => {
    const { world, clock, run } = await patientWorld({ lambda: { roleRefusals: 1000 } });
    await run(INIT, {});
    await clock.sleep(6 * 60_000);
    const { code, stderr } = await run(['aws', 'deploy', await writeBundle(world.folder)], {});
    expect(stderr).toMatch(
      /^error: AWS Lambda may not assume the role .*\nhint: its trust policy must be \{.*"lambda\.amazonaws\.com".*\n$/,
    );
    expect(code).toBe(1);
  });

  test('functions that are Pending and InProgress for twenty looks', async () => {
    const { world, run } = await patientWorld({ lambda: { pendingReads: 20, inProgressReads: 20 } });
    await run(INIT, {});
    const bundle = await writeBundle(world.folder);
    const created = await run(['aws', 'deploy', bundle], {});
    expect(created.stderr).toContain('waiting   until function com-example-test_1-0-0_go is ready\n');
    expect(created.code).toBe(0);
    const changed = await writeBundle(world.folder, manifest(), {
      'go.zip': await functionArchive('exports.handler = () => 2;'),
    });
    expect(await run(['aws', 'deploy', '--update', '--memory', '512', changed], {})).toMatchObject({
      code: 0,
    });
  });

  test.each([
    'AttachGroupPolicy',
    'AddUserToGroup',
    'AttachRolePolicy',
    'GetPublicAccessBlock',
    'PutBucketPolicy',
  ])('%s finds nothing three times', async (operation) => {
    let refusals = 3;
    const intercept = (request: ObservedRequest) => {
      if (request.operation !== operation || refusals-- <= 0) return undefined;
      const code =
        operation.includes('Public') || operation.includes('Bucket') ? 'NoSuchBucket' : 'NoSuchEntity';
      return { kind: 'error', status: 404, code, message: 'not yet known' } as const;
    };
    const { run } = await patientWorld({ intercept });
    expect(await run(INIT, {})).toMatchObject({ code: 0 });
    expect(refusals).toBeLessThan(0);
  });

  test('a key or a policy that AWS does not know everywhere yet', async () => {
    let refusals = 3;
    const intercept = ({ operation }: ObservedRequest) =>
      operation === 'Invoke' && refusals-- > 0
        ? ({ kind: 'error', status: 403, code: 'AccessDeniedException', message: 'not yet' } as const)
        : undefined;
    const { world, run } = await patientWorld({ intercept });
    await world.init();
    await run(['aws', 'deploy', await world.packageExample()], {});
    expect(await run(['aws', 'test', 'lambda'], {})).toEqual({ code: 0, stdout: 'OK\n', stderr: '' });
  });
});

describe('somebody else was there', () => {
  test.each([
    ['just now', 0, true],
    ['ten minutes ago, as the clock of its maker says', 10, true],
    ['so long ago that no clock can be so wrong', 50, false],
  ])('a lock that a killed deployment left behind %s is taken over', async (_, minutes, waits) => {
    const { world, clock, run } = await patientWorld();
    await run(INIT, {});
    const s3 = new S3Client({
      endpoint: world.aws.endpoint,
      region: world.aws.region,
      credentials: world.aws.admin,
      forcePathStyle: true,
    });
    const lock = { owner: 'killed', time: new Date(clock.now() - minutes * 60_000).toISOString() };
    await s3.send(
      new PutObjectCommand({
        Bucket: 'mattermost-apps',
        Key: 'locks/mattermost-apps-invoke-policy.json',
        Body: JSON.stringify(lock),
      }),
    );
    const bundle = await writeBundle(world.folder);
    const start = clock.now();
    const { code, stderr } = await run(['aws', 'deploy', bundle], {});
    const waiting = 'waiting   for another deployment to release policy mattermost-apps-invoke-policy\n';
    expect(stderr.includes(waiting)).toBe(waits);
    expect(code).toBe(0);
    expect(clock.now() - start > 60_000).toBe(waits);
    const { KeyCount } = await s3.send(
      new ListObjectsV2Command({ Bucket: 'mattermost-apps', Prefix: 'locks/' }),
    );
    expect(KeyCount).toBe(0);
  });

  test('a function that was created in between is read and made what it should be', async () => {
    const { world, run } = await patientWorld();
    await run(INIT, {});
    const bundle = await writeBundle(world.folder);
    await run(['aws', 'deploy', bundle], {});
    // The first look finds nothing, as if the function had been made a moment later.
    let hidden = true;
    const other = await patientWorld({
      intercept: ({ operation }) => {
        if (operation !== 'GetFunction' || !hidden) return undefined;
        hidden = false;
        return {
          kind: 'error',
          status: 404,
          code: 'ResourceNotFoundException',
          message: 'Function not found',
        };
      },
    });
    hidden = false;
    await other.run(INIT, {});
    await other.run(['aws', 'deploy', bundle], {});
    hidden = true;
    expect(await other.run(['aws', 'deploy', bundle, '--memory', '512', '--update'], {})).toMatchObject({
      code: 0,
    });
    const { aws } = other.world;
    const lambda = new LambdaClient({ endpoint: aws.endpoint, region: aws.region, credentials: aws.admin });
    const configuration = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: 'com-example-test_1-0-0_go' }),
    );
    expect(configuration.MemorySize).toBe(512);
  });
});

test('an interruption stops before the next step, says what is done, and the same command does the rest', async () => {
  const interruption = new AbortController();
  let deploying = false;
  const world = await startWorld({
    intercept: ({ operation }) => {
      if (deploying && operation === 'CreateFunction') interruption.abort();
      return undefined;
    },
  });
  onTestFinished(() => world.stop());
  await world.init();
  const bundle = await writeBundle(world.folder, manifest(), { 'static/a.txt': 'a' });
  deploying = true;
  const { code, stderr } = await runInProcess(['aws', 'deploy', bundle], world.env, {
    signal: interruption.signal,
  });
  expect(stderr).toMatch(
    /error: interrupted: deployed 1 of 1 function and \d of 1 asset; not done: invoke policy, manifest, listing\nhint: run the same command again to finish\n$/,
  );
  expect(code).toBe(130);
  expect(world.mattermost.listed.size).toBe(0);
  deploying = false;
  expect(await world.run(['aws', 'deploy', bundle])).toMatchObject({ code: 0 });
  expect(world.mattermost.listed.size).toBe(1);
});

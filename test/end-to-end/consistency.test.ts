import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/async/clock.js';
import { LAMBDA_TRUST_POLICY } from '../../src/core/policy/policy-templates.js';
import type { LocalAwsOptions, ObservedRequest } from '../stand-ins/aws/index.js';
import { functionArchive, manifest, writeBundle } from '../support/bundle.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { FakeClock } from '../support/fake-clock.js';
import { DEPLOY, DEPLOY_HINT, INTERRUPTION, WAIT } from '../support/messages/deploy.js';
import { ANY, containing, errorOutput, refusalOutput, waitingLine } from '../support/messages/output.js';
import { AGAIN } from '../support/messages/usage.js';

/** Starts an environment in which commands run on a clock whose waits take no time. */
async function startOnFakeClock(
  aws: LocalAwsOptions = {},
): Promise<{ environment: TestEnvironment; clock: FakeClock }> {
  const clock = new FakeClock();
  const environment = await startEnvironment({ aws, runner: 'in-process', clock });
  onTestFinished(() => environment.stop());
  return { environment, clock };
}

const ROLE_ARN = 'arn:aws:iam::123456789012:role/mattermost-apps-execute-lambda-role';
const INIT = ['aws', 'init', '--create'];

describe('eventual consistency: appsctl waits for', () => {
  test('a role that cannot be assumed for a minute', async () => {
    const { environment, clock } = await startOnFakeClock({ lambda: { roleRefusals: 18 } });
    await environment.run(INIT);
    const { code, stderr } = await environment.run(['aws', 'deploy', await writeBundle(environment.folder)]);
    expect(stderr).toContain(waitingLine(WAIT.roleUsable(ROLE_ARN)));
    expect(code).toBe(0);
    expect(clock.waited).toBeGreaterThan(60_000);
  });

  test('a new role only: for one that is not new, the error shows the trust policy that it needs', async () => {
    const { environment, clock } = await startOnFakeClock({ lambda: { roleRefusals: 1000 } });
    await environment.run(INIT);
    await clock.sleep(6 * 60_000);
    const { code, stderr } = await environment.run(['aws', 'deploy', await writeBundle(environment.folder)]);
    expect(stderr).toBe(
      refusalOutput(DEPLOY.roleNotAllowed(ROLE_ARN), DEPLOY_HINT.trustPolicy(LAMBDA_TRUST_POLICY)),
    );
    expect(code).toBe(1);
  });

  test('functions that are Pending and InProgress for twenty reads', async () => {
    const { environment } = await startOnFakeClock({ lambda: { pendingReads: 20, inProgressReads: 20 } });
    await environment.run(INIT);
    const bundle = await writeBundle(environment.folder);
    const created = await environment.run(['aws', 'deploy', bundle]);
    expect(created.stderr).toContain(waitingLine(WAIT.functionReady('com-example-test_1-0-0_go')));
    expect(created.code).toBe(0);
    const changed = await writeBundle(environment.folder, manifest(), {
      'go.zip': await functionArchive('exports.handler = () => 2;'),
    });
    expect(await environment.run(['aws', 'deploy', '--update', '--memory', '512', changed])).toMatchObject({
      code: 0,
    });
  });

  test.each([
    'AttachGroupPolicy',
    'AddUserToGroup',
    'AttachRolePolicy',
    'GetPublicAccessBlock',
    'PutBucketPolicy',
  ])('%s, which gets 404 three times', async (operation) => {
    let refusals = 3;
    const intercept = (request: ObservedRequest) => {
      if (request.operation !== operation || refusals-- <= 0) return undefined;
      const code =
        operation.includes('Public') || operation.includes('Bucket') ? 'NoSuchBucket' : 'NoSuchEntity';
      return { kind: 'error', status: 404, code, message: 'not yet known' } as const;
    };
    const { environment } = await startOnFakeClock({ intercept });
    expect(await environment.run(INIT)).toMatchObject({ code: 0 });
    expect(refusals).toBeLessThan(0);
  });

  test('a key or a policy to propagate', async () => {
    let refusals = 3;
    const intercept = ({ operation }: ObservedRequest) =>
      operation === 'Invoke' && refusals-- > 0
        ? ({ kind: 'error', status: 403, code: 'AccessDeniedException', message: 'not yet' } as const)
        : undefined;
    const { environment } = await startOnFakeClock({ intercept });
    await environment.init();
    await environment.run(['aws', 'deploy', await environment.packageExample()]);
    expect(await environment.run(['aws', 'test', 'lambda'])).toMatchObject({
      code: 0,
      stdout: 'OK\n',
      stderr: '',
    });
  });
});

describe('another deployment', () => {
  test.each([
    ['just now', 0, true],
    ['ten minutes ago, according to its clock', 10, true],
    ['longer ago than clocks can differ', 25 * 60, false],
  ])('that was killed left a lock behind %s, which is taken over', async (_, minutes, waits) => {
    const { environment, clock } = await startOnFakeClock();
    await environment.run(INIT);
    const { s3 } = environment.clients;
    const lock = { owner: 'killed', time: new Date(clock.now() - minutes * 60_000).toISOString() };
    await s3.send(
      new PutObjectCommand({
        Bucket: 'mattermost-apps',
        Key: 'locks/mattermost-apps-invoke-policy.json',
        Body: JSON.stringify(lock),
      }),
    );
    const bundle = await writeBundle(environment.folder);
    const start = clock.now();
    const { code, stderr } = await environment.run(['aws', 'deploy', bundle]);
    expect(stderr.includes(waitingLine(WAIT.lock('mattermost-apps-invoke-policy')))).toBe(waits);
    expect(code).toBe(0);
    expect(clock.now() - start > 60_000).toBe(waits);
    const { KeyCount } = await s3.send(
      new ListObjectsV2Command({ Bucket: 'mattermost-apps', Prefix: 'locks/' }),
    );
    expect(KeyCount).toBe(0);
  });

  test('created the function in the meantime, which is read and updated', async () => {
    const { environment } = await startOnFakeClock();
    await environment.run(INIT);
    const bundle = await writeBundle(environment.folder);
    await environment.run(['aws', 'deploy', bundle]);
    // The first read finds nothing, as if the function had been created a moment later.
    let hidden = true;
    const { environment: other } = await startOnFakeClock({
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
    await other.run(INIT);
    await other.run(['aws', 'deploy', bundle]);
    hidden = true;
    expect(await other.run(['aws', 'deploy', bundle, '--memory', '512', '--update'])).toMatchObject({
      code: 0,
    });
    const configuration = await other.clients.lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: 'com-example-test_1-0-0_go' }),
    );
    expect(configuration.MemorySize).toBe(512);
  });
});

test('an interrupted deployment stops before the next step and reports what is done; the same command finishes it', async () => {
  const interruption = new AbortController();
  const environment = await startEnvironment({ runner: 'in-process', clock: systemClock });
  onTestFinished(() => environment.stop());
  await environment.init();
  const bundle = await writeBundle(environment.folder, manifest(), { 'static/a.txt': 'a' });
  const stopIntercepting = environment.intercept(({ operation }) => {
    if (operation === 'CreateFunction') interruption.abort();
    return undefined;
  });
  const { code, stderr } = await environment.run(['aws', 'deploy', bundle], { signal: interruption.signal });
  const message = INTERRUPTION.during(
    '1 of 1 function',
    `${ANY} of 1 asset`,
    ...['invoke policy', 'manifest', 'listing'],
  );
  expect(stderr).toMatch(containing(errorOutput(message, INTERRUPTION.finish(AGAIN.cli))));
  expect(code).toBe(130);
  expect(environment.mattermost.listed.size).toBe(0);
  stopIntercepting();
  expect(await environment.run(['aws', 'deploy', bundle])).toMatchObject({ code: 0 });
  expect(environment.mattermost.listed.size).toBe(1);
});

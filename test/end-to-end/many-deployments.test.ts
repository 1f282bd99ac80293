import { GetPolicyVersionCommand, IAMClient, ListPoliciesCommand } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, test } from 'vitest';
import type { Io } from '../../src/cli/run.js';
import { mapConcurrent } from '../../src/core/async/concurrency.js';
import type { LocalAwsOptions } from '../stand-ins/aws/index.js';
import { manifest, writeBundle } from '../support/bundle.js';
import { FakeClock } from '../support/fake-clock.js';
import { runInProcess } from '../support/run-in-process.js';
import { startWorld, type World } from '../support/world.js';

const worlds: World[] = [];
afterAll(() => Promise.all(worlds.map((world) => world.stop())));

async function preparedWorld(options: LocalAwsOptions = {}): Promise<World> {
  const world = await startWorld(options);
  worlds.push(world);
  await world.init();
  return world;
}

const asAdmin = ({ aws }: World) => ({ endpoint: aws.endpoint, region: aws.region, credentials: aws.admin });

/** Deploys an app with so many functions; answers their names on AWS. */
async function deployApp(
  world: World,
  id: string,
  functions: number,
  io: Partial<Io> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const list = Array.from({ length: functions }, (_, index) => ({
    path: `/${index}`,
    name: `function-${index}`,
    handler: 'index.handler',
    runtime: 'nodejs22.x',
  }));
  const bundle = await writeBundle(
    world.folder,
    manifest({ app_id: id, aws_lambda: { functions: list } }),
    files,
  );
  const { code, stderr } = await runInProcess(['aws', 'deploy', bundle], world.env, io);
  expect(stderr).not.toContain('error:');
  expect(code).toBe(0);
  return list.map(({ name }) => `${id.replaceAll('.', '-')}_1-0-0_${name}`);
}

/** The resources that all invoke policies together allow to be invoked. */
async function allowed(world: World): Promise<string[]> {
  const iam = new IAMClient(asAdmin(world));
  const { Policies = [] } = await iam.send(new ListPoliciesCommand({ Scope: 'Local' }));
  const documents = await Promise.all(
    Policies.map(async ({ Arn, DefaultVersionId }) => {
      const { PolicyVersion } = await iam.send(
        new GetPolicyVersionCommand({ PolicyArn: Arn, VersionId: DefaultVersionId }),
      );
      return JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? '')) as {
        Statement: { Sid: string; Resource: string[] }[];
      };
    }),
  );
  return documents.flatMap(({ Statement }) =>
    Statement.filter(({ Sid }) => Sid === 'AllowLambda').flatMap(({ Resource }) => Resource),
  );
}

describe('deployments of different apps at once', () => {
  test.each([
    [2, 40],
    [4, 60],
    [8, 100],
  ])(
    '%i at once, %i in all: none loses the right to be invoked, no lock stays',
    { timeout: 120_000 },
    async (atOnce, total) => {
      const world = await preparedWorld();
      const ids = Array.from({ length: total }, (_, index) => `app-${index}`);
      const names = (await mapConcurrent(ids, atOnce, (id) => deployApp(world, id, 1))).flat();
      const resources = await allowed(world);
      const isAllowed = (name: string): boolean =>
        resources.some((resource) =>
          resource.endsWith('*')
            ? `:${name}`.includes(`:${resource.split(':').at(-1)?.slice(0, -1)}`)
            : resource.endsWith(`:${name}`),
        );
      expect(names.filter((name) => !isAllowed(name))).toEqual([]);
      const s3 = new S3Client({ ...asAdmin(world), forcePathStyle: true });
      const { KeyCount } = await s3.send(
        new ListObjectsV2Command({ Bucket: 'mattermost-apps', Prefix: 'locks/' }),
      );
      expect(KeyCount).toBe(0);
    },
  );
});

describe('a deployment that takes a minute does not undo what another one did meanwhile', () => {
  test.each([
    ['to put an asset', 'PutObject', '/slow.txt'],
    // By then its lock is stale, and the other one takes it over.
    ['to write the policy', 'CreatePolicyVersion', 'mattermost-apps-invoke-policy'],
  ])('%s', async (_, slowOperation, slowResource) => {
    const clock = new FakeClock();
    let isFirst = true;
    const world: World = await preparedWorld({
      async intercept({ operation, resource }) {
        if (!isFirst || operation !== slowOperation || !resource.endsWith(slowResource)) return undefined;
        isFirst = false;
        await clock.sleep(61_000);
        await deployApp(world, 'faster', 1, { clock });
        return undefined;
      },
    });
    await deployApp(world, 'slower', 1, { clock }, { 'static/slow.txt': 'slow' });
    expect(isFirst).toBe(false);
    expect((await allowed(world)).map((arn) => arn.split(':').at(-1)).sort()).toEqual([
      'faster_1-0-0_function-0',
      'slower_1-0-0_function-0',
    ]);
  });
});

test('100 apps of 3 functions each, and the server may invoke every one of them', {
  timeout: 120_000,
}, async () => {
  const world = await preparedWorld();
  // Only the rate at which functions are created is waited for, and that is not what this is about.
  const clock = new FakeClock();
  const names: string[] = [];
  for (let index = 0; index < 100; index++)
    names.push(...(await deployApp(world, `com.example.app-${index}`, 3, { clock })));
  const asServer = new LambdaClient({
    ...asAdmin(world),
    credentials: {
      accessKeyId: world.env['MM_APPS_AWS_ACCESS_KEY'] ?? '',
      secretAccessKey: world.env['MM_APPS_AWS_SECRET_KEY'] ?? '',
    },
  });
  const denied: string[] = [];
  await mapConcurrent(names, 16, async (FunctionName) => {
    await asServer
      .send(new InvokeCommand({ FunctionName, InvocationType: 'DryRun' }))
      .catch(() => denied.push(FunctionName));
  });
  expect(denied).toEqual([]);
  expect(names).toHaveLength(300);
});

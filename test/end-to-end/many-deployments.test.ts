import { GetPolicyVersionCommand, ListPoliciesCommand } from '@aws-sdk/client-iam';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/async/clock.js';
import { mapConcurrent } from '../../src/core/async/concurrency.js';
import { clientsFor } from '../support/aws-clients.js';
import { manifest, writeBundle } from '../support/bundle.js';
import {
  type Interceptor,
  type RunOptions,
  startEnvironment,
  type TestEnvironment,
} from '../support/environment.js';
import { FakeClock } from '../support/fake-clock.js';

const environments: TestEnvironment[] = [];
afterAll(() => Promise.all(environments.map((environment) => environment.stop())));

async function prepareEnvironment(intercept?: Interceptor): Promise<TestEnvironment> {
  const environment = await startEnvironment({ runner: 'in-process', clock: systemClock });
  environments.push(environment);
  await environment.init();
  if (intercept !== undefined) environment.intercept(intercept);
  return environment;
}

/** Deploys an app with a number of functions; returns their names on AWS. */
async function deployApp(
  environment: TestEnvironment,
  id: string,
  functions: number,
  options: RunOptions = {},
  files: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const list = Array.from({ length: functions }, (_, index) => ({
    path: `/${index}`,
    name: `function-${index}`,
    handler: 'index.handler',
    runtime: 'nodejs22.x',
  }));
  const bundle = await writeBundle(
    environment.folder,
    manifest({ app_id: id, aws_lambda: { functions: list } }),
    files,
  );
  const { code, stderr } = await environment.run(['aws', 'deploy', bundle], options);
  expect(stderr).not.toContain('error:');
  expect(code).toBe(0);
  return list.map(({ name }) => `${id.replaceAll('.', '-')}_1-0-0_${name}`);
}

/** The resources that all invoke policies together allow the server to invoke. */
async function readAllowedResources(environment: TestEnvironment): Promise<string[]> {
  const { iam } = environment.clients;
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

describe('concurrent deployments of different apps', () => {
  test.each([
    [2, 10],
    [4, 20],
    [8, 100],
  ])(
    '%i concurrently, %i in total: all functions can be invoked, and no lock is left',
    { timeout: 120_000 },
    async (concurrency, total) => {
      const environment = await prepareEnvironment();
      const ids = Array.from({ length: total }, (_, index) => `app-${index}`);
      const names = (await mapConcurrent(ids, concurrency, (id) => deployApp(environment, id, 1))).flat();
      const resources = await readAllowedResources(environment);
      const isAllowed = (name: string): boolean =>
        resources.some((resource) =>
          resource.endsWith('*')
            ? `:${name}`.includes(`:${resource.split(':').at(-1)?.slice(0, -1)}`)
            : resource.endsWith(`:${name}`),
        );
      expect(names.filter((name) => !isAllowed(name))).toEqual([]);
      const { KeyCount } = await environment.clients.s3.send(
        new ListObjectsV2Command({ Bucket: 'mattermost-apps', Prefix: 'locks/' }),
      );
      expect(KeyCount).toBe(0);
    },
  );
});

describe('a deployment that takes a minute does not undo the changes of another one', () => {
  test.each([
    ['to put an asset', 'PutObject', '/slow.txt'],
    // Its lock is stale at that point, and the other deployment takes it over.
    ['to write the policy', 'CreatePolicyVersion', 'mattermost-apps-invoke-policy'],
  ])('%s', async (_, slowOperation, slowResource) => {
    const clock = new FakeClock();
    let isFirst = true;
    const environment: TestEnvironment = await prepareEnvironment(async ({ operation, resource }) => {
      if (!isFirst || operation !== slowOperation || !resource.endsWith(slowResource)) return undefined;
      isFirst = false;
      await clock.sleep(61_000);
      await deployApp(environment, 'faster', 1, { clock });
      return undefined;
    });
    await deployApp(environment, 'slower', 1, { clock }, { 'static/slow.txt': 'slow' });
    expect(isFirst).toBe(false);
    expect((await readAllowedResources(environment)).map((arn) => arn.split(':').at(-1)).sort()).toEqual([
      'faster_1-0-0_function-0',
      'slower_1-0-0_function-0',
    ]);
  });
});

test('the server can invoke all functions of 100 apps with 3 functions each', {
  timeout: 120_000,
}, async () => {
  const environment = await prepareEnvironment();
  // A fake clock, because the rate limit for creating functions is not the subject.
  const clock = new FakeClock();
  const names: string[] = [];
  for (let index = 0; index < 100; index++)
    names.push(...(await deployApp(environment, `com.example.app-${index}`, 3, { clock })));
  const server = clientsFor(environment.aws.endpoint, {
    accessKeyId: environment.env['MM_APPS_AWS_ACCESS_KEY'] ?? '',
    secretAccessKey: environment.env['MM_APPS_AWS_SECRET_KEY'] ?? '',
  });
  onTestFinished(() => server.destroy());
  const denied: string[] = [];
  await mapConcurrent(names, 16, async (FunctionName) => {
    await server.lambda
      .send(new InvokeCommand({ FunctionName, InvocationType: 'DryRun' }))
      .catch(() => denied.push(FunctionName));
  });
  expect(denied).toEqual([]);
  expect(names).toHaveLength(300);
});

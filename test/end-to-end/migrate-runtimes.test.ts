import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { manifest, writeBundle, zip } from '../support/bundle.js';
import { startWorld, type World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.init();
});
afterAll(() => world.stop());

/** A bundle of an app with one Go function whose program holds this text. */
async function goBundle(program: string): Promise<string> {
  const functions = [{ path: '/', name: 'go', handler: 'my app', runtime: 'go1.x' }];
  return writeBundle(world.folder, manifest({ aws_lambda: { functions } }), {
    'go.zip': await zip({ 'my app': program }),
  });
}

test('a function of a runtime that AWS creates no more is refused before any change, with the remedy', async () => {
  const { code, stderr } = await world.run(['aws', 'deploy', await goBundle('AWS_LAMBDA_RUNTIME_API')]);
  expect(stderr).toMatch(
    /^error: function go uses runtime go1\.x, which AWS no longer accepts for new functions.*\nhint: deploy with --migrate-runtimes/,
  );
  expect(code).toBe(2);
  expect(world.aws.requests.some(({ operation }) => operation === 'CreateFunction')).toBe(false);
});

test('a program of before aws-lambda-go 1.18 is not migrated', async () => {
  const { code, stderr } = await world.run([
    'aws',
    'deploy',
    '--migrate-runtimes',
    await goBundle('_LAMBDA_SERVER_PORT'),
  ]);
  expect(stderr).toMatch(/go\.zip: has a program built with aws-lambda-go before 1\.18/);
  expect(code).toBe(2);
});

test('--migrate-runtimes makes it run on provided.al2023, says so, and comes to the same each time', async () => {
  const bundle = await goBundle('AWS_LAMBDA_RUNTIME_API');
  const first = await world.run(['aws', 'deploy', '--migrate-runtimes', bundle]);
  expect(first.stderr).toContain(
    'function go: is deployed with runtime provided.al2023 instead of go1.x: a bootstrap script starts its program',
  );
  expect(first.code).toBe(0);
  const lambda = new LambdaClient({
    endpoint: world.aws.endpoint,
    region: world.aws.region,
    credentials: world.aws.admin,
  });
  const configuration = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: 'com-example-test_1-0-0_go' }),
  );
  expect(configuration).toMatchObject({
    Runtime: 'provided.al2023',
    Handler: 'bootstrap',
    Architectures: ['x86_64'],
  });
  const second = await world.run(['aws', 'deploy', '--migrate-runtimes', bundle]);
  expect(second.stdout).toContain('Functions: 0 created, 0 updated, 1 unchanged\n');
});

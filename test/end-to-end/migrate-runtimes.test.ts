import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { manifest, writeBundle, zip } from '../support/bundle.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { FINDING, FIX, functionField } from '../support/messages/bundle.js';
import { summaryLine } from '../support/messages/deploy.js';
import { ANY, findingText, matching, refusalOutput } from '../support/messages/output.js';

let environment: TestEnvironment;
beforeAll(async () => {
  environment = await startEnvironment();
  await environment.init();
});
afterAll(() => environment.stop());

/** A bundle of an app with one Go function whose program contains this text. */
async function goBundle(program: string): Promise<string> {
  const functions = [{ path: '/', name: 'go', handler: 'my app', runtime: 'go1.x' }];
  return writeBundle(environment.folder, manifest({ aws_lambda: { functions } }), {
    'go.zip': await zip({ 'my app': program }),
  });
}

test('a runtime that AWS no longer accepts is refused before any change, with a hint', async () => {
  const { code, stderr } = await environment.run(['aws', 'deploy', await goBundle('AWS_LAMBDA_RUNTIME_API')]);
  expect(stderr).toMatch(
    matching(
      refusalOutput(`${FINDING.retiredRuntime('go', 'go1.x')}${ANY}`, FIX.migrate('--migrate-runtimes')),
    ),
  );
  expect(code).toBe(2);
  expect(environment.aws.requests.some(({ operation }) => operation === 'CreateFunction')).toBe(false);
});

test('a program built with aws-lambda-go before 1.18 is not migrated', async () => {
  const { code, stderr } = await environment.run([
    'aws',
    'deploy',
    '--migrate-runtimes',
    await goBundle('_LAMBDA_SERVER_PORT'),
  ]);
  expect(stderr).toContain(findingText('go.zip', FINDING.oldGoLibrary));
  expect(code).toBe(2);
});

test('--migrate-runtimes deploys it with provided.al2023, reports that, and has the same result each time', async () => {
  const bundle = await goBundle('AWS_LAMBDA_RUNTIME_API');
  const first = await environment.run(['aws', 'deploy', '--migrate-runtimes', bundle]);
  expect(first.stderr).toContain(findingText(functionField(0, 'runtime'), FINDING.migrated('go', 'go1.x')));
  expect(first.code).toBe(0);
  const configuration = await environment.clients.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: 'com-example-test_1-0-0_go' }),
  );
  expect(configuration).toMatchObject({
    Runtime: 'provided.al2023',
    Handler: 'bootstrap',
    Architectures: ['x86_64'],
  });
  const second = await environment.run(['aws', 'deploy', '--migrate-runtimes', bundle]);
  expect(second.stdout).toContain(summaryLine('Functions', { unchanged: 1 }));
});

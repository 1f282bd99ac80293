import {
  CreatePolicyVersionCommand,
  GetPolicyVersionCommand,
  ListPoliciesCommand,
} from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { GetBucketPolicyCommand, GetObjectCommand, GetPublicAccessBlockCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { FakeClock } from '../support/fake-clock.js';
import { AWS, AWS_ACTION, AWS_HINT, cannot } from '../support/messages/aws.js';
import { DEPLOY, DEPLOY_HINT, summaryLine, WAIT } from '../support/messages/deploy.js';
import { exportLine, INIT, INIT_HINT } from '../support/messages/init.js';
import {
  ANY,
  errorOutput,
  matching,
  refusalOutput,
  resourceLine,
  waitingLine,
} from '../support/messages/output.js';
import { findChanges } from '../support/requests.js';

const FUNCTION = 'hello-serverless_v1-2-0_hello-serverless';
const POLICY = 'mattermost-apps-invoke-policy';
const ROLE = 'mattermost-apps-execute-lambda-role';

let environment: TestEnvironment;
let bundle: string;

beforeAll(async () => {
  // As on AWS, a new role cannot be assumed yet, and functions are not ready immediately.
  environment = await startEnvironment({
    aws: { pageSize: 1, lambda: { roleRefusals: 2, pendingReads: 2, inProgressReads: 1 } },
  });
  bundle = await environment.packageExample();
});
afterAll(() => environment.stop());

async function policyDocument(): Promise<{
  arn: string;
  document: { Statement: { Sid: string; Resource: string[] }[] };
}> {
  const { iam } = environment.clients;
  const { Policies } = await iam.send(new ListPoliciesCommand({ Scope: 'Local', MaxItems: 1 }));
  const [policy] = Policies ?? [];
  const { PolicyVersion } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn: policy?.Arn, VersionId: policy?.DefaultVersionId }),
  );
  return { arn: policy?.Arn ?? '', document: JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? '')) };
}

describe.sequential('from an empty account to a working app', () => {
  test('init without --create reports everything that is missing and changes nothing', async () => {
    const { code, stdout, stderr } = await environment.run(['aws', 'init']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const missing = INIT.missing(
      'bucket mattermost-apps',
      'user mattermost-apps-invoke',
      'group mattermost-apps-invoke-group',
      `policy ${POLICY}`,
      `role ${ROLE}`,
    );
    expect(stderr).toBe(refusalOutput(missing, INIT_HINT.createMissing('--create')));
    expect(findChanges(environment.requests)).toEqual([]);
  });

  test('deploy before init is refused before any change', async () => {
    const { code, stderr } = await environment.run(['aws', 'deploy', bundle]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      errorOutput(
        DEPLOY.roleMissing(ROLE),
        DEPLOY_HINT.checkOrPrepare('--execute-role', 'appsctl aws init --create'),
      ),
    );
    expect(findChanges(environment.requests)).toEqual([]);
  });

  test('init creates everything and prints the four variables', async () => {
    await environment.init();
    for (const name of [
      'MM_APPS_AWS_ACCESS_KEY',
      'MM_APPS_AWS_SECRET_KEY',
      'MM_APPS_AWS_REGION',
      'MM_APPS_S3_BUCKET',
    ]) {
      expect(environment.env[name]).toBeTruthy();
    }
    const { s3 } = environment.clients;
    const Bucket = 'mattermost-apps';
    const { PublicAccessBlockConfiguration } = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(Object.values(PublicAccessBlockConfiguration ?? {})).toEqual([true, true, true, true]);
    const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
    expect(JSON.parse(Policy ?? '')).toMatchObject({
      Statement: [
        { Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ],
    });
  });

  test('init again finds everything and creates nothing', async () => {
    const { code, stdout, stderr, requests } = await environment.run(['aws', 'init', '--create']);
    expect(code).toBe(0);
    expect(stdout).toContain(environment.env['MM_APPS_AWS_ACCESS_KEY']);
    expect(stdout).toContain(exportLine('MM_APPS_AWS_REGION', 'us-east-1'));
    expect(stderr).not.toMatch(/created|updated/);
    expect(findChanges(requests)).toEqual([]);
  });

  test('deploy --install makes it run', async () => {
    const { code, stdout, stderr } = await environment.run(['aws', 'deploy', bundle, '--install']);
    expect(stderr).toContain(resourceLine('created', 'function', FUNCTION));
    expect(code).toBe(0);
    expect(stdout).toContain(
      summaryLine('Functions', { created: 1 }) + summaryLine('Assets', { created: 2 }),
    );
    expect(environment.mattermost.installed.get('hello-serverless')).toMatchObject({
      deployType: 'aws_lambda',
      pong: { type: 'ok', text: 'PONG' },
    });
    const { lambda } = environment.clients;
    const configuration = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: FUNCTION }));
    expect(configuration).toMatchObject({
      Timeout: 30,
      MemorySize: 256,
      Handler: 'index.handler',
      Runtime: 'nodejs22.x',
      State: 'Active',
    });
  });

  test('everything is changed in a safe order', () => {
    const operations = findChanges(environment.requests).map(({ operation }) => operation);
    const policy = operations.indexOf('CreatePolicyVersion');
    for (const operation of ['CreateFunction', 'PutObject']) {
      expect(operations.slice(0, policy)).toContain(operation);
    }
    expect(operations.lastIndexOf('CreateFunction')).toBeLessThan(policy);
    // The manifest is the last object, after the policy.
    expect(operations.lastIndexOf('PutObject')).toBeGreaterThan(policy);
  });

  test('the stored manifest is the normalized one', async () => {
    const { s3 } = environment.clients;
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket: 'mattermost-apps', Key: 'manifests/hello-serverless_v1.2.0.json' }),
    );
    expect(await Body?.transformToString()).toMatch(
      /^\{"app_id":"hello-serverless","version":"v1\.2\.0","homepage_url":/,
    );
  });

  test.each([
    [['aws', 'test', 'lambda'], 'OK\n'],
    [['aws', 'test', 's3'], 'OK\n'],
    [['aws', 'test', 'list'], 'hello-serverless\n'],
  ])('%j', async (args, stdout) => {
    expect(await environment.run(args)).toMatchObject({ code: 0, stdout, stderr: '' });
  });

  test('deploy again changes nothing at all, in at most 14 requests', async () => {
    const startMattermost = environment.mattermost.requests.length;
    const { code, stdout, requests } = await environment.run(['aws', 'deploy', bundle, '--install']);
    expect(code).toBe(0);
    expect(stdout).toContain(
      summaryLine('Functions', { unchanged: 1 }) + summaryLine('Assets', { unchanged: 2 }),
    );
    expect(findChanges(requests)).toEqual([]);
    const apps = '/plugins/com.mattermost.apps/api/v1';
    const asked = environment.mattermost.requests
      .slice(startMattermost)
      .map(({ method, path, status }) => `${method} ${path} ${status}`);
    expect(asked.sort()).toEqual([
      'GET /api/v4/users/me 200',
      `GET ${apps}/apps/hello-serverless 200`,
      `GET ${apps}/marketplace 200`,
      `POST ${apps}/ping 200`,
    ]);
    expect(requests.filter(({ service }) => service !== 'mattermost').length).toBeLessThanOrEqual(14);
  });

  test('without the statement AllowLambda the same call is denied', async () => {
    const { arn, document } = await policyDocument();
    expect(document.Statement.map(({ Sid }) => Sid)).toEqual(['AllowS3', 'AllowS3list', 'AllowLambda']);
    const { iam } = environment.clients;
    const replace = (Statement: unknown) =>
      iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn: arn,
          PolicyDocument: JSON.stringify({ ...document, Statement }),
          SetAsDefault: true,
        }),
      );
    await replace(document.Statement.filter(({ Sid }) => Sid !== 'AllowLambda'));
    // On a fake clock: since a key or a policy may be new, a denied request is repeated for some seconds.
    const { code, stdout, stderr } = await environment.run(['aws', 'test', 'lambda'], {
      runner: 'in-process',
      clock: new FakeClock(),
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      matching(
        waitingLine(WAIT.newKey('MM_APPS_AWS_ACCESS_KEY')) +
          errorOutput(
            cannot(AWS_ACTION.invoke(FUNCTION), AWS.denied(ANY)),
            AWS_HINT.grant('lambda:InvokeFunction', 'MM_APPS_AWS_ACCESS_KEY'),
          ),
      ),
    );
    expect(await environment.run(['aws', 'deploy', bundle])).toMatchObject({ code: 0 });
    expect(await environment.run(['aws', 'test', 'lambda'])).toMatchObject({ code: 0, stdout: 'OK\n' });
  });
});

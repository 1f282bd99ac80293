import {
  CreatePolicyVersionCommand,
  GetPolicyVersionCommand,
  IAMClient,
  ListPoliciesCommand,
} from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeClock } from '../support/fake-clock.js';
import { runInProcess } from '../support/run-in-process.js';
import { startWorld, type World } from '../support/world.js';

const FUNCTION = 'hello-serverless_v1-2-0_hello-serverless';
const POLICY = 'mattermost-apps-invoke-policy';

let world: World;
let bundle: string;
let asAdmin: {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
};

beforeAll(async () => {
  // As on AWS: a new role cannot be assumed yet, and functions are not ready at once.
  world = await startWorld({ pageSize: 1, lambda: { roleRefusals: 2, pendingReads: 2, inProgressReads: 1 } });
  bundle = await world.packageExample();
  asAdmin = { endpoint: world.aws.endpoint, region: world.aws.region, credentials: world.aws.admin };
});
afterAll(() => world.stop());

/** The requests since a point that change something. */
const changesSince = (start: number): string[] =>
  world.aws.requests
    .slice(start)
    .map(({ operation }) => operation)
    .filter((operation) => !/^(Get|Head|List)/.test(operation));

async function policyDocument(): Promise<{
  arn: string;
  document: { Statement: { Sid: string; Resource: string[] }[] };
}> {
  const iam = new IAMClient(asAdmin);
  const { Policies } = await iam.send(new ListPoliciesCommand({ Scope: 'Local', MaxItems: 1 }));
  const [policy] = Policies ?? [];
  const { PolicyVersion } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn: policy?.Arn, VersionId: policy?.DefaultVersionId }),
  );
  return { arn: policy?.Arn ?? '', document: JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? '')) };
}

describe.sequential('from an empty account to an answering app', () => {
  test('init without --create names all that is missing and changes nothing', async () => {
    const { code, stdout, stderr } = await world.run(['aws', 'init']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `error: bucket mattermost-apps, user mattermost-apps-invoke, group mattermost-apps-invoke-group, policy ${POLICY}, role mattermost-apps-execute-lambda-role do not exist\n` +
        'hint: add --create to create what is missing\n',
    );
    expect(changesSince(0)).toEqual([]);
  });

  test('deploy before init is refused before any change', async () => {
    const { code, stderr } = await world.run(['aws', 'deploy', bundle]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: role mattermost-apps-execute-lambda-role does not exist\nhint: .*aws init --create/,
    );
    expect(changesSince(0)).toEqual([]);
  });

  test('init creates everything and prints the four variables', async () => {
    await world.init();
    for (const name of [
      'MM_APPS_AWS_ACCESS_KEY',
      'MM_APPS_AWS_SECRET_KEY',
      'MM_APPS_AWS_REGION',
      'MM_APPS_S3_BUCKET',
    ]) {
      expect(world.env[name]).toBeTruthy();
    }
    const s3 = new S3Client({ ...asAdmin, forcePathStyle: true });
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
    const start = world.aws.requests.length;
    const { code, stdout, stderr } = await world.run(['aws', 'init', '--create']);
    expect(code).toBe(0);
    expect(stdout).toContain(world.env['MM_APPS_AWS_ACCESS_KEY']);
    expect(stdout).toContain("export MM_APPS_AWS_REGION='us-east-1'");
    expect(stderr).not.toMatch(/created|updated/);
    expect(changesSince(start)).toEqual([]);
  });

  test('deploy --install makes it run', async () => {
    const { code, stdout, stderr } = await world.run(['aws', 'deploy', bundle, '--install']);
    expect(stderr).toContain(`created   function ${FUNCTION}\n`);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'Functions: 1 created, 0 updated, 0 unchanged\nAssets: 2 created, 0 updated, 0 unchanged\n',
    );
    expect(world.mattermost.installed.get('hello-serverless')).toMatchObject({
      deployType: 'aws_lambda',
      pong: { type: 'ok', text: 'PONG' },
    });
    const lambda = new LambdaClient(asAdmin);
    const configuration = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: FUNCTION }));
    expect(configuration).toMatchObject({
      Timeout: 30,
      MemorySize: 256,
      Handler: 'index.handler',
      Runtime: 'nodejs22.x',
      State: 'Active',
    });
  });

  test('everything comes in the order in which it is safe', () => {
    const operations = changesSince(0);
    const order = ['CreateFunction', 'PutObject', 'CreatePolicyVersion'].map((name) =>
      operations.indexOf(name),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    // The manifest is the last object, after the policy.
    expect(operations.lastIndexOf('PutObject')).toBeGreaterThan(operations.indexOf('CreatePolicyVersion'));
  });

  test('the stored manifest is the normalized one', async () => {
    const s3 = new S3Client({ ...asAdmin, forcePathStyle: true });
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
    expect(await world.run(args)).toEqual({ code: 0, stdout, stderr: '' });
  });

  test('deploy again changes nothing at all, in at most 14 requests', async () => {
    const start = world.aws.requests.length;
    const startMattermost = world.mattermost.requests.length;
    const { code, stdout } = await world.run(['aws', 'deploy', bundle, '--install']);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'Functions: 0 created, 0 updated, 1 unchanged\nAssets: 0 created, 0 updated, 2 unchanged\n',
    );
    expect(changesSince(start)).toEqual([]);
    const apps = '/plugins/com.mattermost.apps/api/v1';
    const asked = world.mattermost.requests
      .slice(startMattermost)
      .map(({ method, path, status }) => `${method} ${path} ${status}`);
    expect(asked.sort()).toEqual([
      'GET /api/v4/users/me 200',
      `GET ${apps}/apps/hello-serverless 200`,
      `GET ${apps}/marketplace 200`,
      `POST ${apps}/ping 200`,
    ]);
    expect(world.aws.requests.length - start).toBeLessThanOrEqual(14);
  });

  test('without the statement AllowLambda the same call is denied', async () => {
    const { arn, document } = await policyDocument();
    expect(document.Statement.map(({ Sid }) => Sid)).toEqual(['AllowS3', 'AllowS3list', 'AllowLambda']);
    const iam = new IAMClient(asAdmin);
    const replace = (Statement: unknown) =>
      iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn: arn,
          PolicyDocument: JSON.stringify({ ...document, Statement }),
          SetAsDefault: true,
        }),
      );
    await replace(document.Statement.filter(({ Sid }) => Sid !== 'AllowLambda'));
    // On a clock of its own: a key or a policy may be new, so a refusal is believed only after some seconds.
    const { code, stdout, stderr } = await runInProcess(['aws', 'test', 'lambda'], world.env, {
      clock: new FakeClock(),
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(
        `^waiting .*\\nerror: cannot invoke function ${FUNCTION}: access denied: .*\nhint: grant lambda:InvokeFunction to .*MM_APPS_AWS_ACCESS_KEY`,
      ),
    );
    expect(await world.run(['aws', 'deploy', bundle])).toMatchObject({ code: 0 });
    expect(await world.run(['aws', 'test', 'lambda'])).toMatchObject({ code: 0, stdout: 'OK\n' });
  });
});

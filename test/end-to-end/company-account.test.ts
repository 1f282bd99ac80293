import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { initialInvokePolicy, LAMBDA_TRUST_POLICY } from '../../src/core/policy/policy-templates.js';
import { readState } from '../faults/account-state.js';
import { fillPolicy, invokePolicy } from '../faults/full-policies.js';
import { BUCKET, type Lab, startLab } from '../faults/lab.js';
import { startLocalAws } from '../stand-ins/aws/index.js';
import { functionArchive, manifest, writeBundle } from '../support/bundle.js';
import { runCli } from '../support/cli.js';
import { tempFolder } from '../support/temp-folder.js';

/** What an account of a company has that a new one has not. Each test begins with a prepared account of its own. */
const folder = await tempFolder();
const NAME = 'com-example-test_1-0-0_go';
let prepared: Lab;
let bundle: string;

beforeAll(async () => {
  prepared = await startLab();
  await prepared.run(['aws', 'init', '--create']);
  bundle = await writeBundle(folder, manifest(), { 'static/a.txt': 'a' });
});
afterAll(() => prepared.stop());

async function account(): Promise<Lab> {
  const lab = await startLab(prepared);
  onTestFinished(() => lab.stop());
  return lab;
}

/** Deploys; answers what it wrote and what it changed. */
async function deploy(lab: Lab, ...flags: string[]) {
  const before = readState(lab).things;
  const { code, stdout, stderr, requests } = await lab.run(['aws', 'deploy', bundle, ...flags]);
  const after = readState(lab).things;
  const changed = Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
  return { code, stdout, stderr, requests, changed };
}

describe('variables that AWS does not show', () => {
  test('are not replaced by the few that are named: the deployment asks for kms:Decrypt', async () => {
    const lab = await account();
    await deploy(lab, '--env', 'KEEP=me');
    lab.aws.function(NAME).environmentError = { code: 'KMSAccessDenied', message: 'the key is disabled' };
    const { code, stderr, changed } = await deploy(lab, '--update', '--env', 'NEW=1');
    expect({ code, changed }).toEqual({ code: 1, changed: [] });
    expect(stderr).toMatch(/error: .*function com-example-test_1-0-0_go.*the key is disabled/);
    expect(stderr).toMatch(/hint: .*kms:Decrypt.*--replace-env/);
  });

  test('stay as they are when they are not to change, and are replaced when all of them are', async () => {
    const lab = await account();
    await deploy(lab, '--env', 'KEEP=me');
    lab.aws.function(NAME).environmentError = { code: 'KMSAccessDenied', message: 'the key is disabled' };
    expect(await deploy(lab, '--update', '--memory', '512')).toMatchObject({ code: 0 });
    expect(lab.aws.function(NAME).live.environment).toEqual({ KEEP: 'me' });
    expect(await deploy(lab, '--update', '--env', 'NEW=1', '--replace-env')).toMatchObject({ code: 0 });
    expect(lab.aws.function(NAME).live.environment).toEqual({ NEW: '1' });
  });
});

test('too many variables, old and new together, are refused before anything is changed, without their values', async () => {
  const lab = await account();
  const secret = 'hunter2'.repeat(350);
  await deploy(lab, '--env', `FIRST=${secret}`);
  const { code, stdout, stderr, changed } = await deploy(lab, '--update', '--env', `SECOND=${secret}`);
  expect({ code, stdout, changed }).toEqual({ code: 1, stdout: '', changed: [] });
  expect(stderr).toMatch(
    /error: .*the environment variables take \d+ bytes, over AWS Lambda's limit of 4096/,
  );
  expect(stderr).not.toContain('hunter2');
});

describe('a bucket that is encrypted with a KMS key', () => {
  test('gets nothing when nothing has changed', async () => {
    const lab = await account();
    lab.aws.bucket(BUCKET).encryption = { algorithm: 'aws:kms', keyId: undefined, bucketKey: true };
    await deploy(lab);
    const { stdout, changed, requests } = await deploy(lab);
    expect(changed).toEqual([]);
    expect(stdout).toContain('Assets: 0 created, 0 updated, 1 unchanged');
    expect(requests.filter(({ operation }) => operation.startsWith('Put'))).toEqual([]);
  });

  test('is one that init warns of, as the server must be able to decrypt', async () => {
    const lab = await account();
    const keyId = 'arn:aws:kms:us-east-1:123456789012:key/1';
    lab.aws.bucket(BUCKET).encryption = { algorithm: 'aws:kms', keyId, bucketKey: true };
    const { stderr } = await lab.run(['aws', 'init']);
    expect(stderr).toContain(
      `warning: bucket ${BUCKET} is encrypted with ${keyId}: the server can read it only if policy mattermost-apps-invoke-policy allows kms:Decrypt on that key`,
    );
  });
});

test('a bucket of another account is refused before anything is put there, even one that lets us in', async () => {
  const others = [{ bucket: 'taken', accountId: '999999999999', letsIn: true }];
  const aws = await startLocalAws({ like: prepared.aws, others });
  onTestFinished(() => aws.stop());
  const env = {
    ...prepared.env,
    ...{ AWS_ENDPOINT_URL: aws.endpoint, MM_APPS_S3_BUCKET: 'taken' },
    MM_APPS_DEPLOY_AWS_ACCESS_KEY: aws.admin.accessKeyId,
    MM_APPS_DEPLOY_AWS_SECRET_KEY: aws.admin.secretAccessKey,
  };
  for (const args of [
    ['deploy', bundle],
    ['init', '--create'],
  ]) {
    const { code, stderr } = await runCli(['aws', ...args], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .*taken/m);
  }
  expect(aws.bucket('taken').objects.size).toBe(0);
  expect(aws.kept.functions.size).toBe(0);
});

describe('init', () => {
  test('without --create puts nobody into a group and attaches nothing, and says what does not fit', async () => {
    const lab = await account();
    const iam = new IAMClient({
      endpoint: lab.aws.endpoint,
      region: lab.aws.region,
      credentials: lab.aws.admin,
    });
    onTestFinished(() => iam.destroy());
    await iam.send(new CreateGroupCommand({ GroupName: 'admins' }));
    await iam.send(new CreateUserCommand({ UserName: 'alice' }));
    const before = readState(lab).things;
    const { code, stderr } = await lab.run(['aws', 'init', '--group', 'admins', '--user', 'alice']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'error: policy mattermost-apps-invoke-policy is not attached to group admins; user alice is not in group admins\nhint: add --create to fix this',
    );
    expect(readState(lab).things).toEqual(before);
  });

  test('without --create says that a role may not write logs, and that the policy does not allow the bucket', async () => {
    const lab = await account();
    const iam = new IAMClient({
      endpoint: lab.aws.endpoint,
      region: lab.aws.region,
      credentials: lab.aws.admin,
    });
    onTestFinished(() => iam.destroy());
    const AssumeRolePolicyDocument = JSON.stringify(LAMBDA_TRUST_POLICY);
    await iam.send(new CreateRoleCommand({ RoleName: 'quiet', AssumeRolePolicyDocument }));
    for (const version of invokePolicy(lab).versions)
      version.document = version.document.replaceAll(BUCKET, 'another-bucket');
    const before = readState(lab).things;
    const { code, stderr } = await lab.run(['aws', 'init', '--execute-role', 'quiet']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `error: policy mattermost-apps-invoke-policy does not allow the server to read bucket ${BUCKET}; role quiet cannot write logs\nhint: add --create to fix this`,
    );
    expect(readState(lab).things).toEqual(before);
  });

  test('refuses a role that Lambda may not assume, with or without --create', async () => {
    const lab = await account();
    const iam = new IAMClient({
      endpoint: lab.aws.endpoint,
      region: lab.aws.region,
      credentials: lab.aws.admin,
    });
    onTestFinished(() => iam.destroy());
    const ec2 = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    };
    await iam.send(new CreateRoleCommand({ RoleName: 'ec2', AssumeRolePolicyDocument: JSON.stringify(ec2) }));
    const before = readState(lab).things;
    for (const flags of [[], ['--create']]) {
      const { code, stderr } = await lab.run(['aws', 'init', '--execute-role', 'ec2', ...flags]);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /error: role ec2 cannot be assumed by AWS Lambda\nhint: .*lambda\.amazonaws\.com/,
      );
    }
    expect(readState(lab).things).toEqual(before);
  });

  test('gives the user and the role that it creates a permissions boundary, where an organization demands one', async () => {
    const lab = await startLab();
    onTestFinished(() => lab.stop());
    const iam = new IAMClient({
      endpoint: lab.aws.endpoint,
      region: lab.aws.region,
      credentials: lab.aws.admin,
    });
    onTestFinished(() => iam.destroy());
    const everything = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    };
    const PolicyDocument = JSON.stringify(everything);
    const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'boundary', PolicyDocument }));
    const arn = Policy?.Arn ?? '';
    expect((await lab.run(['aws', 'init', '--create', '--permissions-boundary', arn])).code).toBe(0);
    const { users, roles } = lab.aws.kept;
    expect(users.get('mattermost-apps-invoke')?.boundary).toBe(arn);
    expect(roles.get('mattermost-apps-execute-lambda-role')?.boundary).toBe(arn);
    const { code, stderr } = await lab.run(['aws', 'init', '--permissions-boundary', 'boundary']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: .*--permissions-boundary <arn>.* Write the ARN of a policy\./);
  });

  test.runIf(process.platform === 'linux')('deletes an access key again that it cannot print', async () => {
    const lab = await account();
    const bin = fileURLToPath(new URL('../../bin/appsctl.js', import.meta.url));
    const command = `exec "${process.execPath}" "${bin}" aws init --create-access-key >/dev/full`;
    const env = { PATH: process.env['PATH'], ...lab.env };
    await expect(promisify(execFile)('sh', ['-c', command], { env })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /error: cannot print the new access key: .*no space left.*\nhint: the key AKIA\w+ is deleted again; /,
      ),
    });
    expect(lab.aws.kept.users.get('mattermost-apps-invoke')?.accessKeys).toEqual([]);
  });

  test('finds a policy at another path, which nobody has yet', async () => {
    const lab = await startLab();
    onTestFinished(() => lab.stop());
    const { endpoint, region, admin: credentials } = lab.aws;
    const iam = new IAMClient({ endpoint, region, credentials });
    onTestFinished(() => iam.destroy());
    const PolicyDocument = JSON.stringify(initialInvokePolicy(BUCKET, 'aws'));
    const PolicyName = 'mattermost-apps-invoke-policy';
    await iam.send(new CreatePolicyCommand({ PolicyName, Path: '/team/', PolicyDocument }));
    expect(await lab.run(['aws', 'init', '--create'])).toMatchObject({ code: 0 });
    expect([...(lab.aws.kept.groups.get('mattermost-apps-invoke-group')?.attached ?? [])]).toEqual([
      'arn:aws:iam::123456789012:policy/team/mattermost-apps-invoke-policy',
    ]);
    expect(await lab.run(['aws', 'deploy', bundle])).toMatchObject({ code: 0 });
  });

  test('for a second bucket changes nothing when the policy has no room for it', async () => {
    const lab = await account();
    await fillPolicy(lab, 'eu-west-1');
    const before = readState(lab).things;
    const { code, stderr } = await lab.run(['aws', 'init', '--create'], {
      env: { MM_APPS_S3_BUCKET: 'second-bucket' },
    });
    expect(code).toBe(1);
    expect(stderr).toContain(
      'error: policy mattermost-apps-invoke-policy would exceed 6144 characters with bucket second-bucket\nhint: specify another policy with --policy',
    );
    expect(readState(lab).things).toEqual(before);
  });

  test('for a second bucket lets the server read that too', async () => {
    const lab = await account();
    const env = { MM_APPS_S3_BUCKET: 'second-bucket' };
    expect((await lab.run(['aws', 'init', '--create'], { env })).code).toBe(0);
    const policy = [...lab.aws.kept.policies.values()].find(({ name }) => name.endsWith('-invoke-policy'));
    const document = policy?.versions.find(({ id }) => id === policy.defaultVersion)?.document;
    for (const bucket of [BUCKET, 'second-bucket']) {
      for (const resource of ['', '/manifests/*', '/static/*'])
        expect(document).toContain(`"arn:aws:s3:::${bucket}${resource}"`);
    }
    expect((await lab.run(['aws', 'init'], { env })).code).toBe(0);
  });
});

test('two functions with the same archive, as of one package with several handlers, are deployed', async () => {
  const lab = await account();
  const functions = ['one', 'two'].map((name) => ({
    ...{ path: `/${name}`, name, handler: 'index.handler', runtime: 'nodejs22.x' },
  }));
  const code = await functionArchive();
  const file = await writeBundle(folder, manifest({ aws_lambda: { functions } }), {
    'one.zip': code,
    'two.zip': code,
  });
  expect(await lab.run(['aws', 'deploy', file])).toMatchObject({ code: 0 });
  expect(lab.aws.kept.functions.size).toBe(2);
});

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { initialInvokePolicy, LAMBDA_TRUST_POLICY } from '../../src/core/policy/policy-templates.js';
import { startLocalAws } from '../stand-ins/aws/index.js';
import { readAccountState } from '../support/account-state.js';
import { functionArchive, manifest, writeBundle } from '../support/bundle.js';
import { runCli } from '../support/cli.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { fillPolicy, findInvokePolicy } from '../support/full-policies.js';
import { summaryLine } from '../support/messages/deploy.js';
import { SETTINGS, SETTINGS_HINT } from '../support/messages/function-settings.js';
import { INIT, INIT_HINT } from '../support/messages/init.js';
import {
  ANY,
  containing,
  errorOutput,
  matching,
  refusalOutput,
  warningLine,
} from '../support/messages/output.js';
import { FILE, USAGE } from '../support/messages/usage.js';
import { tempFolder } from '../support/temp-folder.js';

/** Accounts with the settings that companies use. Each test starts with a copy of an account after `init`. */
const folder = await tempFolder();
const NAME = 'com-example-test_1-0-0_go';
const POLICY = 'mattermost-apps-invoke-policy';
let prepared: TestEnvironment;
let bundle: string;

beforeAll(async () => {
  prepared = await startAccount();
  await prepared.runOrThrow(['aws', 'init', '--create']);
  bundle = await writeBundle(folder, manifest(), { 'static/a.txt': 'a' });
});
afterAll(() => prepared.stop());

/** An empty account. As on AWS, functions are not ready immediately. */
function startAccount(): Promise<TestEnvironment> {
  return startEnvironment({ runner: 'in-process', aws: { lambda: { pendingReads: 1, inProgressReads: 1 } } });
}

async function copyPrepared(): Promise<TestEnvironment> {
  const environment = await startEnvironment({ like: prepared });
  onTestFinished(() => environment.stop());
  return environment;
}

/** Deploys; returns the result and the names of the resources that were changed. */
async function deploy(environment: TestEnvironment, ...flags: string[]) {
  const before = readAccountState(environment).resources;
  const { code, stdout, stderr, requests } = await environment.run(['aws', 'deploy', bundle, ...flags]);
  const after = readAccountState(environment).resources;
  const changed = Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
  return { code, stdout, stderr, requests, changed };
}

describe('variables that AWS does not show', () => {
  test('are not replaced by those of the flags alone: the deployment needs kms:Decrypt', async () => {
    const environment = await copyPrepared();
    await deploy(environment, '--env', 'KEEP=me');
    environment.aws.function(NAME).environmentError = {
      code: 'KMSAccessDenied',
      message: 'the key is disabled',
    };
    const { code, stderr, changed } = await deploy(environment, '--update', '--env', 'NEW=1');
    expect({ code, changed }).toEqual({ code: 1, changed: [] });
    expect(stderr).toMatch(
      matching(
        refusalOutput(
          SETTINGS.variablesUnreadable(NAME, `${ANY}the key is disabled${ANY}`),
          SETTINGS_HINT.allowDecryption('--replace-env'),
        ),
      ),
    );
  });

  test('are preserved if no flag changes them, and are replaced with --replace-env', async () => {
    const environment = await copyPrepared();
    await deploy(environment, '--env', 'KEEP=me');
    environment.aws.function(NAME).environmentError = {
      code: 'KMSAccessDenied',
      message: 'the key is disabled',
    };
    expect(await deploy(environment, '--update', '--memory', '512')).toMatchObject({ code: 0 });
    expect(environment.aws.function(NAME).live.environment).toEqual({ KEEP: 'me' });
    expect(await deploy(environment, '--update', '--env', 'NEW=1', '--replace-env')).toMatchObject({
      code: 0,
    });
    expect(environment.aws.function(NAME).live.environment).toEqual({ NEW: '1' });
  });
});

test('existing and new variables that are too large together are refused before any change, without printing their values', async () => {
  const environment = await copyPrepared();
  const secret = 'hunter2'.repeat(350);
  await deploy(environment, '--env', `FIRST=${secret}`);
  const { code, stdout, stderr, changed } = await deploy(
    environment,
    '--update',
    '--env',
    `SECOND=${secret}`,
  );
  expect({ code, stdout, changed }).toEqual({ code: 1, stdout: '', changed: [] });
  const message = SETTINGS.of(NAME, SETTINGS.variablesTooLarge(ANY));
  expect(stderr).toMatch(matching(refusalOutput(message, ANY)));
  expect(stderr).not.toContain('hunter2');
});

describe('a bucket that is encrypted with a KMS key', () => {
  test('gets no objects if nothing has changed', async () => {
    const environment = await copyPrepared();
    environment.aws.bucket(BUCKET).encryption = { algorithm: 'aws:kms', keyId: undefined, bucketKey: true };
    await deploy(environment);
    const { stdout, changed, requests } = await deploy(environment);
    expect(changed).toEqual([]);
    expect(stdout).toContain(summaryLine('Assets', { unchanged: 1 }));
    expect(requests.filter(({ operation }) => operation.startsWith('Put'))).toEqual([]);
  });

  test('makes init warn that the server must be able to decrypt', async () => {
    const environment = await copyPrepared();
    const keyId = 'arn:aws:kms:us-east-1:123456789012:key/1';
    environment.aws.bucket(BUCKET).encryption = { algorithm: 'aws:kms', keyId, bucketKey: true };
    const { stderr } = await environment.run(['aws', 'init']);
    expect(stderr).toContain(warningLine(INIT.encryptedBucket(BUCKET, keyId, POLICY)));
  });
});

test('a bucket of another account is refused before anything is stored in it, even if its policy allows access', async () => {
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
  expect(aws.stored.functions.size).toBe(0);
});

describe('init', () => {
  test('without --create adds no user to a group and attaches no policy, and reports what is missing', async () => {
    const environment = await copyPrepared();
    const { iam } = environment.clients;
    await iam.send(new CreateGroupCommand({ GroupName: 'admins' }));
    await iam.send(new CreateUserCommand({ UserName: 'alice' }));
    const before = readAccountState(environment).resources;
    const { code, stderr } = await environment.run(['aws', 'init', '--group', 'admins', '--user', 'alice']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      errorOutput(
        INIT.all(INIT.policyNotAttached(POLICY, 'admins'), INIT.userNotInGroup('alice', 'admins')),
        INIT_HINT.fix('--create'),
      ),
    );
    expect(readAccountState(environment).resources).toEqual(before);
  });

  test('without --create reports that a role cannot write logs, and that the policy does not allow the bucket', async () => {
    const environment = await copyPrepared();
    const { iam } = environment.clients;
    const AssumeRolePolicyDocument = JSON.stringify(LAMBDA_TRUST_POLICY);
    await iam.send(new CreateRoleCommand({ RoleName: 'quiet', AssumeRolePolicyDocument }));
    for (const version of findInvokePolicy(environment).versions)
      version.document = version.document.replaceAll(BUCKET, 'another-bucket');
    const before = readAccountState(environment).resources;
    const { code, stderr } = await environment.run(['aws', 'init', '--execute-role', 'quiet']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      errorOutput(
        INIT.all(INIT.bucketNotReadable(POLICY, BUCKET), INIT.roleWithoutLogs('quiet')),
        INIT_HINT.fix('--create'),
      ),
    );
    expect(readAccountState(environment).resources).toEqual(before);
  });

  test('refuses a role that Lambda cannot assume, with or without --create', async () => {
    const environment = await copyPrepared();
    const { iam } = environment.clients;
    const ec2 = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    };
    await iam.send(new CreateRoleCommand({ RoleName: 'ec2', AssumeRolePolicyDocument: JSON.stringify(ec2) }));
    const before = readAccountState(environment).resources;
    for (const flags of [[], ['--create']]) {
      const { code, stderr } = await environment.run(['aws', 'init', '--execute-role', 'ec2', ...flags]);
      expect(code).toBe(1);
      expect(stderr).toContain(
        errorOutput(INIT.roleNotAssumable('ec2'), INIT_HINT.otherRole('--execute-role', LAMBDA_TRUST_POLICY)),
      );
    }
    expect(readAccountState(environment).resources).toEqual(before);
  });

  test('sets a permissions boundary for the user and the role that it creates', async () => {
    const environment = await startAccount();
    onTestFinished(() => environment.stop());
    const { iam } = environment.clients;
    const everything = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    };
    const PolicyDocument = JSON.stringify(everything);
    const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'boundary', PolicyDocument }));
    const arn = Policy?.Arn ?? '';
    expect((await environment.run(['aws', 'init', '--create', '--permissions-boundary', arn])).code).toBe(0);
    const { users, roles } = environment.aws.stored;
    expect(users.get('mattermost-apps-invoke')?.boundary).toBe(arn);
    expect(roles.get('mattermost-apps-execute-lambda-role')?.boundary).toBe(arn);
    const { code, stderr } = await environment.run(['aws', 'init', '--permissions-boundary', 'boundary']);
    expect(code).toBe(2);
    const option = '--permissions-boundary <arn>';
    expect(stderr).toContain(errorOutput(USAGE.invalidArgument(option, 'boundary', USAGE.policyArn)));
  });

  test.runIf(process.platform === 'linux')('deletes an access key that it cannot print', async () => {
    const environment = await copyPrepared();
    const bin = fileURLToPath(new URL('../../bin/appsctl.js', import.meta.url));
    const command = `exec "${process.execPath}" "${bin}" aws init --create-access-key >/dev/full`;
    const env = { PATH: process.env['PATH'], ...environment.env };
    await expect(promisify(execFile)('sh', ['-c', command], { env })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        containing(errorOutput(INIT.keyNotPrinted(`${ANY}${FILE.noSpace}${ANY}`), INIT_HINT.keyDeleted(ANY))),
      ),
    });
    expect(environment.aws.stored.users.get('mattermost-apps-invoke')?.accessKeys).toEqual([]);
  });

  test('finds a policy with another path that is not attached yet', async () => {
    const environment = await startAccount();
    onTestFinished(() => environment.stop());
    const { iam } = environment.clients;
    const PolicyDocument = JSON.stringify(initialInvokePolicy(BUCKET, 'aws'));
    await iam.send(new CreatePolicyCommand({ PolicyName: POLICY, Path: '/team/', PolicyDocument }));
    expect(await environment.run(['aws', 'init', '--create'])).toMatchObject({ code: 0 });
    expect([...(environment.aws.stored.groups.get('mattermost-apps-invoke-group')?.attached ?? [])]).toEqual([
      `arn:aws:iam::123456789012:policy/team/${POLICY}`,
    ]);
    expect(await environment.run(['aws', 'deploy', bundle])).toMatchObject({ code: 0 });
  });

  test('for a second bucket changes nothing if the policy is full', async () => {
    const environment = await copyPrepared();
    await fillPolicy(environment, 'eu-west-1');
    const before = readAccountState(environment).resources;
    const { code, stderr } = await environment.run(['aws', 'init', '--create'], {
      env: { MM_APPS_S3_BUCKET: 'second-bucket' },
    });
    expect(code).toBe(1);
    expect(stderr).toContain(
      errorOutput(INIT.policyTooLarge(POLICY, 'second-bucket'), INIT_HINT.otherPolicy('--policy')),
    );
    expect(readAccountState(environment).resources).toEqual(before);
  });

  test('for a second bucket allows the server to read that too', async () => {
    const environment = await copyPrepared();
    const env = { MM_APPS_S3_BUCKET: 'second-bucket' };
    expect((await environment.run(['aws', 'init', '--create'], { env })).code).toBe(0);
    const policy = [...environment.aws.stored.policies.values()].find(({ name }) =>
      name.endsWith('-invoke-policy'),
    );
    const document = policy?.versions.find(({ id }) => id === policy.defaultVersion)?.document;
    for (const bucket of [BUCKET, 'second-bucket']) {
      for (const resource of ['', '/manifests/*', '/static/*'])
        expect(document).toContain(`"arn:aws:s3:::${bucket}${resource}"`);
    }
    expect((await environment.run(['aws', 'init'], { env })).code).toBe(0);
  });
});

test('two functions with the same archive, such as one package with several handlers, are deployed', async () => {
  const environment = await copyPrepared();
  const functions = ['one', 'two'].map((name) => ({
    ...{ path: `/${name}`, name, handler: 'index.handler', runtime: 'nodejs22.x' },
  }));
  const code = await functionArchive();
  const file = await writeBundle(folder, manifest({ aws_lambda: { functions } }), {
    'one.zip': code,
    'two.zip': code,
  });
  expect(await environment.run(['aws', 'deploy', file])).toMatchObject({ code: 0 });
  expect(environment.aws.stored.functions.size).toBe(2);
});

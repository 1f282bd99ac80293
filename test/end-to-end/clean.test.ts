import {
  AddRoleToInstanceProfileCommand,
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreateLoginProfileCommand,
  CreatePolicyCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  UploadSigningCertificateCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_NAMES } from '../../src/core/defaults.js';
import { describeDifferences, readEverything } from '../support/account-state.js';
import { writeBundle } from '../support/bundle.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { fillPolicy, fillPolicyVersions } from '../support/full-policies.js';
import { CLEAN } from '../support/messages/clean.js';
import { findChanges } from '../support/requests.js';
import { runInProcess } from '../support/run-in-process.js';

const { user: UserName, group: GroupName, policy: PolicyName, executionRole: RoleName } = DEFAULT_NAMES;
const ACCOUNT = '123456789012';
const policyArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:policy/${name}`;
const ALLOW = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
});

let foreign: TestEnvironment;
let prepared: TestEnvironment;
let before: Record<string, string>;

beforeAll(async () => {
  foreign = await startEnvironment({ runner: 'in-process', aws: { pageSize: 2 } });
  const { iam } = foreign.clients;
  // What others have in the account.
  await iam.send(new CreateUserCommand({ UserName: 'someone' }));
  await iam.send(new CreateAccessKeyCommand({ UserName: 'someone' }));
  await iam.send(new CreateGroupCommand({ GroupName: 'others' }));
  await iam.send(new AddUserToGroupCommand({ GroupName: 'others', UserName: 'someone' }));
  await iam.send(new CreatePolicyCommand({ PolicyName: 'other', PolicyDocument: ALLOW }));
  await iam.send(new AttachGroupPolicyCommand({ GroupName: 'others', PolicyArn: policyArn('other') }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'machines' }));
  before = readEverything(foreign);
  prepared = await startEnvironment({ like: foreign });
  await prepared.init();
});
afterAll(async () => {
  await Promise.all([foreign.stop(), prepared.stop()]);
});

/** A copy of the prepared account. */
async function startPrepared(): Promise<TestEnvironment> {
  const environment = await startEnvironment({ like: prepared });
  onTestFinished(() => environment.stop());
  return environment;
}

async function startDeployed(): Promise<TestEnvironment> {
  const environment = await startPrepared();
  await environment.runOrThrow(['aws', 'test', 'deploy', await writeBundle(environment.folder)]);
  return environment;
}

const differences = (environment: TestEnvironment): string[] =>
  describeDifferences(readEverything(environment), before);

/** Attaches to what `init` made everything that people can attach to it. */
async function attachEverything(environment: TestEnvironment): Promise<void> {
  const { iam } = environment.clients;
  await iam.send(new CreateAccessKeyCommand({ UserName }));
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: 'correct horse' }));
  await iam.send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: 'ssh-rsa AAAA' }));
  const CertificateBody = '-----BEGIN CERTIFICATE-----';
  await iam.send(new UploadSigningCertificateCommand({ UserName, CertificateBody }));
  const ServiceName = 'codecommit.amazonaws.com';
  await iam.send(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName }));
  await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }));
  await iam.send(
    new EnableMFADeviceCommand({
      UserName,
      SerialNumber: `arn:aws:iam::${ACCOUNT}:mfa/phone`,
      AuthenticationCode1: '123456',
      AuthenticationCode2: '654321',
    }),
  );
  await iam.send(new AddUserToGroupCommand({ GroupName: 'others', UserName }));
  await iam.send(new AddUserToGroupCommand({ GroupName, UserName: 'someone' }));
  const PolicyArn = policyArn('other');
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'inline', PolicyDocument: ALLOW }));
  await iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: 'inline', PolicyDocument: ALLOW }));
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'inline', PolicyDocument: ALLOW }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'machines', RoleName }));
  await fillPolicyVersions(environment);
  const invokePolicy = policyArn(PolicyName);
  await iam.send(new AttachUserPolicyCommand({ UserName: 'someone', PolicyArn: invokePolicy }));
  await iam.send(new AttachGroupPolicyCommand({ GroupName: 'others', PolicyArn: invokePolicy }));
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: invokePolicy }));
  for (const number of [2, 10]) {
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'AllowLambda',
          Effect: 'Allow',
          Action: 'lambda:InvokeFunction',
          Resource: [`arn:aws:lambda:us-east-1:${ACCOUNT}:function:a`],
        },
      ],
    });
    const name = `${PolicyName}-${number}`;
    await iam.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn: policyArn(name) }));
  }
}

describe('removes', () => {
  test('what init made, whatever was attached to it since, and says so once', async () => {
    const environment = await startPrepared();
    await attachEverything(environment);
    const { stdout, stderr } = await environment.runOrThrow(['aws', 'clean', '--yes', '--bucket']);
    expect(differences(environment)).toEqual([]);
    expect(stdout).toBe(
      `Removed from account ${ACCOUNT}: user ${UserName}, group ${GroupName}, execution role ${RoleName}, ` +
        `invoke policy ${PolicyName}-10, invoke policy ${PolicyName}-2, invoke policy ${PolicyName}, bucket ${BUCKET}.\n`,
    );
    const lines = stderr.split('\n');
    expect(lines[0]).toBe(`account   ${ACCOUNT} in us-east-1`);
    for (const line of [
      `updated   user ${UserName} without password`,
      `updated   user ${UserName} without MFA device arn:aws:iam::${ACCOUNT}:mfa/phone`,
      `updated   user ${UserName} without membership of group others`,
      `updated   group ${GroupName} without user someone`,
      `updated   execution role ${RoleName} without instance profile machines`,
      `updated   invoke policy ${PolicyName} without attachment to user someone`,
      `updated   invoke policy ${PolicyName} without version v5`,
      `removed   user ${UserName}`,
      `removed   bucket ${BUCKET}`,
    ])
      expect(lines).toContain(line);
    expect(lines.length).toBe(new Set(lines).size);
    expect(lines.filter((line) => line.includes(`user ${UserName} without access key`))).toHaveLength(2);
  });

  test('nothing the second time, in which it says so', async () => {
    const environment = await startPrepared();
    await environment.runOrThrow(['aws', 'clean', '--yes', '--bucket']);
    const { stdout, requests } = await environment.runOrThrow(['aws', 'clean', '--bucket']);
    expect(stdout).toBe(`${CLEAN.nothing(ACCOUNT)}\n`);
    expect(findChanges(requests)).toEqual([]);
  });

  test('everything but the bucket, unless it is named', async () => {
    const environment = await startPrepared();
    const { stdout } = await environment.runOrThrow(['aws', 'clean', '--yes']);
    expect(stdout).toContain(`Kept: bucket ${BUCKET} (--bucket removes it).\n`);
    expect(differences(environment)).toEqual([expect.stringMatching(`^buckets ${BUCKET} is`)]);
  });

  test('resources with other names, and a policy with another path', async () => {
    const environment = await startEnvironment({ like: foreign });
    onTestFinished(() => environment.stop());
    const names = ['--user', 'u', '--group', 'g', '--policy', 'p', '--execute-role', 'r'];
    await environment.clients.iam.send(
      new CreatePolicyCommand({ PolicyName: 'p', Path: '/apps/', PolicyDocument: ALLOW }),
    );
    await environment.runOrThrow(['aws', 'init', '--create', ...names]);
    await environment.runOrThrow(['aws', 'clean', '--yes', '--bucket', ...names]);
    expect(differences(environment)).toEqual([]);
  });

  test('with a warning if the policy serves apps in another bucket and region', async () => {
    const environment = await startPrepared();
    const elsewhere = { MM_APPS_S3_BUCKET: 'apps-of-europe' };
    await environment.runOrThrow(['aws', 'init', '--create'], { env: elsewhere });
    await fillPolicy(environment, 'eu-west-1');
    const { stderr } = await environment.runOrThrow(['aws', 'clean', '--dry-run']);
    const uses = 'functions in eu-west-1, bucket apps-of-europe';
    expect(stderr).toContain(`warning: ${CLEAN.otherUses(PolicyName, uses)}`);
  });

  test('as a process', async () => {
    const environment = await startPrepared();
    const { stderr, code } = await environment.run(['aws', 'clean'], { runner: 'process' });
    expect(stderr).toContain('hint: add --yes');
    expect(code).toBe(2);
    await environment.runOrThrow(['aws', 'clean', '--yes', '--bucket'], { runner: 'process' });
    expect(differences(environment)).toEqual([]);
  });

  test('a user that IAM does not let go at first, and what was attached meanwhile', async () => {
    const environment = await startPrepared();
    let deletions = 0;
    environment.intercept(async ({ operation }) => {
      if (operation !== 'DeleteUser' || deletions++ > 0) return undefined;
      await environment.clients.iam.send(new CreateAccessKeyCommand({ UserName }));
      return undefined;
    });
    await environment.runOrThrow(['aws', 'clean', '--yes', '--bucket']);
    expect(deletions).toBeGreaterThan(1);
    expect(differences(environment)).toEqual([]);
  });
});

describe('shows before it removes', () => {
  test('with --dry-run, what would be removed and kept', async () => {
    const environment = await startPrepared();
    const { code, stdout, requests } = await environment.run(['aws', 'clean', '--dry-run', '--exit-code']);
    expect(code).toBe(3);
    expect(stdout.replace(/AKIA\w+/, 'KEY')).toBe(
      `remove    user ${UserName}
          with access key KEY
          with membership of group ${GroupName}
remove    group ${GroupName}
          with policy ${policyArn(PolicyName)}
remove    execution role ${RoleName}
          with policy arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole
remove    invoke policy ${PolicyName}
keep      bucket ${BUCKET} (--bucket removes it)
Plan: 4 to remove, 1 to keep. Nothing was changed (--dry-run).
`,
    );
    expect(findChanges(requests)).toEqual([]);
    const json = await environment.runOrThrow(['aws', 'clean', '--dry-run', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      version: 1,
      accountId: ACCOUNT,
      removals: [{ kind: 'user', name: UserName, details: expect.any(Array) }, {}, {}, {}],
      kept: [{ kind: 'bucket', name: BUCKET, reason: '--bucket removes it' }],
    });
  });

  test.each([
    ['the account', [], ACCOUNT],
    ['the bucket, if it goes too', ['--bucket'], BUCKET],
  ])('and asks for the name of %s', async (_, flags, name) => {
    const environment = await startPrepared();
    const questions: string[] = [];
    const run = (answer: string) =>
      runInProcess(['aws', 'clean', ...flags], environment.env, {
        ask: async (question) => {
          questions.push(question);
          return answer;
        },
      });
    const start = readEverything(environment);
    expect(await run('yes')).toMatchObject({ code: 130, stdout: '' });
    expect(readEverything(environment)).toEqual(start);
    expect(questions[0]).toMatch(/^remove {4}user mattermost-apps-invoke\n {10}with access key AKIA/);
    expect(questions[0]).toContain(`Type ${name} to confirm`);
    expect(await run(name)).toMatchObject({ code: 0 });
  });
});

describe('refuses', () => {
  test.each([[[]], [['--dry-run']], [['--bucket']]])('while apps are deployed %j', async (flags) => {
    const environment = await startDeployed();
    const { code, stderr, requests } = await environment.run(['aws', 'clean', '--yes', ...flags]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `error: ${CLEAN.appsDeployed('com.example.test 1.0.0')}\nhint: remove them with appsctl aws remove APP, or add --force: `,
    );
    expect(findChanges(requests)).toEqual([]);
  });

  test('while functions use the role', async () => {
    const environment = await startDeployed();
    environment.aws.bucket(BUCKET).objects.clear();
    const { code, stderr } = await environment.run(['aws', 'clean', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain(CLEAN.functionsLeft(RoleName, 'com-example-test_1-0-0_go'));
  });

  test('with --force only to remove the role that functions use', async () => {
    const environment = await startDeployed();
    const { stdout } = await environment.runOrThrow(['aws', 'clean', '--yes', '--bucket', '--force']);
    expect(stdout).toContain(
      `Kept: execution role ${RoleName} (used by function com-example-test_1-0-0_go).\n`,
    );
    expect([...environment.aws.stored.functions.keys()]).toEqual(['com-example-test_1-0-0_go']);
    expect([...environment.aws.stored.users.keys()]).toEqual(['someone']);
    expect(environment.aws.stored.buckets.size).toBe(0);
  });

  test('with the key of the server', async () => {
    const environment = await startPrepared();
    const env = {
      MM_APPS_DEPLOY_AWS_ACCESS_KEY: environment.env['MM_APPS_AWS_ACCESS_KEY'] ?? '',
      MM_APPS_DEPLOY_AWS_SECRET_KEY: environment.env['MM_APPS_AWS_SECRET_KEY'] ?? '',
    };
    const { code, stderr } = await environment.run(['aws', 'clean', '--yes'], { env });
    expect(code).toBe(1);
    expect(stderr).toContain(CLEAN.ownKey(UserName, 'MM_APPS_DEPLOY_AWS_ACCESS_KEY'));
  });

  test('names that IAM does not allow', async () => {
    const environment = await startPrepared();
    const { code, requests } = await environment.run(['aws', 'clean', '--user', 'a/b']);
    expect({ code, requests }).toEqual({ code: 2, requests: [] });
  });
});

describe('a bucket that is not empty', () => {
  async function startFilled(): Promise<TestEnvironment> {
    const environment = await startPrepared();
    const { s3 } = environment.clients;
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
    for (const Key of ['a', 'a', 'b', 'locks/c', 'd'])
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'x' }));
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'a' }));
    for (const Key of ['u', 'v', 'w'])
      await s3.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }));
    return environment;
  }

  test('is removed with all versions, delete markers and uploads only with --force', async () => {
    const environment = await startFilled();
    const refused = await environment.run(['aws', 'clean', '--yes', '--bucket']);
    expect(refused.code).toBe(1);
    expect(findChanges(refused.requests)).toEqual([]);
    const content = '6 objects and versions and 3 unfinished uploads';
    expect(refused.stderr).toContain(CLEAN.bucketNotEmpty(BUCKET, content));
    await environment.runOrThrow(['aws', 'clean', '--yes', '--bucket', '--force']);
    expect(differences(environment)).toEqual([]);
  });

  test('is kept if some of it cannot be removed, and the rest of the account is not', async () => {
    const environment = await startFilled();
    environment.aws.bucket(BUCKET).policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:DeleteObjectVersion',
          Resource: `arn:aws:s3:::${BUCKET}/b`,
        },
      ],
    });
    const { code, stderr, stdout } = await environment.run(['aws', 'clean', '--yes', '--bucket', '--force']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`error: ${CLEAN.bucketKept(BUCKET, '1 object')}\n`);
    expect(stderr).toMatch(/^ {2}b: .*s3:DeleteObjectVersion.*$/m);
    expect(differences(environment)).toEqual([expect.stringMatching(`^buckets ${BUCKET} is`)]);
  });
});

describe('is careful with', () => {
  test('a policy with the name of an additional policy that allows other things', async () => {
    const environment = await startPrepared();
    const { iam } = environment.clients;
    await iam.send(new CreatePolicyCommand({ PolicyName: `${PolicyName}-2`, PolicyDocument: ALLOW }));
    const { stdout } = await environment.runOrThrow(['aws', 'clean', '--yes', '--bucket']);
    expect(stdout).toContain(
      `Kept: invoke policy ${PolicyName}-2 (it has statements that appsctl does not write).\n`,
    );
    expect(Object.keys(readEverything(environment))).toContain(`policies ${policyArn(`${PolicyName}-2`)}`);
  });

  test('a policy that is the permissions boundary of another user', async () => {
    const environment = await startPrepared();
    const PermissionsBoundary = policyArn(PolicyName);
    await environment.clients.iam.send(
      new PutUserPermissionsBoundaryCommand({ UserName: 'someone', PermissionsBoundary }),
    );
    const { stdout } = await environment.runOrThrow(['aws', 'clean', '--yes', '--bucket']);
    expect(stdout).toContain(
      `Kept: invoke policy ${PolicyName} (it is the permissions boundary of user someone`,
    );
    await environment.runOrThrow(['aws', 'clean', '--yes', '--bucket', '--force']);
    expect(differences(environment)).toEqual([]);
  });

  test('what it may not list: AWS says that it is there', async () => {
    const environment = await startPrepared();
    await attachEverything(environment);
    const deny = { Effect: 'Deny', Action: 'iam:ListMFADevices', Resource: '*' };
    const { iam } = environment.clients;
    await iam.send(new CreateUserCommand({ UserName: 'admin' }));
    await iam.send(
      new PutUserPolicyCommand({
        UserName: 'admin',
        PolicyName: 'all',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }, deny],
        }),
      }),
    );
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'admin' }));
    const env = {
      MM_APPS_DEPLOY_AWS_ACCESS_KEY: AccessKey?.AccessKeyId ?? '',
      MM_APPS_DEPLOY_AWS_SECRET_KEY: AccessKey?.SecretAccessKey ?? '',
    };
    const { code, stderr } = await environment.run(['aws', 'clean', '--yes'], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^warning: .*user mattermost-apps-invoke.*iam:ListMFADevices is not allowed$/m);
    expect(stderr).toMatch(/^error: cannot delete user mattermost-apps-invoke: .*MFA device/m);
    expect(stderr).toContain('hint: allow iam:ListMFADevices');
    await environment.runOrThrow(['aws', 'clean', '--yes', '--bucket']);
  });
});

import { randomBytes } from 'node:crypto';
import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
} from '@aws-sdk/client-iam';
import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_NAMES } from '../../src/core/defaults.js';
import type { IamPolicyDocument } from '../../src/core/policy/deploy-policy.js';
import { INVOKE_GRANT, withGrantedResources } from '../../src/core/policy/policy-grants.js';
import { LAMBDA_TRUST_POLICY } from '../../src/core/policy/policy-templates.js';
import { functionArchive, manifest, writeBundle, zip } from '../support/bundle.js';
import { documentedPolicy } from '../support/documented-policies.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { fillPolicy, fillPolicyVersions, findInvokePolicy } from '../support/full-policies.js';
import {
  addFunctionSettings,
  enableVersioning,
  listActions,
  onlyWith,
  runAs,
  type Step,
  without,
} from '../support/limited-runs.js';
import { tempFolder } from '../support/temp-folder.js';

/** The policies in docs/permissions.md, which must contain every action that is needed and no other. */
const toInit = documentedPolicy('Prepare the account:', BUCKET);
const toDeploy = documentedPolicy('Deploy:', BUCKET);
const toRead = documentedPolicy('Read:', BUCKET);
const toRemove = documentedPolicy('Remove and roll back:', BUCKET);
const toClean = documentedPolicy('Clean up:', BUCKET);

const reading = (document: IamPolicyDocument): IamPolicyDocument =>
  onlyWith(document, (action) => /:(?:Describe|Get|List)/.test(action));

const folder = await tempFolder();
let empty: TestEnvironment;
let prepared: TestEnvironment;
let init: readonly Step[];
let deploy: readonly Step[];
/** An account with an app, and what reads it. */
let deployed: TestEnvironment;
let read: readonly Step[];
/** An account with two apps, one of which an additional policy allows, and what removes them. */
let removable: TestEnvironment;
let remove: readonly Step[];
const clean: readonly Step[] = [
  [['aws', 'clean', '--yes', '--bucket', '--force', '--dry-run'], attachMore],
  [['aws', 'clean', '--yes', '--bucket', '--force']],
];

beforeAll(async () => {
  // As on AWS, functions are not ready immediately.
  const aws = { lambda: { pendingReads: 1, inProgressReads: 1 } };
  empty = await startEnvironment({ runner: 'in-process', aws });
  prepared = await startEnvironment({ runner: 'in-process', aws });
  await prepared.run(['aws', 'init', '--create', '--create-access-key']);
  await fillPolicyVersions(prepared);
  const first = await writeBundle(folder, manifest(), { 'static/a.txt': 'a' });
  const code = await functionArchive('exports.handler = () => 2;');
  const second = await writeBundle(folder, manifest(), { 'static/a.txt': 'b', 'go.zip': code });
  const next = await writeBundle(folder, manifest({ version: '2.0.0' }));
  const data = randomBytes(10_100_000);
  const large = await writeBundle(folder, manifest({ app_id: 'com.example.large' }), {
    'go.zip': await zip({ 'index.js': '', data }),
  });
  const last = await writeBundle(folder, manifest({ app_id: 'com.example.last' }));
  const { ARN = '' } = await empty.clients.secrets.send(new CreateSecretCommand({ Name: 'mattermost-apps' }));
  init = [
    [['aws', 'init', '--create']],
    [['aws', 'init', '--create']],
    [['aws', 'init', '--create', '--create-access-key']],
    [['aws', 'init', '--rotate-access-key', '--yes', '--store-secret', ARN]],
    [['aws', 'init', '--create'], removeBucketFromPolicy],
  ];
  deploy = [
    [['aws', 'deploy', first, '--dry-run', '--tag', 'team=a']],
    [['aws', 'deploy', first, '--tag', 'team=a']],
    [['aws', 'deploy', first, '--tag', 'team=a', '--update']],
    [['aws', 'deploy', second, '--update', '--memory', '512', '--tag', 'team=b']],
    [['aws', 'deploy', next], addFunctionSettings],
    [['aws', 'deploy', large], (environment) => enableVersioning(environment, BUCKET)],
    [['aws', 'deploy', last], (environment) => fillPolicy(environment, 'eu-west-1')],
  ];
  deployed = await startEnvironment({ like: prepared });
  await deployed.runOrThrow(['aws', 'deploy', first]);
  // Functions are ready once they have been read.
  await deployed.runOrThrow(['aws', 'status']);
  read = [[['aws', 'list']], [['aws', 'status']], [['aws', 'status', '--bundle', first]]];
  removable = await startEnvironment({ like: prepared });
  await removable.runOrThrow(['aws', 'deploy', first]);
  await fillPolicyVersions(removable);
  remove = [
    [['aws', 'rollback', 'com.example.test', '--to', '1.0.0'], revokeAll],
    [['aws', 'remove', 'com.example.test', '--dry-run']],
    [
      ['aws', 'remove', 'com.example.test', '--yes', '--logs'],
      (environment) => enableVersioning(environment, BUCKET),
    ],
    [['aws', 'remove', 'com.example.last', '--yes'], (environment) => deployToAdditional(environment, last)],
  ];
});
afterAll(async () => {
  await Promise.all([empty.stop(), prepared.stop(), deployed.stop(), removable.stop()]);
});

/** Takes the functions out of the invoke policy. */
async function revokeAll(environment: TestEnvironment): Promise<void> {
  for (const version of findInvokePolicy(environment).versions)
    version.document = version.document.replaceAll('_1-0-0_', '_0-0-0_');
}

/** Deploys an app when the invoke policy is full. */
async function deployToAdditional(environment: TestEnvironment, bundle: string): Promise<void> {
  await fillPolicy(environment, 'eu-west-1');
  await environment.runOrThrow(['aws', 'deploy', bundle]);
}

/** Makes the invoke policy that of another bucket, with the most versions that IAM allows. */
async function removeBucketFromPolicy(environment: TestEnvironment): Promise<void> {
  await fillPolicyVersions(environment);
  for (const version of findInvokePolicy(environment).versions)
    version.document = version.document.replaceAll(`:::${BUCKET}`, ':::another-bucket');
}

/** Attaches policies to what `init` made and to others, and fills the bucket. */
async function attachMore({ clients }: TestEnvironment): Promise<void> {
  const { iam, s3 } = clients;
  const others = { UserName: 'someone', GroupName: 'others', RoleName: 'other' };
  const AssumeRolePolicyDocument = JSON.stringify(LAMBDA_TRUST_POLICY);
  await iam.send(new CreateUserCommand(others));
  await iam.send(new CreateGroupCommand(others));
  await iam.send(new CreateRoleCommand({ ...others, AssumeRolePolicyDocument }));
  const PolicyArn = `arn:aws:iam::123456789012:policy/${DEFAULT_NAMES.policy}-2`;
  const PolicyDocument = JSON.stringify(
    withGrantedResources({ Version: '2012-10-17', Statement: [] }, INVOKE_GRANT, [
      'arn:aws:lambda:us-east-1:123456789012:function:com-example-test_1-0-0_go',
    ]),
  );
  await iam.send(new CreatePolicyCommand({ PolicyName: `${DEFAULT_NAMES.policy}-2`, PolicyDocument }));
  await iam.send(new AttachUserPolicyCommand({ ...others, PolicyArn }));
  await iam.send(new AttachGroupPolicyCommand({ ...others, PolicyArn }));
  await iam.send(new AttachRolePolicyCommand({ ...others, PolicyArn }));
  await iam.send(new AttachUserPolicyCommand({ UserName: DEFAULT_NAMES.user, PolicyArn }));
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'manifests/x.json', Body: 'x' }));
  await s3.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: 'functions/x' }));
}

/** What is needed before anything is changed: reads, and the dry run that checks whether AWS accepts new code. */
const KNOWN_BEFORE = /:(?:Get|List)|^lambda:UpdateFunctionCode$/;
/** Reads that are needed only after a change. */
const ONLY_WHEN_CHANGED = /^s3:GetBucketPolicy$|^lambda:GetLayerVersion$/;

function describeCommand(
  name: string,
  document: IamPolicyDocument,
  start: () => TestEnvironment,
  steps: () => readonly Step[],
  isKnownBefore: (action: string) => boolean = (action) =>
    KNOWN_BEFORE.test(action) && !ONLY_WHEN_CHANGED.test(action),
): void {
  describe(name, () => {
    test('works with these permissions', async () => {
      const { result } = await runAs(document, start(), steps());
      expect(result).toMatchObject({ code: 0 });
    });

    test.each(listActions(document, true))('works without %s', async (action) => {
      const { result } = await runAs(without(document, action), start(), steps());
      expect(result).toMatchObject({ code: 0 });
    });

    test.each(listActions(document, false))('fails without %s, and the error names it', async (action) => {
      const { result, isChanged } = await runAs(without(document, action), start(), steps());
      expect(result.code).toBe(1);
      const errors = result.stderr.split('\n').filter((line) => /^(?:error|hint): /.test(line));
      expect(errors.join('\n')).toContain(action);
      expect(errors.join('\n')).toMatch(/mattermost-apps|com-example-/);
      if (isKnownBefore(action)) expect(isChanged).toBe(false);
    });
  });
}

describeCommand(
  'aws init',
  toInit,
  () => empty,
  () => init,
);
describeCommand(
  'aws deploy',
  toDeploy,
  () => prepared,
  () => deploy,
);

describeCommand(
  'aws status',
  toRead,
  () => deployed,
  () => [[['aws', 'status']]],
);

test('list and status leave nothing unchecked with these permissions, and change nothing', async () => {
  for (const step of read) {
    const { result, isChanged } = await runAs(toRead, deployed, [step]);
    expect({ isChanged, stderr: result.stderr }).toEqual({ isChanged: false, stderr: '' });
    expect(result.stdout).not.toContain('not checked');
  }
});

test('list says that without lambda:GetFunction, the functions are not checked', async () => {
  const { result } = await runAs(without(toRead, 'lambda:GetFunction'), deployed, [[['aws', 'list']]]);
  expect(result.code).toBe(0);
  expect(result.stdout).toMatch(/^com\.example\.test +1\.0\.0 +go +not checked +nodejs22\.x/m);
  expect(result.stderr).toMatch(/^warning: not checked: functions: .*lambda:GetFunction.*\n$/);
});

test.each([
  ['lambda:GetFunction', 'functions'],
  ['lambda:ListFunctions', 'other functions'],
  ['iam:GetPolicy', 'invoke policies'],
  ['iam:GetPolicyVersion', 'invoke policies'],
  ['iam:ListEntitiesForPolicy', 'invoke policies'],
])('status says that without %s, the %s are not checked', async (action, part) => {
  const { result } = await runAs(without(toRead, action), deployed, [[['aws', 'status']]]);
  const line = result.stdout.split('\n').find((text) => text.startsWith(`not checked: ${part}: `));
  expect(line).toContain(action);
});

describe('aws logs', () => {
  const logs: Step = [['aws', 'logs', 'com.example.test']];

  test.each(['none of these permissions', 'lambda:GetFunction'])('works without %s', async (action) => {
    const outcome = await runAs(without(toRead, action), deployed, [logs]);
    expect(outcome).toMatchObject({ result: { code: 0 }, isChanged: false });
    const isNamed = outcome.result.stderr.includes('lambda:GetFunction');
    expect(isNamed).toBe(action === 'lambda:GetFunction');
  });

  test.each(['s3:ListBucket', 's3:GetObject', 'logs:FilterLogEvents'])(
    'names %s if it is missing',
    async (action) => {
      const { result } = await runAs(without(toRead, action), deployed, [logs]);
      expect(result).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(action) });
    },
  );
});

describeCommand(
  'aws rollback and aws remove',
  toRemove,
  () => removable,
  () => remove,
);

test('a dry run of remove needs only permissions to read', async () => {
  const outcome = await runAs(reading(toRemove), removable, remove.slice(1, 2));
  expect(outcome).toMatchObject({ result: { code: 0 }, isChanged: false });
});

describeCommand(
  'aws clean',
  toClean,
  () => prepared,
  () => clean,
  // What may not be listed, AWS names only when the user, group or policy is deleted.
  (action) => /:Get|^s3:List/.test(action),
);

test('a dry run of clean needs only permissions to read', async () => {
  const outcome = await runAs(reading(toClean), prepared, [[['aws', 'clean', '--bucket', '--dry-run']]]);
  expect(outcome).toMatchObject({ result: { code: 0 }, isChanged: false });
});

test.each([[[]], [['--dry-run']]])('init %j needs only permissions to read', async (flags) => {
  const outcome = await runAs(reading(toInit), prepared, [[['aws', 'init', ...flags]]]);
  expect(outcome).toMatchObject({ result: { code: 0 }, isChanged: false });
});

test('a dry run needs only permissions to read', async () => {
  const outcome = await runAs(reading(toDeploy), prepared, deploy.slice(0, 1));
  expect(outcome).toMatchObject({ result: { code: 0 }, isChanged: false });
});

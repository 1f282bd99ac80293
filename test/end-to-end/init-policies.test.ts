import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_NAMES } from '../../src/core/defaults.js';
import { deployPolicy } from '../../src/core/policy/deploy-policy.js';
import { manifest, writeBundle } from '../support/bundle.js';
import { documentedPolicies } from '../support/documented-policies.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { findChanges } from '../support/requests.js';
import { createUserWith } from '../support/restricted-user.js';

const PROPOSED = 'mattermost-apps-123456789012-us-east-1-an';
const NO_BUCKET = { MM_APPS_S3_BUCKET: '' };

let environment: TestEnvironment;

beforeAll(async () => {
  environment = await startEnvironment({ runner: 'in-process' });
});
afterAll(() => environment.stop());

describe('the deploy policy', () => {
  test('is the one in the documentation', () => {
    const account = { partition: 'aws', accountId: '111122223333' };
    const { group: groupName, policy: policyName, executionRole: executionRoleName } = DEFAULT_NAMES;
    const names = { bucket: 'BUCKET', groupName, policyName, executionRoleName, path: '/' };
    const policy = deployPolicy({ account, region: 'REGION', ...names, apps: undefined });
    expect(documentedPolicies('Deploy:')).toEqual([policy]);
  });

  test('is printed for the account, before anything exists in it', async () => {
    const { stdout, requests } = await environment.runOrThrow([
      ...['aws', 'init', '--print-deploy-policy', '--policy', 'p', '--group', 'g', '--execute-role', 'r'],
    ]);
    const printed = JSON.parse(stdout);
    expect(stdout).toBe(`${JSON.stringify(printed, undefined, 2)}\n`);
    expect(stdout).toContain(`"arn:aws:s3:::${BUCKET}/locks/*"`);
    expect(stdout).toContain('"arn:aws:lambda:us-east-1:123456789012:function:*_*_*"');
    for (const arn of ['policy/p*', 'group/g', 'role/r'])
      expect(stdout).toContain(`"arn:aws:iam::123456789012:${arn}"`);
    expect(requests.map(({ operation }) => operation)).toEqual(['GetCallerIdentity']);
  });

  test('names the partition of the account', async () => {
    const other = await startEnvironment({
      runner: 'in-process',
      aws: { partition: 'aws-us-gov', region: 'us-gov-west-1' },
    });
    onTestFinished(() => other.stop());
    const { stdout } = await other.runOrThrow(['aws', 'init', '--print-deploy-policy']);
    expect(stdout).not.toContain('arn:aws:');
    expect(stdout).toContain('arn:aws-us-gov:s3:::');
  });

  test('for one app allows to deploy that app, and no other', async () => {
    const prepared = await startEnvironment({ runner: 'in-process' });
    onTestFinished(() => prepared.stop());
    await prepared.init();
    const args = ['aws', 'init', '--print-deploy-policy', '--app', 'com.example.test'];
    const { stdout } = await prepared.runOrThrow(args);
    for (const action of ['iam:CreatePolicy"', 'iam:AttachGroupPolicy']) expect(stdout).not.toContain(action);
    const env = await createUserWith(prepared, JSON.parse(stdout));
    const own = await writeBundle(prepared.folder, manifest(), { 'static/a.txt': 'a' });
    const next = await writeBundle(prepared.folder, manifest({ version: '2.0.0' }));
    const other = await writeBundle(prepared.folder, manifest({ app_id: 'com.example.other' }));
    for (const bundle of [own, next]) await prepared.runOrThrow(['aws', 'test', 'deploy', bundle], { env });
    const refused = await prepared.run(['aws', 'test', 'deploy', other], { env });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('com-example-other_1-0-0_go');
    expect(findChanges(refused.requests).filter(({ operation }) => /^Create|Put/.test(operation))).toEqual(
      [],
    );
  });
});

describe('the trust policy', () => {
  const trust = async (...flags: string[]) => {
    const { stdout, stderr } = await environment.runOrThrow(['aws', 'init', '--print-ci-trust', ...flags], {
      env: NO_BUCKET,
    });
    const [statement] = JSON.parse(stdout).Statement;
    return { ...statement, stderr };
  };

  test.each([
    [['--environment', 'production'], 'environment:production'],
    [['--environment', 'a:b'], 'environment:a%3Ab'],
    [['--ref', 'main'], 'ref:refs/heads/main'],
    [['--ref', 'refs/tags/v1'], 'ref:refs/tags/v1'],
  ])('of a role for GitHub, %j', async (flags, subject) => {
    const repository = 'octo-org@123456/octo-repo@456789';
    expect(await trust('github', '--repository', repository, ...flags)).toEqual({
      Effect: 'Allow',
      Principal: {
        Federated: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com',
      },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
          'token.actions.githubusercontent.com:sub': `repo:${repository}:${subject}`,
        },
      },
      stderr: '',
    });
  });

  test('names a repository without IDs, and warns that newer ones have them', async () => {
    const { Condition, stderr } = await trust(
      'github',
      '--repository',
      'octo-org/octo-repo',
      '--ref',
      'main',
    );
    expect(Object.values(Condition.StringEquals)).toContain('repo:octo-org/octo-repo:ref:refs/heads/main');
    expect(stderr).toMatch(/^warning: .*OWNER@ID\/REPO@ID$/m);
  });

  test.each([
    ['main', 'ref_type:branch:ref:main'],
    ['refs/tags/v*', 'ref_type:tag:ref:v*'],
  ])('of a role for GitLab, %s', async (ref, subject) => {
    const path = 'group/sub/project';
    const { Principal, Condition } = await trust('gitlab', '--repository', path, '--ref', ref);
    expect(Principal.Federated).toBe('arn:aws:iam::123456789012:oidc-provider/gitlab.com');
    const conditions = Object.values(Condition) as object[];
    expect(Object.assign({}, ...conditions)).toEqual({
      'gitlab.com:aud': 'https://gitlab.com',
      'gitlab.com:sub': `project_path:${path}:${subject}`,
    });
    expect(Object.keys(Condition)).toEqual(
      ref.includes('*') ? ['StringEquals', 'StringLike'] : ['StringEquals'],
    );
  });

  test('of a server of your own', async () => {
    const flags = ['--repository', 'a/b', '--ref', 'main', '--issuer', 'https://gitlab.example.com/'];
    const { Principal, Condition } = await trust('gitlab', ...flags);
    expect(Principal.Federated).toBe('arn:aws:iam::123456789012:oidc-provider/gitlab.example.com');
    expect(Condition.StringEquals['gitlab.example.com:aud']).toBe('https://gitlab.example.com');
  });

  test.each([
    ['github', '--environment', 'production'],
    ['github', '--repository', 'no-slash', '--ref', 'main'],
    ['github', '--repository', 'a/b'],
    ['github', '--repository', 'a/b', '--ref', 'main', '--environment', 'production'],
    ['github', '--repository', 'a/*', '--ref', 'main'],
    ['gitlab', '--repository', 'a/b'],
    ['gitlab', '--repository', 'a/b', '--ref', 'main', '--environment', 'production'],
    ['bitbucket', '--repository', 'a/b', '--ref', 'main'],
    ['github', '--repository', 'a/b', '--ref', 'main', '--create'],
  ])('is not printed for %s %s %s %s', async (...flags) => {
    const result = await environment.run(['aws', 'init', '--print-ci-trust', ...flags.filter(Boolean)]);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/--(?:repository|ref|environment|print-ci-trust)|OWNER/);
    expect(findChanges(result.requests)).toEqual([]);
  });
});

test.each([
  ['--app', 'com.example.test'],
  ['--repository', 'a/b'],
  ['--print-deploy-policy', '--app', '*'],
  ['--print-deploy-policy', '--create'],
  ['--print-deploy-policy', '--exit-code'],
  ['--print-deploy-policy', '--format', 'json'],
  ['--print-deploy-policy', '--store-secret', 'arn:aws:secretsmanager:us-east-1:123456789012:secret:a'],
])('flags without effect are refused: %s %s', async (...flags) => {
  expect(await environment.run(['aws', 'init', ...flags])).toMatchObject({ code: 2, requests: [] });
});

describe('without a bucket', () => {
  test.each([[[]], [['--create']], [['--print-deploy-policy']]])('init proposes one: %j', async (flags) => {
    const result = await environment.run(['aws', 'init', ...flags], { env: NO_BUCKET });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('error: MM_APPS_S3_BUCKET is not set\n');
    expect(result.stderr).toContain(`export MM_APPS_S3_BUCKET=${PROPOSED}\n`);
    expect(findChanges(result.requests)).toEqual([]);
  });

  test('init creates it in the namespace of the account, once it is named', async () => {
    const env = { MM_APPS_S3_BUCKET: PROPOSED };
    const { stdout } = await environment.runOrThrow(['aws', 'init', '--create'], { env });
    expect(stdout).toContain(`export MM_APPS_S3_BUCKET='${PROPOSED}'`);
    expect([...environment.aws.stored.buckets.keys()]).toEqual([PROPOSED]);
  });

  test('and without an account, init says what is missing', async () => {
    const env = { ...NO_BUCKET, MM_APPS_DEPLOY_AWS_SECRET_KEY: '' };
    const { code, stderr } = await environment.run(['aws', 'init'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('MM_APPS_DEPLOY_AWS_SECRET_KEY');
  });
});

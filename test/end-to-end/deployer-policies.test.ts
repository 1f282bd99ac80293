import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';

const BUNDLES = { MM_APPS_BUNDLE_BUCKET: 'my-bundles', MM_APPS_BUNDLE_PREFIX: 'apps/' };
const ROLE = 'arn:aws:iam::444455556666:role/bundles';

let environment: TestEnvironment;

beforeAll(async () => {
  environment = await startEnvironment({ runner: 'in-process' });
});
afterAll(() => environment.stop());

async function print(flags: readonly string[], env: Record<string, string> = {}) {
  const { stdout, requests } = await environment.runOrThrow(['aws', 'init', ...flags], { env });
  expect(requests.map(({ operation }) => operation)).toEqual(['GetCallerIdentity']);
  return JSON.parse(stdout);
}

const sids = ({ Statement }: { Statement: { Sid?: string }[] }) => Statement.map(({ Sid }) => Sid);

describe('the policy of a deployer', () => {
  test('is that of those who deploy, and the bundles of the variables', async () => {
    const deploy = await print(['--print-deploy-policy']);
    const policy = await print(['--print-deployer-policy'], BUNDLES);
    expect(policy.Statement.slice(-deploy.Statement.length)).toEqual(deploy.Statement);
    expect(sids(policy).slice(0, 3)).toEqual(['ListBundles', 'ReadBundles', 'TagBundles']);
    expect(JSON.stringify(policy)).toContain('arn:aws:s3:::my-bundles/apps/*.zip');
    expect(JSON.stringify(policy)).toContain(`arn:aws:s3:::${BUCKET}/locks/*`);
  });

  test('is for what the flags and the variables of the deployer name', async () => {
    const env = {
      ...BUNDLES,
      ...{ MM_APPS_ALLOW_APPS: 'a.*', MM_APPS_EXECUTE_ROLE: 'r', MM_APPS_INVOKE_POLICY: 'p' },
    };
    const text = JSON.stringify(await print(['--print-deployer-policy'], env));
    for (const name of [':function:a-*_*"', 'role/r"', 'policy/p*"']) expect(text).toContain(name);
    const flags = ['--bundle-bucket', 'b-2', '--bundle-prefix', 'x', '--allow-app', 'b.c', '--policy', 'q'];
    const named = JSON.stringify(await print(['--print-deployer-policy', ...flags], env));
    for (const name of ['b-2/x*.zip"', ':function:b-c_*"', 'policy/q*"', 'role/r"'])
      expect(named).toContain(name);
  });

  test('with a role for the bundles, that role has the permissions for them in its account', async () => {
    const env = { ...BUNDLES, MM_APPS_BUNDLE_ROLE_ARN: ROLE };
    const policy = await print(['--print-deployer-policy'], env);
    expect(JSON.stringify(policy)).not.toContain('my-bundles');
    expect(policy.Statement[0]).toMatchObject({
      Action: ['sts:AssumeRole', 'sts:TagSession'],
      Resource: ROLE,
    });
    const ofRole = await print(['--print-bundle-role-policy'], { ...env, MM_APPS_S3_BUCKET: '' });
    expect(sids(ofRole)).toEqual(['ListBundles', 'ReadBundles', 'TagBundles']);
    expect(JSON.stringify(ofRole)).toContain('"s3:ResourceAccount":"444455556666"');
  });
});

test('the policy of those who upload needs no other bucket', async () => {
  const { Statement } = await print(['--print-upload-policy', '--bundle-bucket', 'b-2'], {
    MM_APPS_S3_BUCKET: '',
  });
  expect(Statement).toEqual([
    {
      Sid: 'UploadBundles',
      Effect: 'Allow',
      Action: 's3:PutObject',
      Resource: 'arn:aws:s3:::b-2/*.zip',
      Condition: { StringEquals: { 's3:ResourceAccount': '123456789012' } },
    },
  ]);
});

test.each([
  [['pod-identity'], 'pods.eks.amazonaws.com'],
  [['irsa', '--issuer', 'https://oidc.eks.us-east-1.amazonaws.com/id/A'], 'oidc-provider/oidc.eks.us-east-1'],
])('the trust policy of a deployer, %j', async (flags, principal) => {
  const trust = await print(['--print-deployer-trust', ...flags, '--service-account', 'apps/deployer'], {
    MM_APPS_S3_BUCKET: '',
  });
  expect(JSON.stringify(trust.Statement[0].Principal)).toContain(principal);
  expect(JSON.stringify(trust)).toContain('deployer');
});

test.each([
  [['--print-deployer-policy'], 'MM_APPS_BUNDLE_BUCKET'],
  [['--print-upload-policy', '--bundle-bucket', 'B'], '--bundle-bucket'],
  [['--print-upload-policy', '--print-deployer-policy'], '--print-deployer-policy'],
  [['--print-upload-policy', '--bundle-bucket', 'b-2', '--create'], '--create'],
  [['--print-upload-policy', '--bundle-bucket', 'b-2', '--allow-app', 'a'], '--allow-app'],
  [['--bundle-bucket', 'b-2'], '--print-upload-policy'],
  [['--print-deployer-trust', 'irsa'], '--service-account'],
  [['--print-deployer-trust', 'irsa', '--service-account', 'a/b'], '--issuer'],
  [['--print-deployer-trust', 'pod-identity', '--service-account', 'a/b', '--issuer', 'c'], '--cluster'],
])('is not printed for %j', async (flags, named) => {
  const result = await environment.run(['aws', 'init', ...flags]);
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(result.stderr).toContain(named);
});

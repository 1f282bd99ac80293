import { describe, expect, test } from 'vitest';
import { readBundleBucket } from '../../../../src/cli/input/bundle-bucket-options.js';
import type { CommandContext } from '../../../../src/cli/input/context.js';
import type { DeployerFlags } from '../../../../src/cli/input/deployer-flags.js';
import { readDeployerOptions } from '../../../../src/cli/input/deployer-options.js';
import type { DeployerEvent } from '../../../../src/core/deployer/event.js';

const REQUIRED = {
  MM_APPS_BUNDLE_BUCKET: 'bundles',
  MM_APPS_ENVIRONMENT: 'production',
  MM_APPS_S3_BUCKET: 'mattermost-apps',
};
const SECRET = 's3cret';
const HOOK = `https://chat.example.com/hooks/${SECRET}`;

function contextOf(env: Record<string, string>) {
  const events: DeployerEvent[] = [];
  const context = {
    env: { ...REQUIRED, ...env },
    note: () => {},
    onEvent: (event: DeployerEvent) => events.push(event),
  } as unknown as CommandContext;
  return { context, events };
}

function read(env: Record<string, string> = {}, flags: DeployerFlags = {}) {
  const { context, events } = contextOf(env);
  return { ...readDeployerOptions(context, flags), events };
}

describe('a variable', () => {
  test.each<[Record<string, string>, object]>([
    [{}, { environment: 'production', bundles: { name: 'bundles', prefix: undefined } }],
    [{ MM_APPS_BUNDLE_PREFIX: 'a b/' }, { bundles: { prefix: 'a b/' } }],
    [
      {
        MM_APPS_BUNDLE_ROLE_ARN: 'arn:aws:iam::111122223333:role/r',
        MM_APPS_BUNDLE_ROLE_EXTERNAL_ID: 'id',
        MM_APPS_BUNDLE_BUCKET_OWNER: '111122223333',
      },
      { bundles: { roleArn: 'arn:aws:iam::111122223333:role/r', externalId: 'id', owner: '111122223333' } },
    ],
    [
      { MM_APPS_ALLOW_APPS: 'com.example.a, com.example.b-*' },
      { allowedApps: ['com.example.a', 'com.example.b-*'] },
    ],
    [
      { MM_APPS_EXECUTE_ROLE: 'role', MM_APPS_INVOKE_POLICY: 'policy' },
      { executionRoleName: 'role', policyName: 'policy' },
    ],
    [
      { MM_APPS_SUBNET_IDS: 'subnet-1,subnet-2', MM_APPS_SECURITY_GROUP_IDS: 'sg-1' },
      { functions: { vpc: { subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1'] } } },
    ],
    [{ MM_APPS_NOTIFICATIONS_WEBHOOK: HOOK }, { webhooks: { notifications: HOOK, alerts: undefined } }],
    [{ MM_APPS_ALERTS_WEBHOOK: HOOK }, { webhooks: { notifications: undefined, alerts: HOOK } }],
    [
      { MM_SERVICESETTINGS_SITEURL: 'https://chat.example.com', MM_ADMIN_TOKEN: SECRET },
      { mattermost: { url: 'https://chat.example.com', token: SECRET } },
    ],
    [{ TMPDIR: '/var/tmp' }, { temporaryFolder: '/var/tmp' }],
    [{ Environment: 'old', MM_APPS_ENVIRONMENT: '' }, { environment: 'old' }],
  ])('%j becomes an option', (env, expected) => {
    expect(read(env).options).toMatchObject(expected);
  });

  test.each<[Record<string, string>, string, string]>([
    [{ MM_APPS_BUNDLE_BUCKET: '' }, 'MISSING_VARIABLE', 'MM_APPS_BUNDLE_BUCKET is not set'],
    [
      { MM_APPS_ENVIRONMENT: '', MM_APPS_S3_BUCKET: '' },
      'MISSING_VARIABLE',
      '2 environment variables are not set',
    ],
    [
      { MM_APPS_BUNDLE_BUCKET: 'A' },
      'INVALID_VARIABLE',
      'MM_APPS_BUNDLE_BUCKET: "A" is not a valid S3 bucket name',
    ],
    [
      { MM_APPS_ENVIRONMENT: 'a/b' },
      'INVALID_VARIABLE',
      'MM_APPS_ENVIRONMENT: "a/b" is not the name of an environment',
    ],
    [
      { MM_APPS_BUNDLE_ROLE_ARN: 'role' },
      'INVALID_VARIABLE',
      'MM_APPS_BUNDLE_ROLE_ARN: "role" is not the ARN of a role',
    ],
    [
      { MM_APPS_BUNDLE_ROLE_EXTERNAL_ID: 'id' },
      'MISSING_VARIABLE',
      'MM_APPS_BUNDLE_ROLE_EXTERNAL_ID is set, and MM_APPS_BUNDLE_ROLE_ARN is not',
    ],
    [
      { MM_APPS_BUNDLE_BUCKET_OWNER: '1' },
      'INVALID_VARIABLE',
      'MM_APPS_BUNDLE_BUCKET_OWNER: "1" is not the ID of an AWS account',
    ],
    [
      { MM_APPS_ALLOW_APPS: 'a,b/c' },
      'INVALID_VARIABLE',
      'MM_APPS_ALLOW_APPS: "b/c" is not the ID of an app, in which * is any text',
    ],
    [{ MM_APPS_ALLOW_APPS: ' , ' }, 'INVALID_VARIABLE', 'MM_APPS_ALLOW_APPS: " , " is not a list'],
    [
      { MM_APPS_SUBNET_IDS: 'subnet-1' },
      'MISSING_VARIABLE',
      'MM_APPS_SUBNET_IDS is set, and MM_APPS_SECURITY_GROUP_IDS is not',
    ],
    [
      { PrivateSubnetIDs: '["subnet-1"]' },
      'MISSING_VARIABLE',
      'MM_APPS_SUBNET_IDS is set, and MM_APPS_SECURITY_GROUP_IDS is not',
    ],
    [
      { MM_APPS_SUBNET_IDS: 'subnet-1', MM_APPS_SECURITY_GROUP_IDS: 'x' },
      'INVALID_VARIABLE',
      'MM_APPS_SUBNET_IDS and MM_APPS_SECURITY_GROUP_IDS: "x" in securityGroups does not have the form sg-…',
    ],
    [{ MM_ADMIN_TOKEN: SECRET }, 'MISSING_VARIABLE', 'MM_SERVICESETTINGS_SITEURL is not set'],
    ...[HOOK.replace('https', 'http'), SECRET, `${HOOK}?${SECRET}`].map(
      (url): [Record<string, string>, string, string] => [
        { MM_APPS_ALERTS_WEBHOOK: url },
        'INVALID_VARIABLE',
        'MM_APPS_ALERTS_WEBHOOK is not the https URL of an incoming webhook',
      ],
    ),
  ])('%j is refused with %s', (env, code, message) => {
    expect(() => read(env)).toThrow(expect.objectContaining({ code, message }));
  });
});

test('flags take precedence over variables', () => {
  const env = {
    ...{ MM_APPS_BUNDLE_PREFIX: 'v', MM_APPS_ALLOW_APPS: 'v' },
    ...{ MM_APPS_EXECUTE_ROLE: 'v', MM_APPS_INVOKE_POLICY: 'v' },
  };
  const flags = { bundlePrefix: 'f', allowApp: ['f'], executeRole: 'f', policy: 'f' };
  expect(read(env, flags).options).toMatchObject({
    ...{ bundles: { prefix: 'f' }, allowedApps: ['f'] },
    ...{ executionRoleName: 'f', policyName: 'f' },
  });
});

test('without allowed apps, there is a warning', () => {
  expect(read().events).toEqual([expect.objectContaining({ type: 'warning' })]);
  expect(read({ MM_APPS_ALLOW_APPS: '*' }).events).toEqual([]);
});

test('--install requires a server', () => {
  expect(() => read({}, { install: true })).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

test('the bucket of the bundles needs no bucket of apps', () => {
  const { context } = contextOf({ MM_APPS_S3_BUCKET: '', StaticBucket: 'apps' });
  expect(readBundleBucket(context, { region: 'us-east-1' })).toMatchObject({
    ...{ environment: 'production', bundles: { name: 'bundles' } },
    aws: { region: 'us-east-1' },
  });
});

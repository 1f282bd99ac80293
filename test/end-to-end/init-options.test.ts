import { describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_NAMES } from '../../src/core/defaults.js';
import { readEverything } from '../support/account-state.js';
import { writeBundle } from '../support/bundle.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { findChanges } from '../support/requests.js';
import { createUserWith } from '../support/restricted-user.js';
import { serverVariables } from '../support/variables.js';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const OPTIONS = ['--path', '/mattermost/', '--tag', 'team=apps', '--tag', 'cost center=42', '--kms-key', KEY];
const CREATE = ['aws', 'init', '--create', ...OPTIONS];

async function start(): Promise<TestEnvironment> {
  const environment = await startEnvironment({ runner: 'in-process' });
  onTestFinished(() => environment.stop());
  return environment;
}

describe('what init creates', () => {
  test('gets a path, tags and a key', async () => {
    const { aws, runOrThrow } = await start();
    await runOrThrow(CREATE);
    const { user, group, policy, executionRole } = DEFAULT_NAMES;
    const tags = new Map([
      ['team', 'apps'],
      ['cost center', '42'],
    ]);
    const arn = `arn:aws:iam::123456789012:policy/mattermost/${policy}`;
    expect(aws.stored.users.get(user)).toMatchObject({ path: '/mattermost/', tags });
    expect(aws.stored.groups.get(group)).toMatchObject({ path: '/mattermost/' });
    expect(aws.stored.policies.get(arn)).toMatchObject({ tags });
    expect(aws.stored.roles.get(executionRole)).toMatchObject({ path: '/mattermost/', tags });
    expect(aws.bucket(BUCKET)).toMatchObject({ tags, encryption: { algorithm: 'aws:kms', keyId: KEY } });
  });

  test('stays as it is the second time', async () => {
    const environment = await start();
    await environment.runOrThrow(CREATE);
    const before = readEverything(environment);
    const { stderr, requests } = await environment.runOrThrow(CREATE);
    expect(findChanges(requests)).toEqual([]);
    expect(stderr).not.toContain('warning: ');
    expect(readEverything(environment)).toEqual(before);
  });

  test('is found by deployments, by the tests of the server, and by clean', async () => {
    const environment = await start();
    const before = readEverything(environment);
    const { stdout } = await environment.runOrThrow([...CREATE, '--create-access-key']);
    const env = serverVariables(stdout);
    const bundle = await environment.packageExample();
    await environment.runOrThrow(['aws', 'test', 'deploy', bundle]);
    // The server may decrypt what the key of the bucket has encrypted.
    await environment.runOrThrow(['aws', 'test', 's3'], { env });
    for (const name of environment.aws.stored.functions.keys())
      (environment.aws.stored.functions as Map<string, unknown>).delete(name);
    await environment.runOrThrow(['aws', 'clean', '--yes', '--bucket', '--force']);
    expect(readEverything(environment)).toEqual(before);
  });

  test('can be deployed to with the printed policy', async () => {
    const environment = await start();
    await environment.runOrThrow(['aws', 'init', '--create', '--path', '/mattermost/']);
    const args = ['aws', 'init', '--print-deploy-policy', '--path', '/mattermost/'];
    const { stdout } = await environment.runOrThrow(args);
    const env = await createUserWith(environment, JSON.parse(stdout));
    const bundle = await writeBundle(environment.folder);
    await environment.runOrThrow(['aws', 'test', 'deploy', bundle], { env });
  });

  test('needs the permission to tag it', async () => {
    const environment = await start();
    const Statement = ['iam:Tag*', 's3:TagResource'].map((Action) => ({
      Effect: 'Deny',
      Action,
      Resource: '*',
    }));
    const document = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }, ...Statement],
    };
    const env = await createUserWith(environment, document);
    const { code, stderr } = await environment.run(CREATE, { env });
    expect(code).toBe(1);
    expect(stderr).toContain('hint: grant iam:TagUser');
  });
});

describe('a bucket that exists', () => {
  test('keeps its encryption, with a warning', async () => {
    const environment = await start();
    await environment.runOrThrow(['aws', 'init', '--create']);
    const { stderr } = await environment.runOrThrow(CREATE);
    expect(stderr).toMatch(/^warning: bucket mattermost-apps exists already: its encryption is not changed/m);
    expect(environment.aws.bucket(BUCKET).encryption.algorithm).toBe('AES256');
  });

  test('whose creation was interrupted is encrypted', async () => {
    const environment = await start();
    await environment.runOrThrow(['aws', 'init', '--create']);
    environment.aws.bucket(BUCKET).policy = undefined;
    await environment.runOrThrow(CREATE);
    expect(environment.aws.bucket(BUCKET).encryption.keyId).toBe(KEY);
  });
});

test.each([
  ['--path', 'mattermost'],
  ['--path', '/a b/'],
  ['--tag', 'team'],
  ['--tag', 'aws:team=apps'],
  ['--kms-key', 'alias/apps'],
  ['--env-file-out', ''],
])('%s %s is refused', async (...flags) => {
  const environment = await start();
  const { code, stderr, requests } = await environment.run(['aws', 'init', ...flags]);
  expect({ code, requests }).toEqual({ code: 2, requests: [] });
  expect(stderr).toMatch(new RegExp(`^error: .*${flags[0]}`));
});

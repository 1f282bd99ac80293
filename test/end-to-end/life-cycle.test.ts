import { CreateUserCommand } from '@aws-sdk/client-iam';
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_NAMES } from '../../src/core/defaults.js';
import { describeDifferences, readEverything } from '../support/account-state.js';
import { manifest, writeBundle } from '../support/bundle.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { fillPolicyVersions, findInvokePolicy } from '../support/full-policies.js';
import { deployWithGoTool } from '../support/go-deployment.js';
import { runKilledOnce } from '../support/killed-run.js';
import { configureServer, serverVariables } from '../support/variables.js';

const APP = 'com.example.test';
const ICON = { 'static/icon.png': 'icon' };

/** An account in which others have something, as on AWS with functions that are not ready immediately. */
async function startAccount(): Promise<TestEnvironment> {
  const aws = { lambda: { pendingReads: 1, inProgressReads: 1, deletingReads: 1 } };
  const environment = await startEnvironment({ runner: 'in-process', aws });
  onTestFinished(() => environment.stop());
  await environment.clients.iam.send(new CreateUserCommand({ UserName: 'someone' }));
  return environment;
}

type Run = (environment: TestEnvironment, args: readonly string[]) => Promise<{ readonly stdout: string }>;

const runOnce: Run = (environment, args) => environment.runOrThrow(args);
const runKilled: Run = (environment, args) =>
  runKilledOnce(environment, (like) => startEnvironment({ like }), args);

/** Prepares the account, deploys two versions, tests, rolls back, removes the app and cleans up. */
async function live(environment: TestEnvironment, run: Run): Promise<void> {
  const { aws, mattermost, env, folder, clients } = environment;
  const { stdout } = await run(environment, ['aws', 'init', '--create', '--create-access-key']);
  Object.assign(env, serverVariables(stdout));
  configureServer(aws, mattermost, env);
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await clients.s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
  for (const version of ['1.0.0', '1.1.0', '2.0.0']) {
    const content = manifest({ version, icon: 'icon.png' });
    const bundle = await writeBundle(folder, content, { ...ICON, 'static/version.txt': version });
    await run(environment, ['aws', 'deploy', bundle, '--install', '--update']);
  }
  await fillPolicyVersions(environment);
  await environment.runOrThrow(['aws', 'test', APP]);
  await run(environment, ['aws', 'rollback', APP, '--to', '1.1.0', '--install']);
  await environment.runOrThrow(['aws', 'test', `${APP}@1.1.0`]);
  await run(environment, ['aws', 'remove', APP, '--all-versions', '--uninstall', '--logs', '--yes']);
}

const CLEAN = ['aws', 'clean', '--yes', '--bucket', '--force'];

describe('init, deploy, test, rollback, remove and clean leave the account as it was', () => {
  test.each([
    ['undisturbed', runOnce],
    ['each killed in its middle and repeated', runKilled],
  ])('%s', async (_, run) => {
    const environment = await startAccount();
    const before = readEverything(environment);
    await live(environment, run);
    await run(environment, CLEAN);
    expect(describeDifferences(readEverything(environment), before)).toEqual([]);
    expect([...environment.mattermost.installed.keys()]).toEqual([]);
  });

  test('where the Go tool had deployed, with a second key and more versions of the policy than AWS keeps', async () => {
    const environment = await startAccount();
    const before = readEverything(environment);
    await deployWithGoTool(environment, 'static-none.zip');
    // The user has a key of the Go tool already: init adds the second.
    await live(environment, runKilled);
    const user = environment.aws.stored.users.get(DEFAULT_NAMES.user);
    expect(user?.accessKeys).toHaveLength(2);
    expect(findInvokePolicy(environment).nextVersion).toBeGreaterThan(6);
    const [deployed = ''] = [...environment.aws.bucket(BUCKET).objects.keys()].filter((key) =>
      key.startsWith('manifests/'),
    );
    const id = deployed.slice('manifests/'.length, deployed.lastIndexOf('_'));
    await runKilled(environment, ['aws', 'remove', id, '--all-versions', '--logs', '--yes']);
    await runKilled(environment, CLEAN);
    expect(describeDifferences(readEverything(environment), before)).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { readBundle } from '../../../../src/bundle/open-bundle.js';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { initialInvokePolicy } from '../../../../src/core/policy/policy-templates.js';
import { readCurrentState, startReading } from '../../../../src/operations/deploy/current-state.js';
import type { DeployPorts } from '../../../../src/operations/deploy/ports.js';
import { MemorySource } from '../../../../src/zip/byte-source.js';
import { functionArchive, manifest, zip } from '../../../support/bundle.js';
import {
  ASSET_PREFIX,
  bundleBytes,
  deploySettings,
  FUNCTION,
  FUNCTION_ARN,
  LOCK_KEY,
  MANIFEST_KEY,
  manifestWithFunctions,
  memoryAccount,
  POLICY_ARN,
} from '../../../support/memory-ports/memory-account.js';
import { DEPLOY, DEPLOY_HINT } from '../../../support/messages/deploy.js';

const APP = 'com.example.test';
const ACCOUNT = { partition: 'aws', accountId: '123456789012' };

/** Reads the current state for the default bundle. */
async function read(ports: DeployPorts, flags: Parameters<typeof deploySettings>[0] = {}) {
  const settings = deploySettings(flags);
  const early = startReading(settings, ports);
  const bundle = await readBundle('app.zip', new MemorySource(await bundleBytes()));
  return readCurrentState(bundle, early, settings, ports);
}

describe('the current state', () => {
  test('of a new app has the role and a change of the invoke policy', async () => {
    const { ports } = memoryAccount({ hasMattermost: true });
    const { current, invokeRequest, lockObject, abandonedUploads } = await read(ports);
    expect(current).toMatchObject({
      role: { arn: 'arn:aws:iam::123456789012:role/role' },
      ...{ functionsByLambdaName: new Map(), assets: [], manifest: undefined },
      policyChange: { name: 'p', added: [FUNCTION_ARN] },
      ...{ listing: undefined, installation: undefined },
    });
    expect(invokeRequest).toEqual({
      ...{ account: ACCOUNT, region: 'us-east-1', policyName: 'p' },
      ...{ functionArns: [FUNCTION_ARN], manifestKey: MANIFEST_KEY },
    });
    expect({ lockObject, abandonedUploads }).toEqual({
      lockObject: undefined,
      abandonedUploads: { keys: [], unfinished: [] },
    });
  });

  test('of a deployed app has its functions, assets, manifest, listing and installation', async () => {
    const { bucket, deploy, ports } = memoryAccount({ hasMattermost: true });
    await deploy(await bundleBytes(), { install: true });
    bucket.objects.set(LOCK_KEY, { body: Buffer.from('{}'), etag: 'e' });
    const { current, lockObject } = await read(ports);
    expect([...current.functionsByLambdaName.keys()]).toEqual([FUNCTION]);
    expect(current.assets.map(({ key }) => key)).toEqual([`${ASSET_PREFIX}a.txt`, `${ASSET_PREFIX}b.txt`]);
    expect(current.manifest).toBeDefined();
    expect(current.policyChange).toBeUndefined();
    expect(current.listing?.get('app_id')).toBe(APP);
    expect(current.installation?.deployType).toBe('aws_lambda');
    expect(lockObject?.etag).toBe('e');
  });
});

describe('requests', () => {
  test('are sent once for each resource', async () => {
    const { bucket, functions, mattermost, policies, ports } = memoryAccount({ hasMattermost: true });
    await read(ports);
    expect(functions.reads).toEqual([`find ${FUNCTION}`]);
    expect(bucket.reads.sort()).toEqual([
      // The second one exists while the version is being removed.
      ...[`get ${LOCK_KEY}`, `get locks/removals/${APP}_1.0.0.json`, `get ${MANIFEST_KEY}`],
      // The function is new, and an earlier version of the app may have it.
      ...[`list manifests/${APP}_`, `list ${ASSET_PREFIX}`],
    ]);
    expect(mattermost.reads.sort()).toEqual([
      'check access',
      `find installation ${APP}`,
      `find listing ${APP}`,
    ]);
    // The second one checks that the versions can be listed, before anything is changed.
    expect(policies.reads).toEqual(['find p', 'find p for update']);
  });

  test('are not sent to Mattermost by a deployment without a server', async () => {
    const { mattermost, ports } = memoryAccount();
    const state = await read(ports);
    expect(mattermost.reads).toEqual([]);
    expect(state.mattermost).toBeUndefined();
  });

  test('use the account that the credentials show, without waiting for the role', async () => {
    const { ports, policies } = memoryAccount();
    const opened: string[] = [];
    const openBucket = (accountId: string) => {
      opened.push(accountId);
      return ports.openBucket(accountId);
    };
    await read({ ...ports, likelyAccount: ACCOUNT, openBucket });
    expect(opened).toEqual(['123456789012']);
    expect(policies.reads).toEqual(['find p', 'find p for update']);
  });

  test.each([
    ['another account', { partition: 'aws', accountId: '999999999999' }],
    ['another partition', { partition: 'aws-cn', accountId: '123456789012' }],
  ])('are repeated if the role belongs to %s', async (_, likelyAccount) => {
    const { ports, policies } = memoryAccount();
    const other = `arn:${likelyAccount.partition}:iam::${likelyAccount.accountId}:policy/p`;
    policies.put(other, initialInvokePolicy('bucket', 'aws'), [{ kind: 'group', name: 'g' }]);
    const { invokePlan, invokeRequest } = await read({ ...ports, likelyAccount });
    expect(invokePlan.policies[0].arn).toBe(POLICY_ARN);
    expect(invokeRequest.account).toEqual(ACCOUNT);
  });

  test('that fail with the account that the credentials show do not matter if the role belongs to another', async () => {
    const { ports } = memoryAccount();
    const likelyAccount = { partition: 'aws', accountId: '999999999999' };
    const openBucket = async (accountId: string) => {
      if (accountId !== ACCOUNT.accountId) throw new AppsctlError('ACCESS_DENIED', 'not our bucket');
      return ports.openBucket(accountId);
    };
    expect((await read({ ...ports, likelyAccount, openBucket })).invokeRequest.account).toEqual(ACCOUNT);
  });
});

describe('what is missing or does not work is an error', () => {
  test('a role that does not exist', async () => {
    const { ports } = memoryAccount();
    await expect(read(ports, { executionRoleName: 'other' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: DEPLOY.roleMissing('other'),
      hint: DEPLOY_HINT.checkOrPrepare('executionRoleName', 'init({ create: true })'),
    });
  });

  test('a policy that does not exist', async () => {
    const { ports } = memoryAccount();
    await expect(read(ports, { policyName: 'other' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: DEPLOY.policyMissing('other'),
    });
  });

  test('a Mattermost server that does not accept the token, before its look-ups fail', async () => {
    const { mattermost, ports } = memoryAccount({ hasMattermost: true });
    mattermost.checkAccess = () => Promise.reject(new AppsctlError('CREDENTIALS', 'token refused'));
    mattermost.findListing = () => Promise.reject(new AppsctlError('SERVICE', 'no listing'));
    await expect(read(ports)).rejects.toMatchObject({ message: 'token refused' });
  });

  test('and does not become an unhandled rejection when the bundle cannot be opened', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => {
      unhandled.push(reason);
    };
    process.on('unhandledRejection', onUnhandled);
    const { ports } = memoryAccount();
    const openMattermost = () => Promise.reject(new AppsctlError('NETWORK', 'unreachable'));
    startReading(deploySettings({ executionRoleName: 'x', policyName: 'x' }), {
      ...ports,
      openMattermost,
      likelyAccount: ACCOUNT,
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off('unhandledRejection', onUnhandled);
    expect(unhandled).toEqual([]);
  });
});

describe('what belongs to another app', () => {
  const withFunction = (app_id: string, version: string, name: string) => ({
    ...manifestWithFunctions([name]),
    ...{ app_id, version },
  });
  const bundleWith = async (content: Record<string, unknown>, name: string): Promise<Buffer> =>
    zip({ 'manifest.json': JSON.stringify(content), [`${name}.zip`]: await functionArchive() });

  test.each([false, true])(
    'a manifest with the same key is not replaced, with update: %j',
    async (update) => {
      const { changes, deploy } = memoryAccount();
      await deploy(await bundleBytes(manifest({ app_id: 'foo', version: '1_bar' })));
      changes.length = 0;
      const other = await bundleBytes(manifest({ app_id: 'foo_1', version: 'bar' }));
      await expect(deploy(other, { update })).rejects.toMatchObject({
        code: 'CONFLICT',
        message: DEPLOY.belongsToOther('manifest manifests/foo_1_bar.json', 'foo 1_bar', 'foo_1 bar'),
      });
      expect(changes).toEqual([]);
    },
  );

  test.each([false, true])(
    'a function with the same Lambda name is not replaced, with update: %j',
    async (update) => {
      const { changes, deploy } = memoryAccount();
      await deploy(await bundleBytes(manifest({ app_id: 'com.acme.pay', version: '1.0.0' })));
      changes.length = 0;
      const other = await bundleBytes(manifest({ app_id: 'com-acme.pay', version: '1-0-0' }));
      await expect(deploy(other, { update })).rejects.toMatchObject({
        code: 'CONFLICT',
        message: DEPLOY.belongsToOther(
          'function com-acme-pay_1-0-0_go',
          'com.acme.pay 1.0.0',
          'com-acme.pay 1-0-0',
        ),
      });
      expect(changes).toEqual([]);
    },
  );

  test('underscores in app IDs, versions and function names also make the same Lambda name', async () => {
    const { bucket, functions, deploy } = memoryAccount();
    await deploy(await bundleWith(withFunction('foo', '1', 'x_y'), 'x_y'));
    expect([...functions.functions.keys()]).toEqual(['foo_1_x_y']);
    const other = await bundleWith(withFunction('foo_1', 'x', 'y'), 'y');
    await expect(deploy(other, { update: true })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: DEPLOY.belongsToOther('function foo_1_x_y', 'foo 1', 'foo_1 x'),
    });
    expect(bucket.objects.has('manifests/foo_1_x.json')).toBe(false);
  });

  test('functions with other names are not a conflict', async () => {
    const { functions, deploy } = memoryAccount();
    await deploy(await bundleBytes(manifest({ app_id: 'com.acme.pay', version: '1.0.0' })));
    const other = withFunction('com-acme.pay', '1-0-0', 'other');
    await deploy(await bundleBytes(other, { 'other.zip': await functionArchive() }));
    expect([...functions.functions.keys()]).toEqual(['com-acme-pay_1-0-0_go', 'com-acme-pay_1-0-0_other']);
  });

  test('functions that the manifest of a similar app does not contain are not a conflict', async () => {
    const { bucket, deploy } = memoryAccount();
    await deploy(await bundleBytes(manifest({ app_id: 'com.acme.pay', version: '1.0.0' })));
    const other = await bundleWith(withFunction('com-acme.pay', '1-0-0', 'other'), 'other');
    await deploy(other);
    bucket.objects.delete('manifests/com-acme.pay_1-0-0.json');
    await deploy(other);
    expect(bucket.objects.has('manifests/com-acme.pay_1-0-0.json')).toBe(true);
  });

  test('one function of several that belongs to another app is a conflict', async () => {
    const { functions, deploy } = memoryAccount();
    await deploy(await bundleWith(withFunction('foo_1', 'x', 'y'), 'y'));
    functions.add('foo_1_z');
    const content = { ...manifestWithFunctions(['z', 'x_y']), app_id: 'foo', version: '1' };
    const archive = await functionArchive();
    const bytes = await zip({
      'manifest.json': JSON.stringify(content),
      ...{ 'z.zip': archive, 'x_y.zip': archive },
    });
    await expect(deploy(bytes, { update: true })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: DEPLOY.belongsToOther('function foo_1_x_y', 'foo_1 x', 'foo 1'),
    });
  });

  test('a function of the app itself, whose deployment was killed before its manifest, is not a conflict', async () => {
    const { bucket, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    bucket.objects.delete(MANIFEST_KEY);
    await deploy(await bundleBytes());
    expect(bucket.objects.has(MANIFEST_KEY)).toBe(true);
  });

  test('a manifest that cannot be read owns no functions', async () => {
    const { bucket, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    bucket.objects.delete(MANIFEST_KEY);
    bucket.objects.set('manifests/com-example.test_1.0.0.json', { body: Buffer.from('{'), etag: 'e' });
    await deploy(await bundleBytes());
    expect(bucket.objects.has(MANIFEST_KEY)).toBe(true);
  });

  test('only manifests of apps that can have the same Lambda names are read', async () => {
    const { bucket, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    bucket.objects.delete(MANIFEST_KEY);
    const keys = [
      'com.example.test_1.0.json',
      'com.other_1.json',
      'com_1.0.0.txt',
      'x.json',
      'com-example-test_1-0-0.json',
    ];
    for (const key of keys) bucket.objects.set(`manifests/${key}`, { body: Buffer.from('{'), etag: 'e' });
    bucket.reads.length = 0;
    await deploy(await bundleBytes());
    expect(bucket.reads.filter((item) => item.startsWith('get manifests/'))).toEqual([
      `get ${MANIFEST_KEY}`,
      'get manifests/com-example-test_1-0-0.json',
      // It may have been removed during the deployment.
      `get ${MANIFEST_KEY}`,
    ]);
    expect(bucket.reads).toContain('list manifests/com');
  });

  test('no manifests are read when there are no functions of others', async () => {
    const { bucket, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    bucket.reads.length = 0;
    await deploy(await bundleBytes());
    expect(bucket.reads.filter((item) => item.includes('manifests/'))).toEqual([`get ${MANIFEST_KEY}`]);
  });
});

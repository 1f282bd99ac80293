import { describe, expect, test } from 'vitest';
import { CLI_VOCABULARY } from '../../../../src/cli/input/vocabulary.js';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { initialInvokePolicy } from '../../../../src/core/policy/policy-templates.js';
import { prepareDeployment } from '../../../../src/operations/deploy/deploy.js';
import { functionArchive, manifest, zip } from '../../../support/bundle.js';
import {
  bundleBytes,
  deploySettings,
  FUNCTION,
  FUNCTION_ARN,
  manifestWithFunctions,
  memoryAccount,
  POLICY_ARN,
  warnings,
} from '../../../support/memory-ports/memory-account.js';
import { FINDING } from '../../../support/messages/bundle.js';
import { INIT } from '../../../support/messages/init.js';

const GROUP = { kind: 'group', name: 'g' } as const;

describe('planning', () => {
  test('changes nothing', async () => {
    const { changes, plan } = memoryAccount({ hasMattermost: true });
    const planned = await plan(await bundleBytes(), { install: true });
    expect(changes).toEqual([]);
    expect(planned.plan).toMatchObject({
      functions: [{ action: 'create' }],
      assets: [{ action: 'create' }, { action: 'create' }],
      ...{ manifest: 'create', listing: 'create', installation: 'create' },
    });
    expect(planned.manifest.app_id).toBe('com.example.test');
  });

  test('reports the errors of the bundle before those of the account', async () => {
    const { ports } = memoryAccount();
    const open = () => Promise.reject(new AppsctlError('INVALID_BUNDLE', 'not a zip file'));
    const settings = deploySettings({ executionRoleName: 'missing' });
    await expect(prepareDeployment(open, settings, ports)).rejects.toMatchObject({
      message: 'not a zip file',
    });
  });

  test('reports a bundle that is not valid before what is missing in the account', async () => {
    const { plan } = memoryAccount();
    const bytes = await bundleBytes(manifest(), { 'go.zip': 'not a zip' });
    await expect(plan(bytes, { executionRoleName: 'missing' })).rejects.toMatchObject({
      code: 'INVALID_BUNDLE',
    });
  });

  test('reports the findings of the bundle, notes included', async () => {
    const { events, plan } = memoryAccount();
    const functions = [{ path: '/', name: 'go', handler: 'a.B::c', runtime: 'java21' }];
    const content = manifest({ aws_lambda: { functions }, on_instal: '/install' });
    const archive = await zip({ 'a/B.class': '' });
    await plan(await bundleBytes(content, { 'README.md': 'not used', 'go.zip': archive }));
    const findings = events.flatMap((event) => (event.type === 'finding' ? [event.finding] : []));
    expect(findings.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
      'note zip/ignored-entry',
      'warning manifest/unknown-field',
      'note function/java-memory',
    ]);
  });

  test('refuses a bundle with everything that is wrong with it, before anything is read for its names', async () => {
    const { events, plan } = memoryAccount();
    const functions = [{ path: '/', name: 'go', handler: 'x', runtime: 'nodejs14.x' }];
    const bytes = await bundleBytes(manifest({ app_id: 'x', icon: 'i.png', aws_lambda: { functions } }));
    const error: unknown = await plan(bytes).catch((thrown: unknown) => thrown);
    expect((error as AppsctlError).findings.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
      'error manifest/app-id',
      'error install/icon',
      'error function/handler',
      'warning runtime/retired',
    ]);
    expect(events.filter(({ type }) => type === 'finding')).toEqual([]);
  });
});

describe('runtimes that AWS has retired', () => {
  const goBundle = async (): Promise<Buffer> =>
    bundleBytes(manifestWithFunctions(['go'], { runtime: 'go1.x', handler: 'app' }), {
      'go.zip': await zip({ app: 'AWS_LAMBDA_RUNTIME_API' }),
    });

  test('go1.x is migrated to provided.al2023 only if that is requested', async () => {
    const { functions, deploy } = memoryAccount();
    await expect(deploy(await goBundle())).rejects.toMatchObject({ code: 'UNSUPPORTED_RUNTIME' });
    await deploy(await goBundle(), { migrateRuntimes: true });
    expect(functions.functions.get(FUNCTION)).toMatchObject({
      runtime: 'provided.al2023',
      handler: 'bootstrap',
    });
  });

  test('other runtimes are not migrated', async () => {
    const { functions, deploy } = memoryAccount();
    await deploy(await bundleBytes(), { migrateRuntimes: true });
    expect(functions.functions.get(FUNCTION)).toMatchObject({ runtime: 'nodejs22.x' });
  });

  test('a function that was migrated stays migrated, although that is not requested again', async () => {
    const { changes, events, deploy } = memoryAccount();
    await deploy(await goBundle(), { migrateRuntimes: true });
    changes.length = 0;
    events.length = 0;
    await deploy(await goBundle(), { update: true });
    expect(changes).toEqual([]);
    expect(warnings(events)).toEqual([expect.stringContaining(FINDING.migrated('go', 'go1.x'))]);
  });

  test.each([
    ['handler', { handler: 'bootstrap', runtime: 'go1.x' }],
    ['runtime', { handler: 'app', runtime: 'provided.al2023' }],
  ])('a function with only the %s of a migrated one was not migrated', async (_, changes) => {
    const { functions, plan } = memoryAccount();
    functions.add(FUNCTION, changes);
    const planned = plan(await goBundle(), { update: true });
    if (changes.runtime === 'go1.x') {
      const { functions: steps } = (await planned).plan;
      expect(steps[0]?.spec.runtime).toBe('go1.x');
    } else await expect(planned).rejects.toMatchObject({ code: 'UNSUPPORTED_RUNTIME' });
  });

  test.each([false, true])('no function returns to one, with update: %j', async (update) => {
    const { changes, functions, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    changes.length = 0;
    const retired = await bundleBytes(manifestWithFunctions(['go'], { runtime: 'nodejs14.x' }));
    await expect(deploy(retired, { update })).rejects.toMatchObject({ code: 'UNSUPPORTED_RUNTIME' });
    expect(changes).toEqual([]);
    expect(functions.functions.get(FUNCTION)?.runtime).toBe('nodejs22.x');
  });

  test('a function that still has one can be updated', async () => {
    const { functions, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    functions.add(FUNCTION, { ...functions.functions.get(FUNCTION), runtime: 'nodejs14.x' });
    const retired = await bundleBytes(manifestWithFunctions(['go'], { runtime: 'nodejs14.x' }));
    await deploy(retired, { update: true }, { memory: 512 });
    expect(functions.functions.get(FUNCTION)).toMatchObject({ runtime: 'nodejs14.x', memory: 512 });
  });
});

describe('warnings before a deployment', () => {
  test('none for a new app', async () => {
    const { events, plan } = memoryAccount({ hasMattermost: true });
    await plan(await bundleBytes());
    expect(warnings(events)).toEqual([]);
  });

  test('functions that are no longer in the bundle', async () => {
    const { events, functions, deploy } = memoryAccount();
    const files = { 'old.zip': await functionArchive() };
    await deploy(await bundleBytes(manifestWithFunctions(['go', 'old']), files));
    await deploy(await bundleBytes(), { update: true });
    expect(functions.functions.has('com-example-test_1-0-0_old')).toBe(true);
    expect(warnings(events)).toEqual([
      'function com-example-test_1-0-0_old is no longer in the bundle; it remains on AWS, and the server can still invoke it',
    ]);
  });

  test.each([
    [
      { 'static/c.txt': 'c' },
      'asset static/com.example.test_1.0.0_app/c.txt is no longer in the bundle; it remains in the bucket and is still served',
    ],
    [
      { 'static/c.txt': 'c', 'static/d.txt': 'd', 'static/e.txt': 'e' },
      'asset static/com.example.test_1.0.0_app/c.txt and 2 more are no longer in the bundle; they remain in the bucket and are still served',
    ],
  ])('assets that are no longer in the bundle: %j', async (earlier, warning) => {
    const { events, deploy } = memoryAccount();
    await deploy(await bundleBytes(manifest(), earlier));
    await deploy(await bundleBytes());
    expect(warnings(events)).toEqual([warning]);
  });

  test('a function whose last update failed and that needs no other one', async () => {
    const { events, functions, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    const current = functions.functions.get(FUNCTION);
    functions.add(FUNCTION, { ...current, updateFailure: 'the key is disabled' });
    await deploy(await bundleBytes());
    expect(warnings(events)).toEqual([`the last update of function ${FUNCTION} failed: the key is disabled`]);
    events.length = 0;
    await deploy(await bundleBytes(), { update: true }, { memory: 512 });
    expect(warnings(events)).toEqual([]);
  });

  test('an installation that will remain as it is', async () => {
    const { events, deploy } = memoryAccount({ hasMattermost: true });
    await deploy(await bundleBytes(), { install: true });
    await deploy(await bundleBytes(manifest({ display_name: 'Other' })), { update: true });
    expect(warnings(events)).toEqual([expect.stringContaining('https://mattermost.example.com')]);
  });

  test.each([
    ['the library', undefined, 'init({ create: true })'],
    ['the command line', CLI_VOCABULARY, 'appsctl aws init --create'],
  ])(
    'a policy that does not allow the server to read the bucket, in the words of %s',
    async (_, vocabulary, command) => {
      const { events, policies, plan } = memoryAccount();
      policies.put(POLICY_ARN, initialInvokePolicy('another-bucket', 'aws'), [GROUP]);
      await plan(await bundleBytes(), {}, {}, vocabulary && { vocabulary });
      expect(warnings(events)).toEqual([
        `${INIT.bucketNotReadable('p', 'bucket')}; allow it with: ${command}`,
      ]);
    },
  );
});

describe('the invoke policies in effect', () => {
  const others = (length: number) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'x'.repeat(length) }],
  });

  test('are returned: the first one and the additional ones that are attached', async () => {
    const { policies, deploy } = memoryAccount();
    policies.write(POLICY_ARN, others(6000));
    // Another program's policy, which is not attached.
    policies.put(`${POLICY_ARN}-2`, others(1), []);
    expect((await deploy(await bundleBytes())).policyArns).toEqual([POLICY_ARN, `${POLICY_ARN}-3`]);
    // The second deployment changes no policy.
    expect((await deploy(await bundleBytes())).policyArns).toEqual([POLICY_ARN, `${POLICY_ARN}-3`]);
  });

  test('cause an error before any change if they deny the right', async () => {
    const { policies, changes, deploy } = memoryAccount();
    const deny = { Effect: 'Deny', Action: 'lambda:*', Resource: '*' };
    policies.write(POLICY_ARN, { Version: '2012-10-17', Statement: [deny] });
    await expect(deploy(await bundleBytes())).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `policy p denies lambda:InvokeFunction on ${FUNCTION_ARN}`,
    });
    expect(changes).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { manifest } from '../../../support/bundle.js';
import { bundleBytes, memoryAccount } from '../../../support/memory-ports/memory-account.js';

const OLD = 'com-example-test_1-0-0_go';
const NEW = 'com-example-test_1-1-0_go';
const bundle = (version: string, fields: Readonly<Record<string, unknown>> = {}) =>
  bundleBytes(manifest({ version, ...fields }));

/** An account with a deployed version 1.0.0 of the app, whose function has settings. */
async function accountWithVersion() {
  const account = memoryAccount();
  await account.deploy(await bundle('1.0.0'), {}, { memory: 512, environment: { TOKEN: 'secret' } });
  account.events.length = 0;
  account.bucket.reads.length = 0;
  account.functions.reads.length = 0;
  const takenOver = () => account.events.filter(({ type }) => type === 'settings-taken-over');
  return { ...account, takenOver };
}

describe('a new version of an app', () => {
  test('takes over the settings of its functions, with one request for each thing', async () => {
    const { bucket, deploy, functions, logs, takenOver } = await accountWithVersion();
    logs.groups.set(`/aws/lambda/${OLD}`, 30);
    await deploy(await bundle('1.1.0'));
    expect(functions.functions.get(NEW)).toMatchObject({ memory: 512, environment: { TOKEN: 'secret' } });
    expect(logs.groups.get(`/aws/lambda/${NEW}`)).toBe(30);
    expect(takenOver()).toEqual([
      {
        type: 'settings-taken-over',
        name: NEW,
        version: '1.0.0',
        settings: ['memory 512 MB', 'log retention 30 days', 'variables TOKEN'],
      },
    ]);
    expect(bucket.reads.filter((read) => /manifests/.test(read))).toEqual([
      'get manifests/com.example.test_1.1.0.json',
      'list manifests/com.example.test_',
      'get manifests/com.example.test_1.0.0.json',
      // It may have been removed during the deployment.
      'get manifests/com.example.test_1.1.0.json',
    ]);
    expect(functions.reads).toEqual([`find ${NEW}`, `find ${OLD}`]);
  });

  test('warns of what it cannot read', async () => {
    const { deploy, events, functions, logs } = await accountWithVersion();
    functions.add(OLD, { ...functions.functions.get(OLD), tags: undefined });
    logs.beforeRead = () => {
      throw new AppsctlError('ACCESS_DENIED', 'no');
    };
    await deploy(await bundle('1.1.0'));
    const lost = (what: string, permission: string) => ({
      type: 'warning',
      message: `function ${NEW} does not take over the ${what} of version 1.0.0, which cannot be read without ${permission}`,
    });
    expect(events.filter(({ type }) => type === 'warning')).toEqual([
      lost('tags', 'lambda:ListTags'),
      lost('log retention', 'logs:DescribeLogGroups'),
    ]);
  });

  test('takes over nothing with fresh settings, and looks for nothing', async () => {
    const { bucket, deploy, functions, takenOver } = await accountWithVersion();
    await deploy(await bundle('1.1.0'), { freshSettings: true });
    expect(functions.functions.get(NEW)).toMatchObject({ memory: 256, environment: {} });
    expect(takenOver()).toEqual([]);
    expect(bucket.reads.filter((read) => /list manifests/.test(read))).toEqual([]);
  });

  test('takes over the settings of the version that was deployed last, whatever its number', async () => {
    const { deploy, functions, takenOver } = await accountWithVersion();
    await deploy(await bundle('0.9.0'), { freshSettings: true }, { memory: 1024 });
    await deploy(await bundle('1.1.0'));
    expect(functions.functions.get(NEW)).toMatchObject({ memory: 1024 });
    expect(takenOver()).toMatchObject([{ version: '0.9.0' }]);
  });

  test('looks further when the function of the last version no longer exists', async () => {
    const { deploy, functions } = await accountWithVersion();
    await deploy(await bundle('1.0.1'), {}, { memory: 2048 });
    functions.functions.delete('com-example-test_1-0-1_go');
    await deploy(await bundle('1.1.0'));
    expect(functions.functions.get(NEW)).toMatchObject({ memory: 512 });
  });

  test('looks further when the creation of that function failed', async () => {
    const { deploy, functions } = await accountWithVersion();
    await deploy(await bundle('1.0.1'), {}, { memory: 2048 });
    functions.add('com-example-test_1-0-1_go', { memory: 2048, status: 'failed' });
    await deploy(await bundle('1.1.0'));
    expect(functions.functions.get(NEW)).toMatchObject({ memory: 512 });
  });

  test('is not confused by an app whose ID begins with its own', async () => {
    const { deploy, functions } = await accountWithVersion();
    await deploy(await bundle('1.0.0', { app_id: 'com.example.test_1' }), {}, { memory: 4096 });
    await deploy(await bundle('1.1.0'));
    expect(functions.functions.get(NEW)).toMatchObject({ memory: 512 });
  });

  test('is not deployed when the manifest of another version is damaged, except with fresh settings', async () => {
    const { bucket, plan } = await accountWithVersion();
    const key = 'manifests/com.example.test_1.0.0.json';
    await bucket.put(key, Buffer.from('{'), 'application/json');
    await expect(plan(await bundle('1.1.0'))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `${key} in the bucket is not a manifest, but may be that of the previous version of the app, whose settings new functions take over`,
      hint: expect.stringContaining('freshSettings: true'),
    });
    await plan(await bundle('1.1.0'), { freshSettings: true });
  });

  test('is deployed when a manifest that is older than the previous version is damaged', async () => {
    const { bucket, deploy, functions } = await accountWithVersion();
    await bucket.put('manifests/com.example.test_0.9.json', Buffer.from('{'), 'application/json');
    await deploy(await bundle('1.0.1'), { freshSettings: true }, { memory: 640 });
    await deploy(await bundle('1.1.0'));
    expect(functions.functions.get(NEW)).toMatchObject({ memory: 640 });
  });

  test('is not confused by many versions of apps whose IDs begin with its own', async () => {
    const { bucket, deploy, functions } = await accountWithVersion();
    for (let index = 0; index < 30; index++) {
      const other = manifest({ app_id: 'com.example.test_a', version: `${index}` });
      const content = Buffer.from(JSON.stringify(other));
      await bucket.put(`manifests/com.example.test_a_${index}.json`, content, 'application/json');
      // Of too long a version, so that it is not even read.
      await bucket.put(
        `manifests/com.example.test_another-app_${index}.json`,
        Buffer.from('{'),
        'application/json',
      );
    }
    await deploy(await bundle('1.1.0'));
    expect(functions.functions.get(NEW)).toMatchObject({ memory: 512 });
  });

  test('does without a log retention that may not be read', async () => {
    const { deploy, functions, logs } = await accountWithVersion();
    logs.beforeRead = () => {
      throw new AppsctlError('ACCESS_DENIED', 'no');
    };
    await deploy(await bundle('1.1.0'));
    expect(functions.functions.get(NEW)).toMatchObject({ memory: 512 });
    expect(logs.groups.size).toBe(0);
  });
});

test('a deployment without new functions looks for no other version', async () => {
  const { bucket, deploy } = await accountWithVersion();
  await deploy(await bundle('1.0.0'));
  expect(bucket.reads.filter((read) => /list manifests/.test(read))).toEqual([]);
});

describe('the log retention', () => {
  const GROUP = `/aws/lambda/${OLD}`;

  test('is set before a function is created, so that a deployment that stops in between can be repeated', async () => {
    const { changes, deploy, onChange, logs } = memoryAccount();
    onChange((change) => {
      if (change === `create ${OLD}`) throw new AppsctlError('NETWORK', 'down');
    });
    await expect(deploy(await bundle('1.0.0'), {}, { logRetention: 7 })).rejects.toThrow('down');
    onChange(() => {});
    await deploy(await bundle('1.0.0'), {}, { logRetention: 7 });
    expect(changes.filter((change) => /retain|create com/.test(change))).toEqual([
      `retain ${GROUP} for 7 days`,
      `retain ${GROUP} for 7 days`,
      `create ${OLD}`,
    ]);
    expect(logs.reads).toEqual([]);
  });

  test('of a function that exists is compared, and needs update', async () => {
    const { changes, deploy, logs } = memoryAccount();
    await deploy(await bundle('1.0.0'));
    logs.groups.set(GROUP, 7);
    changes.length = 0;
    const values = { logRetention: 30 };
    await expect(deploy(await bundle('1.0.0'), {}, values)).rejects.toMatchObject({
      code: 'DIFFERS',
      message: expect.stringContaining('log retention 7 days -> 30 days'),
    });
    await deploy(await bundle('1.0.0'), { update: true }, values);
    expect(changes.filter((change) => /retain|update com/.test(change))).toEqual([
      `retain ${GROUP} for 30 days`,
      `update ${OLD} (logRetention)`,
    ]);
    changes.length = 0;
    await deploy(await bundle('1.0.0'), {}, values);
    expect(changes.filter((change) => /retain/.test(change))).toEqual([]);
  });

  test('is not read when no setting needs it', async () => {
    const { deploy, logs } = memoryAccount();
    await deploy(await bundle('1.0.0'));
    await deploy(await bundle('1.0.0'), { update: true }, { memory: 512 });
    expect(logs.reads).toEqual([]);
  });
});

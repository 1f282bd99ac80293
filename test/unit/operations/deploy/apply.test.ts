import JSZip from 'jszip';
import { describe, expect, test } from 'vitest';
import { uploadKey } from '../../../../src/core/deploy/archive-uploads.js';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { INVOKE_GRANT, withGrantedResources } from '../../../../src/core/policy/policy-grants.js';
import { functionArchive, manifest, zip } from '../../../support/bundle.js';
import {
  ASSET_PREFIX,
  bundleBytes,
  FUNCTION,
  FUNCTION_ARN,
  LOCK_KEY,
  MANIFEST_KEY,
  manifestWithFunctions,
  memoryAccount,
  POLICY_ARN,
} from '../../../support/memory-ports/memory-account.js';
import { machine } from '../../../support/memory-ports.js';
import { DEPLOY, INTERRUPTION } from '../../../support/messages/deploy.js';
import { ANY, matching } from '../../../support/messages/output.js';
import { AGAIN } from '../../../support/messages/usage.js';

const APP = 'com.example.test';
/** The changes of a first deployment, each by the step that it belongs to. */
const STEPS = [
  `create ${FUNCTION}`,
  `put ${ASSET_PREFIX}a.txt`,
  `create ${LOCK_KEY}`,
  'version p',
  `put ${MANIFEST_KEY}`,
  `remove ${LOCK_KEY}`,
  `list ${APP}`,
  `install ${APP}`,
];

describe('the order of a deployment', () => {
  test('functions and assets, then the invoke policy, the manifest, the listing and the installation', async () => {
    const { changes, deploy, isAllowed } = memoryAccount({ hasMattermost: true });
    const result = await deploy(await bundleBytes(), { install: true });
    expect(changes.slice(0, 3).sort()).toEqual([
      `create ${FUNCTION}`,
      `put ${ASSET_PREFIX}a.txt`,
      `put ${ASSET_PREFIX}b.txt`,
    ]);
    expect(changes.slice(3, 6)).toEqual([`create ${LOCK_KEY}`, 'version p', `put ${MANIFEST_KEY}`]);
    expect(changes.slice(6).sort()).toEqual([`install ${APP}`, `list ${APP}`, `remove ${LOCK_KEY}`]);
    expect(changes.indexOf(`list ${APP}`)).toBeLessThan(changes.indexOf(`install ${APP}`));
    expect(isAllowed()).toBe(true);
    expect(result).toEqual({
      executionRoleArn: 'arn:aws:iam::123456789012:role/role',
      policyArns: [POLICY_ARN],
      functionOutcomes: new Map([[FUNCTION, 'created']]),
    });
  });

  test('each step is reported once it is done', async () => {
    const { events, deploy } = memoryAccount({ hasMattermost: true });
    await deploy(await bundleBytes(), { install: true });
    const created = events.flatMap((event) =>
      event.type === 'resource' ? [`${event.outcome} ${event.kind} ${event.name}`] : [],
    );
    expect(created.slice(0, 3).sort()).toEqual([
      `created asset ${ASSET_PREFIX}a.txt`,
      `created asset ${ASSET_PREFIX}b.txt`,
      `created function ${FUNCTION}`,
    ]);
    expect(created.slice(3)).toEqual([
      'updated invoke policy p',
      `created manifest ${MANIFEST_KEY}`,
      `created listing ${APP}`,
      `created installation ${APP}`,
    ]);
  });

  test('without a Mattermost server, the app is neither listed nor installed', async () => {
    const { changes, deploy } = memoryAccount();
    await deploy(await bundleBytes(), { install: true });
    expect(changes.at(-1)).toBe(`remove ${LOCK_KEY}`);
  });

  test('without install, the app is listed only', async () => {
    const { changes, events, deploy } = memoryAccount({ hasMattermost: true });
    await deploy(await bundleBytes());
    expect(changes).toContain(`list ${APP}`);
    expect(changes).not.toContain(`install ${APP}`);
    expect(events).not.toContainEqual(expect.objectContaining({ kind: 'installation' }));
  });

  test('objects have a content type', async () => {
    const { bucket, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    expect(Object.fromEntries(bucket.contentTypes)).toEqual({
      [`${ASSET_PREFIX}a.txt`]: 'text/plain; charset=utf-8',
      [`${ASSET_PREFIX}b.txt`]: 'text/plain; charset=utf-8',
      [MANIFEST_KEY]: 'application/json',
    });
  });
});

describe('only what differs is changed', () => {
  test('nothing, when the same bundle is deployed again', async () => {
    const { changes, events, clock, deploy } = memoryAccount({ hasMattermost: true });
    await deploy(await bundleBytes(), { install: true });
    changes.length = 0;
    events.length = 0;
    const waited = clock.waited;
    await deploy(await bundleBytes(), { install: true });
    expect(changes).toEqual([]);
    const [first, ...others] = events;
    expect(first).toEqual({ type: 'account', accountId: '123456789012', region: 'us-east-1' });
    expect(others).toHaveLength(7);
    expect(others.every((event) => event.type === 'resource' && event.outcome === 'unchanged')).toBe(true);
    expect(clock.waited).toBe(waited);
  });

  test('the code and the assets of another bundle', async () => {
    const { changes, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    changes.length = 0;
    const code = await functionArchive('exports.handler = () => 2;');
    const bytes = await bundleBytes(manifest(), { 'go.zip': code, 'static/b.txt': 'new' });
    await deploy(bytes, { update: true });
    expect(changes[0]).toBe(`check ${FUNCTION}`);
    expect(changes.slice(1).sort()).toEqual([`put ${ASSET_PREFIX}b.txt`, `update ${FUNCTION} (code)`]);
  });

  test('the manifest, the listing and the installation', async () => {
    const { changes, deploy } = memoryAccount({ hasMattermost: true });
    await deploy(await bundleBytes(), { install: true });
    changes.length = 0;
    await deploy(await bundleBytes(manifest({ display_name: 'Other' })), { install: true, update: true });
    expect(changes).toEqual([`put ${MANIFEST_KEY}`, `list ${APP}`, `install ${APP}`]);
  });
});

describe('what would be replaced without update is refused before anything is changed', () => {
  test.each<[string, () => Promise<Uint8Array>]>([
    [
      'a function',
      async () => bundleBytes(manifest(), { 'go.zip': await functionArchive('exports.handler = () => 2;') }),
    ],
    ['an asset', () => bundleBytes(manifest(), { 'static/b.txt': 'new' })],
    ['the manifest', () => bundleBytes(manifest({ display_name: 'Other' }))],
  ])('%s', async (_, build) => {
    const { changes, deploy, plan } = memoryAccount({ hasMattermost: true });
    await deploy(await bundleBytes());
    changes.length = 0;
    const { apply } = await plan(await build());
    const beforeChanges = (): void => void changes.push('called');
    await expect(apply(beforeChanges)).rejects.toMatchObject({ code: 'DIFFERS' });
    expect(changes).toEqual([]);
  });
});

describe('new code is checked before anything is changed', () => {
  const refusing = (change: string): void => {
    if (change.startsWith('check ')) throw new AppsctlError('ACCESS_DENIED', 'cannot update the code');
  };

  test('and nothing is changed when Lambda would not accept it', async () => {
    const { changes, onChange, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    changes.length = 0;
    onChange(refusing);
    const code = await functionArchive('exports.handler = () => 2;');
    const bytes = await bundleBytes(manifest(), { 'go.zip': code, 'static/b.txt': 'new' });
    await expect(deploy(bytes, { update: true })).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    expect(changes).toEqual([]);
  });

  test('also for another architecture, which requires new code', async () => {
    const { changes, onChange, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    changes.length = 0;
    onChange(refusing);
    const deployment = deploy(await bundleBytes(), { update: true }, { architecture: 'arm64' });
    await expect(deployment).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    expect(changes).toEqual([]);
  });

  test('but not for other settings', async () => {
    const { changes, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    changes.length = 0;
    await deploy(await bundleBytes(), { update: true }, { memory: 512 });
    expect(changes).toEqual([`update ${FUNCTION} (memory)`]);
  });
});

describe('when a step fails', () => {
  test.each(STEPS)('at "%s", its error is reported and the same deployment finishes later', async (step) => {
    const { onChange, bucket, deploy, isAllowed, mattermost } = memoryAccount({ hasMattermost: true });
    let isRefused = true;
    onChange((change) => {
      if (isRefused && change === step) throw new AppsctlError('ACCESS_DENIED', `cannot ${change}`);
    });
    await expect(deploy(await bundleBytes(), { install: true })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: `cannot ${step}`,
    });
    isRefused = false;
    await deploy(await bundleBytes(), { install: true });
    expect(isAllowed()).toBe(true);
    expect([...bucket.objects.keys()].sort()).toEqual([
      MANIFEST_KEY,
      `${ASSET_PREFIX}a.txt`,
      `${ASSET_PREFIX}b.txt`,
    ]);
    expect(mattermost.installations.has(APP)).toBe(true);
  });

  test.each(['version p', `put ${MANIFEST_KEY}`])('at "%s", the lock is released', async (step) => {
    const { onChange, bucket, deploy } = memoryAccount();
    onChange((change) => {
      if (change === step) throw new AppsctlError('SERVICE', 'broken');
    });
    await expect(deploy(await bundleBytes())).rejects.toMatchObject({ code: 'SERVICE' });
    expect(bucket.objects.has(LOCK_KEY)).toBe(false);
  });

  test('and the lock cannot be released either, the first error is reported', async () => {
    const { onChange, deploy } = memoryAccount();
    onChange((change) => {
      if (change === 'version p') throw new AppsctlError('SERVICE', 'the first one');
      if (change === `remove ${LOCK_KEY}`) throw new AppsctlError('ACCESS_DENIED', 'the second one');
    });
    await expect(deploy(await bundleBytes())).rejects.toMatchObject({ message: 'the first one' });
  });

  test('no later step is begun', async () => {
    const { changes, onChange, deploy } = memoryAccount({ hasMattermost: true });
    onChange((change) => {
      if (change === `put ${ASSET_PREFIX}a.txt`) throw new AppsctlError('SERVICE', 'broken');
    });
    await expect(deploy(await bundleBytes())).rejects.toMatchObject({ code: 'SERVICE' });
    expect(changes).not.toContain(`create ${LOCK_KEY}`);
  });
});

describe('when the signal is aborted', () => {
  const none = ['0 of 2 functions', '0 of 2 assets'] as const;
  const all = ['1 of 1 function', '2 of 2 assets'] as const;
  const notDone = ['manifest', 'listing', 'installation'];

  test.each([
    ['before the first step', 'check', none, ['invoke policy', ...notDone]],
    ['during functions and assets', STEPS[0], [ANY, ANY], ['invoke policy', ...notDone]],
    ['while the lock is acquired', STEPS[2], all, notDone],
    ['while the policy is written', STEPS[3], all, notDone],
    ['while the manifest is uploaded', STEPS[4], all, notDone.slice(1)],
    ['while the app is listed', STEPS[6], all, notDone.slice(2)],
  ] as const)('%s, the error says what is done, and the lock is released', async (_, step, done, missing) => {
    const [functions, assets] = done;
    const controller = new AbortController();
    const { onChange, plan, bucket } = memoryAccount({ hasMattermost: true, signal: controller.signal });
    const isFirst = step === 'check';
    const content = isFirst ? manifestWithFunctions(['go', 'go2']) : manifest();
    const files = isFirst ? { 'go2.zip': await functionArchive() } : undefined;
    const planned = await plan(await bundleBytes(content, files), { install: true });
    if (isFirst) controller.abort();
    onChange((change) => {
      if (change === step) controller.abort();
    });
    await expect(planned.apply()).rejects.toMatchObject({
      code: 'INTERRUPTED',
      message: expect.stringMatching(matching(INTERRUPTION.during(functions, assets, ...missing))),
      hint: INTERRUPTION.finish(AGAIN.library),
    });
    expect(bucket.objects.has(LOCK_KEY)).toBe(false);
  });

  test('after another deployment has allowed the functions, the invoke policy is not missing', async () => {
    const controller = new AbortController();
    const { onChange, plan, policies, changes } = memoryAccount({ signal: controller.signal });
    const before = policies.readDocument(POLICY_ARN);
    const planned = await plan(await bundleBytes());
    onChange((change) => {
      if (change !== `create ${LOCK_KEY}`) return;
      policies.write(POLICY_ARN, withGrantedResources(before, INVOKE_GRANT, [FUNCTION_ARN]));
      controller.abort();
    });
    await expect(planned.apply()).rejects.toMatchObject({
      message: 'interrupted: completed 1 of 1 function and 2 of 2 assets; not done: manifest',
    });
    expect(changes).not.toContain('version p');
  });

  test('during the last step, the deployment finishes', async () => {
    const controller = new AbortController();
    const { onChange, deploy, mattermost } = memoryAccount({
      hasMattermost: true,
      signal: controller.signal,
    });
    onChange((change) => {
      if (change === `install ${APP}`) controller.abort();
    });
    await deploy(await bundleBytes(), { install: true });
    expect(mattermost.installations.has(APP)).toBe(true);
  });

  test('the same deployment finishes later', async () => {
    const controller = new AbortController();
    const { onChange, deploy, plan, isAllowed } = memoryAccount({ signal: controller.signal });
    onChange((change) => {
      if (change === `create ${LOCK_KEY}`) controller.abort();
    });
    await expect(deploy(await bundleBytes())).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const again = await plan(await bundleBytes(), {}, {}, { signal: undefined });
    await again.apply();
    expect(isAllowed()).toBe(true);
  });
});

describe('functions', () => {
  test('that an interrupted deployment was creating are waited for', async () => {
    const { functions, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    functions.add(FUNCTION, { ...functions.functions.get(FUNCTION), status: 'busy' });
    await deploy(await bundleBytes());
    expect(functions.functions.get(FUNCTION)?.status).toBe('ready');
  });

  test('that are ready are not waited for', async () => {
    const { functions, deploy } = memoryAccount();
    await deploy(await bundleBytes());
    await deploy(await bundleBytes());
    expect(functions.reads).not.toContain(`wait for ${FUNCTION}`);
  });
});

describe('a function that appears between plan and deployment', () => {
  async function race(codeSha256: string, update: boolean, isDeleted = false) {
    const account = memoryAccount();
    account.onChange((change) => {
      if (change !== `create ${FUNCTION}`) return;
      account.functions.add(FUNCTION, { codeSha256, status: 'busy' });
      if (isDeleted) account.functions.find = async () => undefined;
    });
    return { ...account, deployment: account.deploy(await bundleBytes(), { update }) };
  }

  test('is refused like any other that differs', async () => {
    const { functions, deployment } = await race('other', false);
    await expect(deployment).rejects.toMatchObject({
      code: 'DIFFERS',
      message: DEPLOY.functionDiffers(FUNCTION, 'code'),
    });
    expect(functions.functions.get(FUNCTION)?.codeSha256).toBe('other');
  });

  test('is updated with update, and reported as updated', async () => {
    const { events, changes, deployment } = await race('other', true);
    const { functionOutcomes } = await deployment;
    expect(changes).toContain(`update ${FUNCTION} (code)`);
    expect(functionOutcomes).toEqual(new Map([[FUNCTION, 'updated']]));
    expect(events).toContainEqual({ type: 'resource', kind: 'function', name: FUNCTION, outcome: 'updated' });
  });

  test('is our own if it is as planned, because the response to its creation was lost', async () => {
    const { plan } = memoryAccount();
    const { code } = (await plan(await bundleBytes())).plan.functions[0]?.spec ?? {};
    const { events, functions, deployment } = await race(code?.sha256Base64 ?? '', false);
    await deployment;
    expect(functions.functions.get(FUNCTION)?.status).toBe('ready');
    expect(events).toContainEqual({ type: 'resource', kind: 'function', name: FUNCTION, outcome: 'created' });
  });

  test('is our own if only what cannot be compared may differ', async () => {
    const { plan } = memoryAccount();
    const { code } = (await plan(await bundleBytes())).plan.functions[0]?.spec ?? {};
    const account = memoryAccount();
    account.onChange((change) => {
      if (change !== `create ${FUNCTION}`) return;
      account.functions.add(FUNCTION, { codeSha256: code?.sha256Base64 ?? '', tags: undefined });
    });
    await account.deploy(await bundleBytes(), {}, { tags: { team: 'a' } });
    expect(account.events).toContainEqual({
      ...{ type: 'resource', kind: 'function', name: FUNCTION, outcome: 'created' },
    });
  });

  test('and disappears again is a conflict', async () => {
    const { deployment } = await race('other', true, true);
    await expect(deployment).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `function ${FUNCTION} was created and deleted by another deployment`,
    });
  });

  test('and could not be created is refused', async () => {
    const account = memoryAccount();
    account.onChange((change) => {
      if (change === `create ${FUNCTION}`)
        account.functions.add(FUNCTION, { status: 'failed', failure: 'broken' });
    });
    await expect(account.deploy(await bundleBytes(), { update: true })).rejects.toThrow(FUNCTION);
  });
});

describe('invoke policies that allow the functions already', () => {
  /** An account with two deployed functions, and the policy as it was before. */
  async function deployTwo() {
    const account = memoryAccount();
    const before = account.policies.readDocument(POLICY_ARN);
    const content = manifestWithFunctions(['go', 'go2']);
    const bytes = await bundleBytes(content, { 'go2.zip': await functionArchive() });
    await account.deploy(bytes);
    account.policies.reads.length = 0;
    return { ...account, before, bytes };
  }

  test('are read again if a function is created: another deployment may have removed its ARN', async () => {
    const { policies, functions, onChange, deploy, isAllowed, before, bytes } = await deployTwo();
    functions.functions.delete(FUNCTION);
    onChange((change) => {
      if (change === `create ${FUNCTION}`) policies.write(POLICY_ARN, before);
    });
    await deploy(bytes);
    expect(isAllowed()).toBe(true);
  });

  test('are not read again otherwise', async () => {
    const { policies, deploy, bytes } = await deployTwo();
    await deploy(bytes);
    expect(policies.reads).toEqual(['find p']);
  });
});

test('an asset that has changed since it was verified is not uploaded', async () => {
  const { changes, plan } = memoryAccount();
  const bytes = await zip({
    'manifest.json': JSON.stringify(manifest()),
    'go.zip': await functionArchive(),
    'static/a.txt': 'a',
  });
  const planned = await plan(bytes);
  for (const step of planned.plan.assets) Object.assign(step, { md5: 'of other content' });
  await expect(planned.apply()).rejects.toMatchObject({
    code: 'INVALID_BUNDLE',
    message: 'app.zip: static/a.txt has changed since it was verified',
  });
  expect(changes.filter((change) => change.startsWith('put '))).toEqual([]);
});

test('abandoned uploads are removed last, after a deployment of a large archive', async () => {
  const { bucket, changes, deploy } = memoryAccount({ hasMattermost: true });
  const key = uploadKey(machine('here', 99));
  bucket.objects.set(key, { body: Buffer.alloc(1), etag: 'e' });
  const archive = new JSZip().file('index.js', 'exports.handler = 1;').file('data', Buffer.alloc(10_000_000));
  const code = await archive.generateAsync({ type: 'nodebuffer', platform: 'UNIX', compression: 'STORE' });
  await deploy(await bundleBytes(manifest(), { 'go.zip': code }));
  expect(bucket.objects.has(key)).toBe(false);
  expect(changes.indexOf(`remove ${key}`)).toBeGreaterThan(changes.indexOf(`put ${MANIFEST_KEY}`));
});

import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openBundle } from '../../../../src/bundle/open-bundle.js';
import { describePass, passJson } from '../../../../src/cli/render/pass.js';
import type { DeployerEvent } from '../../../../src/core/deployer/event.js';
import type { DeployerMessage } from '../../../../src/core/deployer/message.js';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import type { PreparedDeployment } from '../../../../src/operations/deploy/deploy.js';
import type { DeployerAccess, DeployerPorts } from '../../../../src/operations/deployer/ports.js';
import { runPass } from '../../../../src/operations/deployer/run-pass.js';
import type { DeployerSettings } from '../../../../src/operations/deployer/settings.js';
import { zip } from '../../../support/bundle.js';
import { appBundle, settableClock } from '../../../support/deployer.js';
import { MemoryBucket, MemoryBundleBucket, machine } from '../../../support/memory-ports.js';

const SETTINGS: DeployerSettings = {
  bucket: 'bundles',
  environment: 'staging',
  prefix: '',
  allowedApps: undefined,
  forcedKeys: new Set(),
  maxDurationMs: 60 * 60_000,
  parallelBundles: 1,
  summary: false,
  temporaryFolder: undefined,
};
const FULL = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`tag-${index}`, 'x']));

/** A deployer whose deployments only call a function. */
function setUp(changes: Partial<DeployerSettings> = {}) {
  const bundles = new MemoryBundleBucket();
  const leases = new MemoryBucket();
  const clock = settableClock();
  const events: DeployerEvent[] = [];
  const messages: DeployerMessage[] = [];
  const end = new AbortController();
  /** Called with the ID and version of each app that is deployed. */
  const work = { deploy: async (_app: string): Promise<void> => {} };
  const access: DeployerAccess = {
    ...{ bundles, leases },
    async withDeployment({ path }, _context, prepared) {
      const { manifest, close } = await openBundle(path);
      await close();
      const apply = async () => {
        await work.deploy(`${manifest.app_id} ${manifest.version}`);
        return { functionOutcomes: new Map([['f', 'created']]) };
      };
      return prepared({ manifest, apply } as unknown as PreparedDeployment);
    },
  };
  const ports: DeployerPorts = {
    ...{ clock, signal: end.signal, process: machine('here', 1), toldFailures: new Map() },
    onEvent: (event) => events.push(event),
    notifier: { notify: (message) => messages.push(message), flush: async () => 0 },
    openAccess: async () => access,
  };
  const run = () => runPass({ ...SETTINGS, ...changes }, ports);
  const upload = async (key: string, id: string, version = '1.0.0') =>
    bundles.upload(key, await appBundle(id, { version }));
  const kinds = (): string[] => messages.map(({ kind }) => kind);
  return { bundles, leases, clock, events, messages, kinds, end, work, ports, run, upload };
}

describe('a pass', () => {
  test('is told as it goes on, and leaves no lease', async () => {
    const { run, upload, events, kinds, leases } = setUp();
    await upload('a.zip', 'com.example.a');
    const report = await run();
    expect(report).toMatchObject({ deployed: [{ key: 'a.zip' }], failed: [], heldBy: undefined });
    // Not the waits, which are the more the slower the machine is.
    expect(events.flatMap((event) => ('state' in event ? `${event.type} ${event.state}` : []))).toEqual([
      'pass started',
      'bundle started',
      'bundle deployed',
      'pass ended',
    ]);
    expect([kinds(), leases.objects.size]).toEqual([['deployed'], 0]);
  });

  test('survives a bug in the deployment of one bundle, which is told and tried again', async () => {
    const { run, upload, work, messages, bundles } = setUp();
    await upload('a.zip', 'com.example.a');
    await upload('b.zip', 'com.example.b');
    const bug = new TypeError('x is not a function');
    work.deploy = async (app) => {
      if (app.startsWith('com.example.a')) throw bug;
    };
    const { deployed, failed } = await run();
    expect(deployed.map(({ key }) => key)).toEqual(['b.zip']);
    expect(failed).toMatchObject([
      { error: { code: 'INTERNAL', message: 'internal error: x is not a function' } },
    ]);
    // With its stack trace.
    expect(failed[0]?.error.cause).toBe(bug);
    expect(messages).toMatchObject([{ kind: 'failed' }, { kind: 'deployed' }]);
    expect(bundles.tagsOf('a.zip')['failed_staging']).toMatch(/ INTERNAL$/);
  });

  test('leaves a bundle as it is that has failed, and that someone retries before the pass ends', async () => {
    const { run, upload, work, bundles } = setUp();
    bundles.upload('a.zip', 'not a zip');
    await upload('b.zip', 'com.example.b');
    work.deploy = async () => {
      expect(bundles.tagsOf('a.zip')).toHaveProperty('failed_staging');
      bundles.replaceTags('a.zip', {});
    };
    expect(await run()).toMatchObject({ deployed: [{ key: 'b.zip' }], failed: [{ key: 'a.zip' }] });
    expect(bundles.tagsOf('a.zip')).toEqual({});
  });

  test('keeps the beginning of a very long name', async () => {
    const { run, bundles } = setUp();
    const changes = {
      display_name: '\u{1f410}'.repeat(100_000),
      homepage_url: `https://example.com/${'x'.repeat(3000)}`,
    };
    bundles.upload('a.zip', await appBundle('com.example.a', changes));
    const [deployed] = (await run()).deployed;
    expect(deployed?.app).toMatchObject({ displayName: `${'\u{1f410}'.repeat(100)}…`, homepageUrl: '' });
  });

  test('keeps a few of the findings of a bundle with very many', async () => {
    const { run, bundles } = setUp();
    const names = Array.from({ length: 200 }, (_, index) => `static/../${index}`);
    bundles.upload('a.zip', await zip(Object.fromEntries(names.map((name) => [name, 'x']))));
    const [failed] = (await run()).failed;
    expect(failed?.error.message).toMatch(/ has 201 errors$/);
    expect(failed?.error.findings).toHaveLength(50);
  });

  test('does nothing while another one holds the lease, even if that does not say since when', async () => {
    const { run, upload, leases, bundles, clock } = setUp();
    await upload('a.zip', 'com.example.a');
    leases.clock = clock;
    await leases.putIfAbsent('locks/deployer-staging.json', Buffer.from('{ "run": "other" }'));
    const report = await run();
    expect(report).toMatchObject({ deployed: [], heldBy: { run: 'other', host: '', since: undefined } });
    expect(describePass(report)).toBe('nothing was done: run other is still going on');
    expect(passJson(report)).toMatchObject({ heldBy: { run: 'other', since: undefined } });
    expect(bundles.requests).toEqual([]);
  });

  test('that fails for a bug of its own is told', async () => {
    const { run, upload, bundles, messages, leases } = setUp();
    await upload('a.zip', 'com.example.a');
    const bug = new TypeError('x is not a function');
    bundles.beforeRequest = () => {
      throw bug;
    };
    await expect(run()).rejects.toBe(bug);
    expect(messages).toMatchObject([{ kind: 'pass failed', error: { code: 'INTERNAL' } }]);
    expect(leases.objects.size).toBe(0);
  });

  test('that cannot begin is told, and one that is interrupted is not', async () => {
    const { run, ports, kinds } = setUp();
    ports.openAccess = async () => {
      throw new AppsctlError('INTERRUPTED', 'interrupted');
    };
    await expect(run()).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(kinds()).toEqual([]);
    ports.openAccess = async () => {
      throw new AppsctlError('CREDENTIALS', 'no credentials');
    };
    await expect(run()).rejects.toMatchObject({ code: 'CREDENTIALS' });
    expect(kinds()).toEqual(['pass failed']);
  });

  test.each<[string, boolean, string[]]>([
    ['one message each', false, ['deployed', 'pass failed']],
    ['a summary', true, ['summary', 'pass failed']],
  ])('whose credentials end tells what it has done: %s', async (_, summary, expected) => {
    const { run, upload, work, kinds } = setUp({ summary });
    await upload('a.zip', 'com.example.a');
    await upload('b.zip', 'com.example.b');
    work.deploy = async (app) => {
      if (app.startsWith('com.example.b')) throw new AppsctlError('CREDENTIALS', 'expired');
    };
    await expect(run()).rejects.toMatchObject({ code: 'CREDENTIALS' });
    expect(kinds()).toEqual(expected);
  });

  test('that is interrupted says what it has done, and finishes the bundle that it deploys', async () => {
    const { run, upload, work, end, bundles, leases } = setUp();
    await upload('a.zip', 'com.example.a');
    await upload('b.zip', 'com.example.b');
    work.deploy = async () => end.abort();
    await expect(run()).rejects.toMatchObject({
      code: 'INTERRUPTED',
      message: 'interrupted: 1 deployed, 0 failed',
    });
    expect(bundles.tagsOf('a.zip')).toEqual({ deployed_staging: 'true' });
    expect(bundles.tagsOf('b.zip')).toEqual({});
    expect(leases.objects.size).toBe(0);
  });

  test('that is interrupted records no failure: another one may have deployed the bundle, if the lease is lost', async () => {
    const { run, upload, work, end, bundles, kinds } = setUp();
    await upload('a.zip', 'com.example.a');
    work.deploy = async () => {
      end.abort();
      bundles.addTags('a.zip', { deployed_staging: 'true' });
      throw new AppsctlError('NETWORK', 'cannot reach AWS');
    };
    await expect(run()).rejects.toMatchObject({
      code: 'INTERRUPTED',
      message: 'interrupted: 0 deployed, 0 failed',
    });
    expect(bundles.tagsOf('a.zip')).toEqual({ deployed_staging: 'true' });
    expect(kinds()).toEqual([]);
  });

  test('stops when no bundle can be tagged, since the next one would do everything again', async () => {
    const { run, upload, bundles, kinds } = setUp();
    for (const name of ['a', 'b', 'c', 'd']) await upload(`${name}.zip`, `com.example.${name}`);
    bundles.beforeRequest = (request) => {
      if (request.startsWith('tag ')) throw new AppsctlError('ACCESS_DENIED', `cannot ${request}`);
    };
    await expect(run()).rejects.toMatchObject({ code: 'ACCESS_DENIED', message: 'cannot tag b.zip' });
    expect(bundles.requests.filter((request) => request.startsWith('open'))).toEqual([
      'open a.zip',
      'open b.zip',
    ]);
    expect(kinds()).toEqual(['failed', 'pass failed']);
  });

  test('forgets a bundle that was removed while it was deployed', async () => {
    const { run, upload, work, bundles } = setUp();
    await upload('a.zip', 'com.example.a');
    work.deploy = async () => bundles.remove('a.zip');
    const report = await run();
    expect(report).toMatchObject({ deployed: [], failed: [], waitingSince: undefined });
    expect(report.bundles).toEqual({ new: 0, deployed: 0, failed: 0, blocked: 0 });
  });
});

describe('what cannot be recorded', () => {
  test('is tried by each pass, and told by one of them in a day, in a loop of passes', async () => {
    const { run, bundles, clock, kinds } = setUp();
    bundles.upload('full.zip', 'x');
    bundles.addTags('full.zip', FULL);
    for (let hour = 0; hour < 49; hour++) {
      expect((await run()).failed).toMatchObject([{ error: { code: 'LIMIT' }, attempts: 1 }]);
      clock.set((hour + 1) * 60 * 60_000);
    }
    expect(kinds()).toEqual(['failed', 'failed', 'failed']);
  });

  test('because tags cannot be read is told of a few bundles only', async () => {
    const { run, upload, bundles, kinds } = setUp();
    await upload('good.zip', 'com.example.good');
    for (let index = 0; index < 20; index++) bundles.upload(`${index}.zip`, 'x');
    bundles.beforeRequest = (request) => {
      if (/^tags \d/.test(request)) throw new AppsctlError('ACCESS_DENIED', `cannot read ${request}`);
    };
    const { deployed, failed } = await run();
    expect([deployed.length, failed.length, kinds().length]).toEqual([1, 20, 5 + 1]);
  });
});

test('bundles of one app are deployed in turn, while others are deployed', async () => {
  const { run, upload, work } = setUp({ parallelBundles: 10 });
  for (const version of ['1.0.0', '1.1.0', '1.2.0'])
    await upload(`a-${version}.zip`, 'com.example.a', version);
  for (const name of ['b', 'c']) await upload(`${name}.zip`, `com.example.${name}`);
  const running = new Set<string>();
  const begun: string[] = [];
  let most = 0;
  work.deploy = async (app) => {
    const id = app.split(' ')[0] ?? '';
    expect(running.has(id)).toBe(false);
    running.add(id);
    begun.push(app);
    most = Math.max(most, running.size);
    await setTimeout(20);
    running.delete(id);
  };
  expect((await run()).deployed).toHaveLength(5);
  expect(begun.filter((app) => app.startsWith('com.example.a '))).toEqual([
    'com.example.a 1.0.0',
    'com.example.a 1.1.0',
    'com.example.a 1.2.0',
  ]);
  expect(most).toBe(3);
});

import { describe, expect, test } from 'vitest';
import { readBundle } from '../../../../src/bundle/open-bundle.js';
import type { FunctionSettings } from '../../../../src/core/deploy/function-spec.js';
import type { DeploySettings } from '../../../../src/core/deploy/plan.js';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import type { AppsctlEvent } from '../../../../src/core/diagnostics/event.js';
import { evaluateGrant, INVOKE_GRANT } from '../../../../src/core/policy/policy-grants.js';
import { initialInvokePolicy } from '../../../../src/core/policy/policy-templates.js';
import { prepareDeployment } from '../../../../src/operations/deploy/deploy.js';
import type { DeployPorts } from '../../../../src/operations/deploy/ports.js';
import { MemorySource } from '../../../../src/zip/byte-source.js';
import { functionArchive, manifest, zip } from '../../../support/bundle.js';
import {
  MemoryBucket,
  MemoryFunctions,
  MemoryPolicies,
  machine,
  waitContext,
} from '../../../support/memory-ports.js';

const POLICY = 'arn:aws:iam::123456789012:policy/p';
const FUNCTION = 'com-example-test_1-0-0_go';
const FUNCTION_ARN = `arn:aws:lambda:us-east-1:123456789012:function:${FUNCTION}`;
const LOCK = 'locks/p.json';

type Files = Readonly<Record<string, string | Uint8Array>>;

/** The bytes of a bundle with one function and two assets. */
async function bundleBytes(
  content: Record<string, unknown> = manifest(),
  files: Files = {},
): Promise<Buffer> {
  return zip({
    'manifest.json': JSON.stringify(content),
    'go.zip': await functionArchive(),
    'static/a.txt': 'a',
    'static/b.txt': 'b',
    ...files,
  });
}

const go = (changes: Record<string, unknown>) =>
  manifest({
    aws_lambda: {
      functions: [{ path: '/', name: 'go', handler: 'index.handler', runtime: 'nodejs22.x', ...changes }],
    },
  });

/** A prepared account in memory. */
function setUp(signal?: AbortSignal) {
  const policies = new MemoryPolicies();
  policies.put(POLICY, initialInvokePolicy('bucket', 'aws'), [{ kind: 'group', name: 'g' }]);
  const functions = new MemoryFunctions();
  const bucket = new MemoryBucket();
  const waiting = waitContext(signal);
  /** Everything that is changed, in order. */
  const changes: string[] = [];
  /** Runs before each change; may throw. */
  let beforeChange: (change: string) => void = () => {};
  for (const port of [policies, functions, bucket]) {
    port.beforeChange = (change) => {
      beforeChange(change);
      changes.push(change);
    };
  }
  const role = { arn: 'arn:aws:iam::123456789012:role/role', createdAt: 0, trustPolicy: undefined };
  const ports: Omit<DeployPorts, 'process'> = {
    roles: { findRole: async (name) => (name === 'role' ? role : undefined) },
    policies,
    openFunctions: async () => functions,
    openBucket: async () => bucket,
    openMattermost: async () => undefined,
    likelyAccount: undefined,
    ...waiting,
  };
  let pid = 0;
  /** Each deployment is a process of its own. */
  const plan = async (
    bytes: Uint8Array,
    flags: Partial<DeploySettings> = {},
    values: Partial<FunctionSettings> = {},
  ) =>
    prepareDeployment(() => readBundle('app.zip', new MemorySource(bytes)), settings(flags, values), {
      ...ports,
      process: machine('here', ++pid),
    });
  return {
    ...{ policies, functions, bucket, changes, plan, events: waiting.events, clock: waiting.clock },
    deploy: async (...args: Parameters<typeof plan>) => (await plan(...args)).apply(),
    onChange: (hook: typeof beforeChange) => {
      beforeChange = hook;
    },
    isAllowed: () => evaluateGrant([policies.documentOf(POLICY)], INVOKE_GRANT, FUNCTION_ARN) === 'allowed',
  };
}

function settings(flags: Partial<DeploySettings>, values: Partial<FunctionSettings>): DeploySettings {
  return {
    ...{ update: false, install: false, migrateRuntimes: false, region: 'us-east-1' },
    ...{ policyName: 'p', executionRoleName: 'role', now: Date.parse('2026-11-21') },
    functions: {
      ...{ memory: undefined, timeout: undefined, architecture: undefined },
      ...{ environment: undefined, replaceEnvironment: false, tags: undefined, ...values },
    },
    ...flags,
  };
}

const warnings = (events: readonly AppsctlEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.type === 'warning') return [event.message];
    return event.type === 'finding' && event.finding.severity === 'warning'
      ? [`${event.finding.location} ${event.finding.message}`]
      : [];
  });

describe('the order of a deployment', () => {
  test('functions and assets, then the right to invoke, then the manifest', async () => {
    const { changes, deploy, isAllowed } = setUp();
    const result = await deploy(await bundleBytes());
    expect(changes.slice(0, 3).sort()).toEqual([
      `create ${FUNCTION}`,
      'put static/com.example.test_1.0.0_app/a.txt',
      'put static/com.example.test_1.0.0_app/b.txt',
    ]);
    expect(changes.slice(3)).toEqual([
      `create ${LOCK}`,
      'version p',
      'put manifests/com.example.test_1.0.0.json',
      `remove ${LOCK}`,
    ]);
    expect(isAllowed()).toBe(true);
    expect(result).toEqual({ executionRoleArn: 'arn:aws:iam::123456789012:role/role', policyArns: [POLICY] });
  });

  test('the same again changes nothing', async () => {
    const { changes, deploy } = setUp();
    await deploy(await bundleBytes());
    changes.length = 0;
    await deploy(await bundleBytes());
    expect(changes).toEqual([]);
  });

  test('of a new bundle, only what differs', async () => {
    const { changes, functions, deploy } = setUp();
    await deploy(await bundleBytes());
    changes.length = 0;
    const code = await functionArchive('exports.handler = () => 2;');
    await deploy(await bundleBytes(manifest(), { 'go.zip': code, 'static/b.txt': 'new' }), { update: true });
    expect(changes.sort()).toEqual([
      `check ${FUNCTION}`,
      'put static/com.example.test_1.0.0_app/b.txt',
      `update ${FUNCTION} (code)`,
    ]);
    expect(functions.changes.at(-1)).toBe(`update ${FUNCTION} (code)`);
  });

  test('a function that an earlier run left on its way is waited for', async () => {
    const { functions, deploy } = setUp();
    await deploy(await bundleBytes());
    functions.add(FUNCTION, { ...functions.functions.get(FUNCTION), status: 'busy' });
    await deploy(await bundleBytes());
    expect(functions.functions.get(FUNCTION)?.status).toBe('ready');
  });

  test('nothing is changed when AWS would not accept new code', async () => {
    const { changes, onChange, deploy } = setUp();
    await deploy(await bundleBytes());
    changes.length = 0;
    onChange((change) => {
      if (change.startsWith('check ')) throw new AppsctlError('ACCESS_DENIED', 'cannot update the code');
    });
    const code = await functionArchive('exports.handler = () => 2;');
    const bytes = await bundleBytes(manifest(), { 'go.zip': code, 'static/b.txt': 'new' });
    await expect(deploy(bytes, { update: true })).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    expect(changes).toEqual([]);
  });
});

describe('when a step fails', () => {
  const steps = ['create com', 'put static', 'create locks', 'version p', 'put manifests', 'remove locks'];
  test.each(steps)('at "%s", the error is reported and the same deployment again finishes', async (step) => {
    const { onChange, bucket, deploy, isAllowed } = setUp();
    let isRefused = true;
    onChange((change) => {
      if (isRefused && change.startsWith(step)) throw new AppsctlError('ACCESS_DENIED', `cannot ${change}`);
    });
    await expect(deploy(await bundleBytes())).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    isRefused = false;
    await deploy(await bundleBytes(), {});
    expect(isAllowed()).toBe(true);
    expect([...bucket.objects.keys()].sort()).toEqual([
      'manifests/com.example.test_1.0.0.json',
      'static/com.example.test_1.0.0_app/a.txt',
      'static/com.example.test_1.0.0_app/b.txt',
    ]);
  });

  test.each(steps.slice(0, 4))('an interruption at "%s" says what is done and what is not', async (step) => {
    const interruption = new AbortController();
    const { onChange, bucket, deploy } = setUp(interruption.signal);
    onChange((change) => {
      if (change.startsWith(step)) interruption.abort();
    });
    await expect(deploy(await bundleBytes())).rejects.toMatchObject({
      code: 'INTERRUPTED',
      message: expect.stringMatching(
        /^interrupted: \d of 1 functions and \d of 2 assets are done, .*manifest not$/,
      ),
      hint: 'run the same command again to finish',
    });
    expect(bucket.objects.has(LOCK)).toBe(false);
  });
});

describe('what belongs to another app', () => {
  const fns = (name: string) => ({
    functions: [{ path: '/', name, handler: 'index.handler', runtime: 'nodejs22.x' }],
  });

  test.each([false, true])(
    'a manifest with the same key is not replaced, with --update: %j',
    async (update) => {
      const { changes, deploy } = setUp();
      await deploy(await bundleBytes(manifest({ app_id: 'foo', version: '1_bar' })));
      changes.length = 0;
      await expect(
        deploy(await bundleBytes(manifest({ app_id: 'foo_1', version: 'bar' })), { update }),
      ).rejects.toMatchObject({
        code: 'CONFLICT',
        message: 'manifest manifests/foo_1_bar.json belongs to app foo 1_bar: app foo_1 bar would replace it',
      });
      expect(changes).toEqual([]);
    },
  );

  test.each([false, true])(
    'a function with the same name is not replaced, with --update: %j',
    async (update) => {
      const { changes, deploy } = setUp();
      await deploy(await bundleBytes(manifest({ app_id: 'com.acme.pay', version: '1.0.0' })));
      changes.length = 0;
      const other = await bundleBytes(manifest({ app_id: 'com-acme.pay', version: '1-0-0' }));
      await expect(deploy(other, { update })).rejects.toMatchObject({
        code: 'CONFLICT',
        message:
          'function com-acme-pay_1-0-0_go belongs to app com.acme.pay 1.0.0: app com-acme.pay 1-0-0 would replace it',
      });
      expect(changes).toEqual([]);
    },
  );

  test('underscores in ids, versions and names make one name of three, too', async () => {
    const { bucket, functions, deploy } = setUp();
    const app = (app_id: string, version: string, name: string) =>
      manifest({
        ...{ app_id, version },
        aws_lambda: { functions: [{ path: '/', name, handler: 'index.handler', runtime: 'nodejs22.x' }] },
      });
    const bundle = async (content: Record<string, unknown>, name: string): Promise<Buffer> =>
      zip({ 'manifest.json': JSON.stringify(content), [`${name}.zip`]: await functionArchive() });
    await deploy(await bundle(app('foo', '1', 'x_y'), 'x_y'));
    expect([...functions.functions.keys()]).toEqual(['foo_1_x_y']);
    await expect(deploy(await bundle(app('foo_1', 'x', 'y'), 'y'), { update: true })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'function foo_1_x_y belongs to app foo 1: app foo_1 x would replace it',
    });
    expect(bucket.objects.has('manifests/foo_1_x.json')).toBe(false);
  });

  test('functions with other names are no conflict', async () => {
    const { functions, deploy } = setUp();
    await deploy(await bundleBytes(manifest({ app_id: 'com.acme.pay', version: '1.0.0' })));
    const other = manifest({ app_id: 'com-acme.pay', version: '1-0-0', aws_lambda: fns('other') });
    await deploy(await bundleBytes(other, { 'other.zip': await functionArchive() }));
    expect([...functions.functions.keys()]).toEqual(['com-acme-pay_1-0-0_go', 'com-acme-pay_1-0-0_other']);
  });

  test('a function of the app itself, whose deployment was killed before its manifest, is no conflict', async () => {
    const { bucket, deploy } = setUp();
    await deploy(await bundleBytes());
    bucket.objects.delete('manifests/com.example.test_1.0.0.json');
    await deploy(await bundleBytes());
    expect(bucket.objects.has('manifests/com.example.test_1.0.0.json')).toBe(true);
  });
});

describe('a function that somebody creates between plan and deployment', () => {
  /** Deploys while another function of the same name appears. */
  async function race(code: string, update: boolean) {
    const world = setUp();
    world.onChange((change) => {
      if (change === `create ${FUNCTION}`) world.functions.add(FUNCTION, { codeSha256: code });
    });
    return { ...world, deployment: world.deploy(await bundleBytes(), { update }) };
  }

  test('is refused like any other that differs', async () => {
    const { functions, deployment } = await race('other', false);
    await expect(deployment).rejects.toMatchObject({
      code: 'DIFFERS',
      message: `function on AWS differs from the bundle: ${FUNCTION} (code)`,
    });
    expect(functions.functions.get(FUNCTION)?.codeSha256).toBe('other');
  });

  test('is updated with --update, and reported as updated', async () => {
    const { events, deployment } = await race('other', true);
    await deployment;
    expect(events).toContainEqual({ type: 'resource', kind: 'function', name: FUNCTION, outcome: 'updated' });
  });

  test('is our own when it is what it should be: the answer to its creation was lost', async () => {
    const { plan } = setUp();
    const { code } = (await plan(await bundleBytes())).plan.functions[0]?.spec ?? {};
    const { events, deployment } = await race(code?.sha256Base64 ?? '', false);
    await deployment;
    expect(events).toContainEqual({ type: 'resource', kind: 'function', name: FUNCTION, outcome: 'created' });
  });
});

describe('runtimes that AWS has retired', () => {
  const program = { 'go.zip': zip({ app: 'AWS_LAMBDA_RUNTIME_API' }) };
  const goBundle = async (): Promise<Buffer> =>
    bundleBytes(go({ runtime: 'go1.x', handler: 'app' }), { 'go.zip': await program['go.zip'] });

  test('a function that was migrated stays so, without the flag', async () => {
    const { changes, events, functions, deploy } = setUp();
    await deploy(await goBundle(), { migrateRuntimes: true });
    expect(functions.functions.get(FUNCTION)).toMatchObject({
      runtime: 'provided.al2023',
      handler: 'bootstrap',
    });
    changes.length = 0;
    await deploy(await goBundle(), { update: true });
    expect(changes).toEqual([]);
    expect(warnings(events)).toContain(
      'function go is deployed with runtime provided.al2023 instead of go1.x: a bootstrap script starts its program',
    );
  });

  test.each([false, true])('no function is moved back to one, with --update: %j', async (update) => {
    const { changes, functions, deploy } = setUp();
    await deploy(await bundleBytes());
    changes.length = 0;
    await expect(deploy(await bundleBytes(go({ runtime: 'nodejs14.x' })), { update })).rejects.toMatchObject({
      code: 'UNSUPPORTED_RUNTIME',
      message: expect.stringMatching(
        /^function go uses runtime nodejs14\.x, which AWS no longer accepts for new functions/,
      ),
    });
    expect(changes).toEqual([]);
    expect(functions.functions.get(FUNCTION)?.runtime).toBe('nodejs22.x');
  });

  test('a function that still has one can be updated', async () => {
    const { functions, deploy } = setUp();
    await deploy(await bundleBytes());
    functions.add(FUNCTION, { ...functions.functions.get(FUNCTION), runtime: 'nodejs14.x' });
    await deploy(await bundleBytes(go({ runtime: 'nodejs14.x' })), { update: true }, { memory: 512 });
    expect(functions.functions.get(FUNCTION)).toMatchObject({ runtime: 'nodejs14.x', memory: 512 });
  });
});

describe('what is worth knowing', () => {
  test('functions that the bundle no longer has stay, and are named', async () => {
    const { events, functions, deploy } = setUp();
    const both = manifest({
      aws_lambda: {
        functions: ['go', 'old'].map((name) => ({
          path: `/${name}`,
          name,
          handler: 'index.handler',
          runtime: 'nodejs22.x',
        })),
      },
    });
    await deploy(await bundleBytes(both, { 'old.zip': await functionArchive() }));
    await deploy(await bundleBytes());
    expect(functions.functions.has('com-example-test_1-0-0_old')).toBe(true);
    expect(warnings(events)).toEqual([
      'function com-example-test_1-0-0_old is not in the bundle any more: it stays on AWS, and the server may still invoke it',
    ]);
  });

  test('assets that the bundle no longer has', async () => {
    const { events, deploy } = setUp();
    const earlier = { 'static/c.txt': 'c', 'static/d.txt': 'd' };
    await deploy(await bundleBytes(manifest(), earlier));
    await deploy(await bundleBytes());
    expect(warnings(events)).toEqual([
      'asset static/com.example.test_1.0.0_app/c.txt and 1 more are not in the bundle any more: they stay in the bucket, and the server still serves them',
    ]);
  });

  test('a function whose last update failed, although nothing is to be changed', async () => {
    const { events, functions, deploy } = setUp();
    await deploy(await bundleBytes());
    const current = functions.functions.get(FUNCTION);
    functions.add(FUNCTION, { ...current, updateFailure: 'the key is disabled' });
    await deploy(await bundleBytes());
    expect(warnings(events)).toEqual([`the last update of function ${FUNCTION} failed: the key is disabled`]);
  });

  test('a policy that does not let the server read the bucket', async () => {
    const { events, policies, deploy } = setUp();
    policies.put(POLICY, initialInvokePolicy('another-bucket', 'aws'), [{ kind: 'group', name: 'g' }]);
    await deploy(await bundleBytes());
    expect(warnings(events)).toEqual([
      'policy p does not let the server read bucket bucket: prepare it with aws init --create',
    ]);
  });
});

describe('what is in force of the policies', () => {
  const others = (length: number) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'x'.repeat(length) }],
  });

  test('is returned: the first policy and those that the server has besides', async () => {
    const { policies, deploy } = setUp();
    policies.write(POLICY, others(6000));
    // Somebody else's, which is not attached.
    policies.put(`${POLICY}-2`, others(1), []);
    expect((await deploy(await bundleBytes())).policyArns).toEqual([POLICY, `${POLICY}-3`]);
  });

  test('ends the deployment before any change when it denies the right', async () => {
    const { policies, changes, deploy } = setUp();
    const deny = { Effect: 'Deny', Action: 'lambda:*', Resource: '*' };
    policies.write(POLICY, { Version: '2012-10-17', Statement: [deny] });
    await expect(deploy(await bundleBytes())).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `policy p denies lambda:InvokeFunction on ${FUNCTION_ARN}`,
    });
    expect(changes).toEqual([]);
  });

  test('is read again when a function is created whose ARN was in it: others may have removed that', async () => {
    const { policies, functions, isAllowed, deploy, onChange } = setUp();
    const before = policies.documentOf(POLICY);
    await deploy(await bundleBytes());
    functions.functions.clear();
    onChange((change) => {
      if (change.startsWith('create ')) policies.write(POLICY, before);
    });
    await deploy(await bundleBytes());
    expect(isAllowed()).toBe(true);
  });
});

test('an asset that has changed since it was checked is not put', async () => {
  const { changes, plan } = setUp();
  const bytes = await zip({
    'manifest.json': JSON.stringify(manifest()),
    'go.zip': await functionArchive(),
    'static/a.txt': 'a',
  });
  const planned = await plan(bytes);
  for (const step of planned.plan.assets) Object.assign(step, { md5: 'of something else' });
  await expect(planned.apply()).rejects.toMatchObject({
    code: 'INVALID_BUNDLE',
    message: 'app.zip: static/a.txt has changed since it was checked',
  });
  expect(changes.filter((change) => change.startsWith('put '))).toEqual([]);
});

describe('assets of the same size', () => {
  const prefix = 'static/com.example.test_1.0.0_app/';

  test.each([false, true])(
    'are compared by checksum where ETags are not digests (it says so: %s)',
    async (claimsMd5) => {
      const { bucket, changes, deploy } = setUp();
      Object.assign(bucket, { areEtagsMd5: false, claimsMd5 });
      await deploy(await bundleBytes());
      changes.length = 0;
      await deploy(await bundleBytes());
      expect(changes).toEqual([]);
      // The same size, so that only the content shows the difference.
      await deploy(await bundleBytes(manifest(), { 'static/b.txt': 'c' }));
      expect(changes).toEqual([`put ${prefix}b.txt`]);
    },
  );

  test('are compared by ETag where one object shows that ETags are digests', async () => {
    const { bucket, changes, deploy } = setUp();
    await deploy(await bundleBytes());
    changes.length = 0;
    await deploy(await bundleBytes(manifest(), { 'static/a.txt': 'c', 'static/b.txt': 'd' }));
    expect(changes.sort()).toEqual([`put ${prefix}a.txt`, `put ${prefix}b.txt`]);
    expect(bucket.digestsRead).toEqual([`${prefix}a.txt`]);
  });

  test('are put again where checksums may not be read', async () => {
    const { bucket, changes, deploy } = setUp();
    bucket.areEtagsMd5 = false;
    bucket.digest = async () => undefined;
    await deploy(await bundleBytes());
    changes.length = 0;
    await deploy(await bundleBytes());
    expect(changes).toHaveLength(2);
  });
});

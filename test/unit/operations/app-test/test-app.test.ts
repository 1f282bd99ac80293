import { describe, expect, test } from 'vitest';
import { AppsctlError, type ErrorCode } from '../../../../src/core/diagnostics/error.js';
import type { FunctionCaller } from '../../../../src/core/ports/lambda.js';
import type { AppTestPorts } from '../../../../src/operations/app-test/ports.js';
import { testApp } from '../../../../src/operations/app-test/test-app.js';
import { manifest } from '../../../support/bundle.js';
import { MemoryBucket, waitContext } from '../../../support/memory-ports.js';

const APP = { id: 'com.example.test', version: undefined };
const OK = JSON.stringify({ statusCode: 200, body: '{"type":"ok"}' });
const refuse = (code: ErrorCode) => (): never => {
  throw new AppsctlError(code, `refused: ${code}`, { hint: 'do something' });
};

/** The bucket as the server sees it: what it does not need is denied. */
class ServerBucket extends MemoryBucket {
  override async get(key: string) {
    return /^(?:manifests|static)\//.test(key) ? super.get(key) : refuse('ACCESS_DENIED')();
  }

  override async replaceIf(): Promise<string | undefined> {
    return refuse('ACCESS_DENIED')();
  }
}

function newPorts(changes: Partial<AppTestPorts> & { invoke?: FunctionCaller['invoke'] } = {}) {
  const bucket = new ServerBucket();
  const content = manifest({ icon: 'icon.png' });
  bucket.objects.set('manifests/com.example.test_1.0.0.json', {
    body: Buffer.from(JSON.stringify(content)),
    etag: 'e',
  });
  bucket.objects.set('static/com.example.test_1.0.0_app/icon.png', { body: Buffer.from('png'), etag: 'e' });
  const { invoke = async () => ({ payload: OK, functionError: undefined, log: '' }), ...others } = changes;
  const context = waitContext();
  const ports: AppTestPorts = {
    ...context,
    identity: { arn: async () => 'arn:aws:iam::123456789012:user/server' },
    ...{ credentialsSource: 'MY_KEY', credentialsOwner: 'the AWS user of MY_KEY' },
    caller: { invoke, mayInvoke: async () => false },
    openBucket: async () => bucket,
    openBucketSetup: async () => ({ name: bucket.name, exists: async () => true }),
    ...others,
  };
  return { bucket, context, ports };
}

/**
 * The checks that did not pass, in one line each.
 *
 * @param app null for none
 */
async function runTest(ports: AppTestPorts, app: typeof APP | null = APP): Promise<string[]> {
  const { checks } = await testApp({ app: app ?? undefined, path: undefined }, ports);
  return checks
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ id, outcome, detail }) => `${outcome} ${id}: ${detail}`);
}

test('everything passes, and nothing is written', async () => {
  const { ports, bucket, context } = newPorts();
  const before = bucket.objects.size;
  expect(await runTest(ports)).toEqual([]);
  expect(bucket.objects.size).toBe(before);
  expect(context.clock.waited).toBe(0);
});

describe('a check fails', () => {
  test('if the network does, and those that need it are skipped', async () => {
    const { ports } = newPorts({ identity: { arn: async () => refuse('NETWORK')() } });
    const lines = await runTest(ports);
    expect(lines[0]).toBe('failed credentials: refused: NETWORK');
    expect(new Set(lines.slice(1).map((line) => line.replace(/ .*:/, '')))).toEqual(
      new Set(['skipped it needs valid credentials']),
    );
  });

  test('if what must be denied is allowed, or cannot be tried', async () => {
    const { bucket, ports } = newPorts({
      caller: { invoke: async () => refuse('NETWORK')(), mayInvoke: async () => refuse('NETWORK')() },
      openBucket: async () => new MemoryBucket(),
    });
    expect(bucket.objects.size).toBe(2);
    const lines = await runTest(ports, null);
    expect(lines.filter((line) => line.startsWith('failed'))).toEqual([
      'failed write-denied: the key may write to bucket: who has it could replace manifests',
      'failed locks-denied: the key may read more of bucket than manifests and assets',
      'failed other-functions-denied: refused: NETWORK',
    ]);
  });

  test('if the icon or the newest manifest is missing or damaged', async () => {
    const { bucket, ports } = newPorts();
    bucket.objects.delete('static/com.example.test_1.0.0_app/icon.png');
    expect(await runTest(ports)).toEqual([
      'failed icon: s3://bucket/static/com.example.test_1.0.0_app/icon.png does not exist: an installation would fail',
    ]);
    const damaged = { body: Buffer.from('{'), etag: 'e', lastModified: 9 };
    bucket.objects.set('manifests/damaged_1.json', damaged);
    expect((await runTest(ports, null))[0]).toBe(
      'failed manifest: manifests/damaged_1.json is not a manifest',
    );
  });
});

describe('a new key or policy', () => {
  test('is waited for', async () => {
    let refusals = 3;
    const invoke: FunctionCaller['invoke'] = async () => {
      if (refusals-- > 0) refuse('ACCESS_DENIED')();
      return { payload: OK, functionError: undefined, log: '' };
    };
    expect(await runTest(newPorts({ invoke }).ports)).toEqual([]);
  });

  test('is waited for only once, however many requests are refused', async () => {
    const { ports, context } = newPorts({ invoke: async () => refuse('ACCESS_DENIED')() });
    expect(await runTest(ports)).toEqual([
      'failed function: refused: ACCESS_DENIED',
      'failed policy: 1 of 1 functions may not be invoked',
    ]);
    const { waited } = context.clock;
    expect(waited).toBeLessThan(16_000);
    const denied = newPorts({
      openBucket: async () =>
        Object.assign(new ServerBucket(), { list: async () => refuse('ACCESS_DENIED')() }),
      openBucketSetup: async () => ({ name: 'bucket', exists: async () => true }),
    });
    await runTest(denied.ports);
    expect(denied.context.clock.waited).toBeLessThan(16_000);
  });
});

test('an interruption ends the test', async () => {
  const interruption = new AbortController();
  const { ports } = newPorts({
    signal: interruption.signal,
    openBucket: async () => {
      interruption.abort();
      return new ServerBucket();
    },
  });
  await expect(testApp({ app: APP, path: undefined }, ports)).rejects.toMatchObject({ code: 'INTERRUPTED' });
});

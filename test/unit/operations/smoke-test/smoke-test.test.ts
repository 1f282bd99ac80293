import { describe, expect, test } from 'vitest';
import { AppsctlError, type ErrorCode } from '../../../../src/core/diagnostics/error.js';
import {
  listExampleApps,
  pingExampleApp,
  readExampleAsset,
  retryWithNewKey,
} from '../../../../src/operations/smoke-test/smoke-test.js';
import { MemoryBucket, waitContext } from '../../../support/memory-ports.js';
import { AWS_HINT } from '../../../support/messages/aws.js';
import { WAIT } from '../../../support/messages/deploy.js';

const FUNCTION = 'hello-serverless_v1-2-0_hello-serverless';
const ASSET = 'static/hello-serverless_v1.2.0_app/test.txt';
const DEPLOY_HINT = AWS_HINT.deployExample('deploy()');

function ping(payload: string, functionError?: string) {
  const invoked: string[] = [];
  const result = pingExampleApp({
    invoke: async (name, request) => {
      invoked.push(`${name} ${JSON.parse(request).path}`);
      return { payload, functionError, log: '' };
    },
    mayInvoke: async () => true,
  });
  return { invoked, result };
}

const respond = (body: unknown): string => JSON.stringify({ statusCode: 200, body: JSON.stringify(body) });

function bucketWith(objects: Readonly<Record<string, string>>): MemoryBucket {
  const bucket = new MemoryBucket();
  for (const [key, text] of Object.entries(objects))
    bucket.objects.set(key, { body: Buffer.from(text), etag: 'e' });
  return bucket;
}

describe('the function of the test app', () => {
  test('is invoked with /ping and has to respond PONG', async () => {
    const { invoked, result } = ping(respond({ type: 'ok', text: 'PONG' }));
    await result;
    expect(invoked).toEqual([`${FUNCTION} /ping`]);
  });

  test.each([
    ['another text', { type: 'ok', text: 'PING' }],
    ['another type', { type: 'error', text: 'PONG' }],
  ])('that responds with %s fails the test', async (_, body) => {
    await expect(ping(respond(body)).result).rejects.toMatchObject({
      code: 'TEST_FAILED',
      message: `function ${FUNCTION} responded to /ping with ${respond(body)}, not PONG`,
      hint: DEPLOY_HINT,
    });
  });

  test('that fails is reported with what Lambda says and where its log is', async () => {
    const { result } = ping(respond({ type: 'ok', text: 'PONG' }), 'Unhandled');
    await expect(result).rejects.toMatchObject({
      code: 'FUNCTION_FAILED',
      message: expect.stringMatching(`^function ${FUNCTION} failed \\(Unhandled\\): {`),
      hint: AWS_HINT.functionLog("readLogs('hello-serverless')"),
    });
  });

  test('is quoted in part if it responds with a long text', async () => {
    const payload = respond({ type: 'ok', text: 'x'.repeat(1000) });
    await expect(ping(payload).result).rejects.toThrow(`with ${payload.slice(0, 200)}, not PONG`);
    await expect(ping(payload, 'Handled').result).rejects.toThrow(
      `failed (Handled): ${payload.slice(0, 500)}`,
    );
  });
});

describe('the asset of the test app', () => {
  test('is read', async () => {
    await readExampleAsset(bucketWith({ [ASSET]: 'static pong' }));
  });

  test('fails the test if it does not exist', async () => {
    await expect(readExampleAsset(bucketWith({}))).rejects.toMatchObject({
      code: 'TEST_FAILED',
      message: `s3://bucket/${ASSET} does not exist`,
      hint: DEPLOY_HINT,
    });
  });

  test('fails the test if it has other content', async () => {
    await expect(readExampleAsset(bucketWith({ [ASSET]: 'static\npong' }))).rejects.toMatchObject({
      code: 'TEST_FAILED',
      message: `s3://bucket/${ASSET} contains "static\\npong", not "static pong"`,
      hint: DEPLOY_HINT,
    });
  });
});

describe('the list of apps', () => {
  test('has the ID of each app whose manifest begins with hello, once, in UTF-8 order', async () => {
    const bucket = bucketWith({
      'manifests/hello_1.json': '',
      'manifests/hello_2.json': '',
      'manifests/hello-world_with_underscores_1.json': '',
      'manifests/hello\uff5e_1.json': '',
      'manifests/hello\u{1f600}_1.json': '',
      'manifests/hello_1.txt': '',
      'manifests/other_1.json': '',
    });
    expect(await listExampleApps(bucket)).toEqual([
      ...['hello', 'hello-world_with_underscores', 'hello\uff5e', 'hello\u{1f600}'],
    ]);
  });

  test('fails the test if it is empty', async () => {
    await expect(listExampleApps(bucketWith({ 'manifests/other_1.json': '' }))).rejects.toMatchObject({
      code: 'TEST_FAILED',
      message: 'bucket bucket has no manifest whose key begins with manifests/hello',
      hint: DEPLOY_HINT,
    });
  });
});

describe('with a new access key', () => {
  const failing = (code: ErrorCode, times: number) => {
    let calls = 0;
    return async () => {
      if (calls++ < times) throw new AppsctlError(code, 'refused');
      return calls;
    };
  };

  test.each<ErrorCode>(['ACCESS_DENIED', 'CREDENTIALS'])(
    'work is repeated while AWS refuses it with %s',
    async (code) => {
      const context = waitContext();
      expect(await retryWithNewKey(context, 'MY_KEY', failing(code, 4))).toBe(5);
      expect(context.events).toEqual([{ type: 'waiting', reason: WAIT.newKey('MY_KEY') }]);
    },
  );

  test('the error is reported after 8 s', async () => {
    const context = waitContext();
    const work = failing('CREDENTIALS', 100);
    await expect(retryWithNewKey(context, 'MY_KEY', work)).rejects.toMatchObject({ code: 'CREDENTIALS' });
    expect(context.clock.waited).toBeGreaterThanOrEqual(8000);
    expect(context.clock.waited).toBeLessThan(16_000);
  });

  test('other errors are reported immediately', async () => {
    const context = waitContext();
    await expect(retryWithNewKey(context, 'MY_KEY', failing('TEST_FAILED', 1))).rejects.toThrow('refused');
    expect(context.clock.waited).toBe(0);
    const bug = new TypeError('a bug');
    await expect(retryWithNewKey(context, 'MY_KEY', () => Promise.reject(bug))).rejects.toBe(bug);
  });
});

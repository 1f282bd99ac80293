import { poll, type WaitContext } from '../../core/async/poll.js';
import { assetKey, lambdaFunctionName } from '../../core/aws/resource-names.js';
import { TEST_APP } from '../../core/defaults.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { FunctionCaller } from '../../core/ports/lambda.js';
import type { ObjectReader } from '../../core/ports/s3.js';
import { compareUtf8 } from '../../core/text.js';
import { callPayload, parseCallResponse } from './app-call.js';

/** How long a new key or a new policy may take until AWS knows it everywhere. */
const NEW_KEY_LIMIT_MS = 8_000;

/**
 * Does something with a key that may have been created just before.
 *
 * @param source where the key comes from, for the message about a wait
 */
export function retryWithNewKey<T>(context: WaitContext, source: string, work: () => Promise<T>): Promise<T> {
  const wait = { limitMs: NEW_KEY_LIMIT_MS, reason: `until AWS accepts the key of ${source}` };
  return poll(context, wait, async (isLast) => {
    try {
      return { result: await work() };
    } catch (error) {
      const isRefused =
        AppsctlError.is(error) && (error.code === 'ACCESS_DENIED' || error.code === 'CREDENTIALS');
      if (isLast || !isRefused) throw error;
      return undefined;
    }
  }).then(({ result }) => result);
}

const DEPLOY_HINT = 'deploy the example app first: appsctl aws test deploy BUNDLE';

/**
 * Proves that the test app's function can be called.
 *
 * @throws AppsctlError TEST_FAILED when it answers anything but PONG, FUNCTION_FAILED when it fails
 */
export async function testFunction(functions: FunctionCaller): Promise<void> {
  const name = lambdaFunctionName(TEST_APP.id, TEST_APP.version, TEST_APP.function);
  const { payload, functionError } = await functions.invoke(name, callPayload('/ping'));
  if (functionError !== undefined) {
    const message = `function ${name} failed (${functionError}): ${payload.slice(0, 500)}`;
    throw new AppsctlError('FUNCTION_FAILED', message, { hint: 'look at its log in CloudWatch' });
  }
  const { type, text } = parseCallResponse(name, payload);
  if (type === 'ok' && text === 'PONG') return;
  throw new AppsctlError(
    'TEST_FAILED',
    `function ${name} answered ${payload.slice(0, 200)} to /ping, not PONG`,
    { hint: DEPLOY_HINT },
  );
}

/**
 * Proves that the test app's asset can be read.
 *
 * @throws AppsctlError TEST_FAILED when it is missing or holds anything but `static pong`
 */
export async function testAsset(bucket: ObjectReader): Promise<void> {
  const key = assetKey(TEST_APP.id, TEST_APP.version, 'test.txt');
  const bytes = await bucket.get(key);
  if (bytes === undefined) {
    throw new AppsctlError('TEST_FAILED', `s3://${bucket.name}/${key} does not exist`, { hint: DEPLOY_HINT });
  }
  const text = Buffer.from(bytes).toString('utf8');
  if (text === 'static pong') return;
  const message = `s3://${bucket.name}/${key} holds ${JSON.stringify(text.slice(0, 100))}, not "static pong"`;
  throw new AppsctlError('TEST_FAILED', message, { hint: DEPLOY_HINT });
}

/**
 * Proves that the manifests can be listed.
 *
 * @returns the ids of the apps whose manifests begin with `hello`, each once, in UTF-8 order
 * @throws AppsctlError TEST_FAILED when there is none
 */
export async function testList(bucket: ObjectReader): Promise<string[]> {
  const prefix = 'manifests/hello';
  const ids = new Set<string>();
  for (const { key } of await bucket.list(prefix)) {
    // Neither ids nor versions exclude the underscore; the server takes the last one as the border.
    const id = /^manifests\/(.*)_[^_]*\.json$/s.exec(key)?.[1];
    if (id !== undefined) ids.add(id);
  }
  if (ids.size === 0) {
    throw new AppsctlError('TEST_FAILED', `no manifest begins with s3://${bucket.name}/${prefix}`, {
      hint: DEPLOY_HINT,
    });
  }
  return [...ids].sort(compareUtf8);
}

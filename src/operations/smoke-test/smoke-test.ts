import { callPayload } from '../../core/app-call/call-request.js';
import {
  functionFailure,
  MAX_FAILURE_CHARACTERS,
  MAX_QUOTED_CHARACTERS,
  parseCallResponse,
} from '../../core/app-call/call-response.js';
import { retry, type WaitContext } from '../../core/async/poll.js';
import { assetKey, lambdaFunctionName } from '../../core/aws/resource-names.js';
import { EXAMPLE_APP } from '../../core/defaults.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Hint } from '../../core/diagnostics/vocabulary.js';
import type { FunctionCaller } from '../../core/ports/lambda.js';
import type { ObjectReader } from '../../core/ports/s3.js';
import { compareUtf8 } from '../../core/text.js';
import { SECOND } from '../../core/units.js';

/** How long AWS may refuse a new access key, or one whose policy is new. */
export const NEW_KEY_LIMIT_MS = 8 * SECOND;

const TEST_ASSET_CONTENT = 'static pong';
/** The test app's ID, and those of its variants, begin with this. */
const TEST_MANIFEST_PREFIX = 'manifests/hello';

const DEPLOY_HINT: Hint = ({ testDeployCommand }) => `deploy the example app first: ${testDeployCommand}`;

/**
 * Repeats work that AWS refuses because the access key was created a moment ago.
 *
 * @param source where the access key comes from, for the report of the wait
 * @param limitMs how long AWS may refuse it
 */
export function retryWithNewKey<T>(
  context: WaitContext,
  source: string,
  work: () => Promise<T>,
  limitMs = NEW_KEY_LIMIT_MS,
): Promise<T> {
  const wait = { limitMs, reason: `for AWS to accept ${source}` };
  return retry(context, wait, isRefused, work);
}

function isRefused(error: unknown): boolean {
  return AppsctlError.is(error) && (error.code === 'ACCESS_DENIED' || error.code === 'CREDENTIALS');
}

/**
 * Calls the test app's function as the Mattermost server would.
 *
 * @throws AppsctlError TEST_FAILED when the response is not PONG, FUNCTION_FAILED when the function fails
 */
export async function pingExampleApp(functions: FunctionCaller): Promise<void> {
  const name = lambdaFunctionName(EXAMPLE_APP.id, EXAMPLE_APP.version, EXAMPLE_APP.function);
  const target = { app: EXAMPLE_APP.id, name };
  const { payload, functionError } = await functions.invoke(name, callPayload({ path: '/ping' }));
  if (functionError !== undefined) {
    throw functionFailure(target, `failed (${functionError}): ${payload.slice(0, MAX_FAILURE_CHARACTERS)}`);
  }
  const { type, text } = parseCallResponse(target, payload);
  if (type === 'ok' && text === 'PONG') return;
  const message = `function ${name} responded to /ping with ${payload.slice(0, MAX_QUOTED_CHARACTERS)}, not PONG`;
  throw new AppsctlError('TEST_FAILED', message, { hint: DEPLOY_HINT });
}

/**
 * Reads the test app's asset.
 *
 * @throws AppsctlError TEST_FAILED when it is missing or its content is not `static pong`
 */
export async function readExampleAsset(bucket: ObjectReader): Promise<void> {
  const key = assetKey(EXAMPLE_APP.id, EXAMPLE_APP.version, 'test.txt');
  const bytes = await bucket.get(key);
  if (bytes === undefined) {
    throw new AppsctlError('TEST_FAILED', `s3://${bucket.name}/${key} does not exist`, { hint: DEPLOY_HINT });
  }
  const text = Buffer.from(bytes).toString('utf8');
  if (text === TEST_ASSET_CONTENT) return;
  const quoted = JSON.stringify(text.slice(0, MAX_QUOTED_CHARACTERS));
  const message = `s3://${bucket.name}/${key} contains ${quoted}, not "${TEST_ASSET_CONTENT}"`;
  throw new AppsctlError('TEST_FAILED', message, { hint: DEPLOY_HINT });
}

/**
 * Lists the apps whose manifests begin with `hello`.
 *
 * @returns their IDs, each once, in UTF-8 order
 * @throws AppsctlError TEST_FAILED when there are none
 */
export async function listExampleApps(bucket: ObjectReader): Promise<string[]> {
  const ids = new Set<string>();
  for (const { key } of await bucket.list(TEST_MANIFEST_PREFIX)) {
    // IDs and versions may both contain underscores; the server splits the key at the last one.
    const id = /^manifests\/(.*)_[^_]*\.json$/s.exec(key)?.[1];
    if (id !== undefined) ids.add(id);
  }
  if (ids.size === 0) {
    const message = `bucket ${bucket.name} has no manifest whose key begins with ${TEST_MANIFEST_PREFIX}`;
    throw new AppsctlError('TEST_FAILED', message, { hint: DEPLOY_HINT });
  }
  return [...ids].sort(compareUtf8);
}

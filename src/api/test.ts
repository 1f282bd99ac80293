import type { ObjectReader } from '../core/ports/s3.js';
import { findAccount, openBucket, openCaller } from './adapters.js';
import { type NetworkContext, type NetworkOptions, resolveNetwork } from './network-options.js';

/** The outcome of all tests. */
export interface TestReport {
  /** The ids of the deployed apps that the server can list. */
  readonly apps: readonly string[];
}

/**
 * Runs {@link testLambda}, {@link testS3} and {@link testList}, in this order.
 *
 * @throws AppsctlError as these do
 */
export async function test(options: NetworkOptions): Promise<TestReport> {
  await testLambda(options);
  await testS3(options);
  return { apps: await testList(options) };
}

/**
 * Tests that the server can invoke the function of the example app.
 *
 * @param options with the credentials of the server
 * @throws AppsctlError TEST_FAILED when it responds with anything but PONG, FUNCTION_FAILED when it fails; ACCESS_DENIED,
 *   CREDENTIALS, NETWORK and SERVICE for requests that failed
 */
export async function testLambda(options: NetworkOptions): Promise<void> {
  const context = await resolveNetwork(options);
  const { credentialsSource } = context.connection;
  const [{ pingExampleApp, retryWithNewKey }, caller] = await Promise.all([
    import('../operations/smoke-test/smoke-test.js'),
    openCaller(context, true),
  ]);
  await retryWithNewKey(context, credentialsSource, () => pingExampleApp(caller));
}

/**
 * Tests that the server can read the asset of the example app.
 *
 * @param options with the credentials of the server
 * @throws AppsctlError TEST_FAILED when it is missing or has other content; the errors of requests that failed
 */
export async function testS3(options: NetworkOptions): Promise<void> {
  const { readExampleAsset } = await import('../operations/smoke-test/smoke-test.js');
  await withBucket(await resolveNetwork(options), readExampleAsset);
}

/**
 * Tests that the server can list manifests.
 *
 * @param options with the credentials of the server
 * @returns the ids of the apps whose manifests begin with `hello`, each once, in UTF-8 order
 * @throws AppsctlError TEST_FAILED when there are none; the errors of requests that failed
 */
export async function testList(options: NetworkOptions): Promise<string[]> {
  const { listExampleApps } = await import('../operations/smoke-test/smoke-test.js');
  return withBucket(await resolveNetwork(options), listExampleApps);
}

async function withBucket<T>(
  context: NetworkContext,
  work: (bucket: ObjectReader) => Promise<T>,
): Promise<T> {
  const { retryWithNewKey } = await import('../operations/smoke-test/smoke-test.js');
  return retryWithNewKey(context, context.connection.credentialsSource, async () => {
    const { accountId } = await findAccount(context);
    return work(await openBucket(context, accountId));
  });
}

import { parseAccount } from '../core/aws/arn.js';
import type { ObjectReader } from '../core/ports/s3.js';
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
  const context = resolveNetwork(options);
  const { connection } = context;
  const [{ pingExampleApp, retryWithNewKey }, { LambdaCaller }] = await Promise.all([
    import('../operations/smoke-test/smoke-test.js'),
    import('../aws/lambda/lambda-caller.js'),
  ]);
  const caller = new LambdaCaller(connection);
  await retryWithNewKey(context, connection.credentialsSource, () => pingExampleApp(caller));
}

/**
 * Tests that the server can read the asset of the example app.
 *
 * @param options with the credentials of the server
 * @throws AppsctlError TEST_FAILED when it is missing or has other content; the errors of requests that failed
 */
export async function testS3(options: NetworkOptions): Promise<void> {
  const { readExampleAsset } = await import('../operations/smoke-test/smoke-test.js');
  await withBucket(resolveNetwork(options), readExampleAsset);
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
  return withBucket(resolveNetwork(options), listExampleApps);
}

async function withBucket<T>(
  context: NetworkContext,
  work: (bucket: ObjectReader) => Promise<T>,
): Promise<T> {
  const { connection, bucket } = context;
  const [{ retryWithNewKey }, { S3Objects }, { StsIdentity }] = await Promise.all([
    import('../operations/smoke-test/smoke-test.js'),
    import('../aws/s3/s3-objects.js'),
    import('../aws/sts/sts-identity.js'),
  ]);
  return retryWithNewKey(context, connection.credentialsSource, async () => {
    const { accountId } = parseAccount(await new StsIdentity(connection).arn());
    return work(new S3Objects(connection, bucket, accountId));
  });
}

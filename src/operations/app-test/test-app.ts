import { type Check, check, failed, passed, type Subject, skipped } from '../../core/app-test/check.js';
import { throwIfAborted } from '../../core/async/clock.js';
import { type Account, parseAccount } from '../../core/aws/arn.js';
import { manifestKey } from '../../core/aws/resource-names.js';
import { EXAMPLE_APP } from '../../core/defaults.js';
import type { StoredObject } from '../../core/deploy/stored-object.js';
import type { AppReference } from '../../core/manifest/app-reference.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import { listManifests, readManifest } from '../inventory/app-manifests.js';
import { findDeployedApp } from '../inventory/find-app.js';
import { NEW_KEY_LIMIT_MS, retryWithNewKey } from '../smoke-test/smoke-test.js';
import { checkFunctions, checkIcon, skipApp } from './app-checks.js';
import { checkDenials, skipDenials } from './denials.js';
import type { AppTest, AppTestPorts } from './ports.js';

/** What is tested. */
export interface AppTestRequest {
  /** The app; undefined for the example app, if it is deployed. */
  readonly app: AppReference | undefined;
  /** The path that the functions are called with; undefined for /ping. */
  readonly path: string | undefined;
}

/** The outcome of a test. */
export interface AppTestOutcome {
  /** The app whose functions were called; undefined if there is none. */
  readonly manifest: Manifest | undefined;
  readonly checks: readonly Check[];
}

/** Subjects of checks that do not depend on an app. */
const CREDENTIALS: Subject = { id: 'credentials', title: 'the credentials are valid' };
const BUCKET: Subject = { id: 'bucket', title: 'the bucket can be reached, and belongs to the account' };
const MANIFESTS: Subject = { id: 'manifests', title: 'manifests can be listed' };

/**
 * Checks that the server can do with its credentials what it needs for an app, and nothing else. A failed check does not
 * end the test; those that depend on it are skipped.
 *
 * @throws AppsctlError INTERRUPTED
 */
export async function testApp(request: AppTestRequest, ports: AppTestPorts): Promise<AppTestOutcome> {
  const { clock, credentialsSource: source, caller, signal, identity } = ports;
  // One limit for all requests: only the first ones can come too early.
  const deadline = clock.now() + NEW_KEY_LIMIT_MS;
  const patiently = <T>(send: () => Promise<T>): Promise<T> =>
    retryWithNewKey(ports, source, send, Math.max(0, deadline - clock.now()));

  let account: Account | undefined;
  const credentials = await check(CREDENTIALS, async () => {
    const arn = await patiently(() => identity.arn());
    account = parseAccount(arn);
    return passed(CREDENTIALS, `${arn} (${source})`);
  });
  if (account === undefined) {
    const reason = 'it needs valid credentials';
    const rest = [
      skipped(BUCKET, reason),
      skipped(MANIFESTS, reason),
      skipped(manifestOf(request.app), reason),
    ];
    return {
      manifest: undefined,
      checks: [credentials, ...rest, ...skipApp(reason), ...skipDenials(reason)],
    };
  }
  const { accountId } = account;
  throwIfAborted(signal);
  const reachable = await checkBucket(accountId, ports, patiently);
  throwIfAborted(signal);
  const bucket = reachable.outcome === 'passed' ? await ports.openBucket(accountId) : undefined;
  const tested =
    bucket === undefined
      ? skipManifests(request, 'the bucket cannot be reached')
      : await checkManifests(request, { bucket, caller, signal, patiently });
  throwIfAborted(signal);
  const denials = await checkDenials(bucket, caller, ports.credentialsOwner);
  return { manifest: tested.manifest, checks: [credentials, reachable, ...tested.checks, ...denials] };
}

function checkBucket(
  accountId: string,
  { openBucketSetup }: AppTestPorts,
  patiently: AppTest['patiently'],
): Promise<Check> {
  return check(BUCKET, async () => {
    const setup = await openBucketSetup(accountId);
    if (await patiently(() => setup.exists())) return passed(BUCKET, `${setup.name}, ${accountId}`);
    return failed(
      BUCKET,
      `bucket ${setup.name} does not exist`,
      ({ bucket, initCommand }) => `check ${bucket}, or create the bucket with ${initCommand}`,
    );
  });
}

/** @param app undefined for the newest manifest */
function manifestOf(app: AppReference | undefined): Subject {
  const name = app === undefined ? 'the newest manifest' : `the manifest of ${app.id}`;
  const version = app?.version === undefined ? '' : ` ${app.version}`;
  return { id: 'manifest', title: `${name}${version} can be read` };
}

function skipManifests(request: AppTestRequest, reason: string): AppTestOutcome {
  const checks = [skipped(MANIFESTS, reason), skipped(manifestOf(request.app), reason), ...skipApp(reason)];
  return { manifest: undefined, checks };
}

async function checkManifests(request: AppTestRequest, test: AppTest): Promise<AppTestOutcome> {
  const { bucket, patiently } = test;
  let objects: readonly StoredObject[] | undefined;
  const listed = await check(MANIFESTS, async () => {
    objects = await patiently(() => listManifests(bucket));
    return passed(MANIFESTS, `${objects.length} in ${bucket.name}`);
  });
  if (objects === undefined) {
    const [, ...rest] = skipManifests(request, 'manifests cannot be listed').checks;
    return { manifest: undefined, checks: [listed, ...rest] };
  }
  const read = await checkManifest(request, objects, test);
  const { manifest } = read;
  const checks = [listed, ...read.checks];
  if (manifest === undefined) return { manifest, checks: [...checks, ...skipApp(read.reason)] };
  const icon = await checkIcon(manifest, test);
  throwIfAborted(test.signal);
  return { manifest, checks: [...checks, icon, ...(await checkFunctions(manifest, request.path, test))] };
}

/** The checks of manifests, and the manifest of the app to test; without one, the reason. */
interface ManifestChecks {
  readonly checks: readonly Check[];
  readonly manifest?: Manifest | undefined;
  readonly reason: string;
}

async function checkManifest(
  { app }: AppTestRequest,
  objects: readonly StoredObject[],
  test: AppTest,
): Promise<ManifestChecks> {
  if (app !== undefined) return checkManifestOf(app, test);
  const subject = manifestOf(undefined);
  const [newest] = objects;
  if (newest === undefined) {
    const reason = 'no app is deployed';
    return { checks: [skipped(subject, reason)], reason };
  }
  const first = await check(subject, () => checkNewest(subject, newest, test));
  const { id, version } = EXAMPLE_APP;
  if (!objects.some(({ key }) => key === manifestKey(id, version)))
    return { checks: [first], reason: 'no app is named, and the example app is not deployed' };
  const example = await checkManifestOf({ id, version }, test);
  return { ...example, checks: [first, ...example.checks] };
}

async function checkManifestOf(app: AppReference, { bucket, patiently }: AppTest): Promise<ManifestChecks> {
  const subject = manifestOf(app);
  let manifest: Manifest | undefined;
  const result = await check(subject, async () => {
    const found = await patiently(() => findDeployedApp(app, bucket));
    manifest = found.manifest;
    return passed(subject, found.manifestKey);
  });
  return { checks: [result], manifest, reason: 'its manifest cannot be read' };
}

async function checkNewest(
  subject: Subject,
  newest: StoredObject,
  { bucket, patiently }: AppTest,
): Promise<Check> {
  const found = await patiently(() => readManifest(newest, bucket));
  if (found === undefined) return skipped(subject, `${newest.key} was removed meanwhile`);
  if ('manifest' in found) return passed(subject, newest.key);
  return failed(subject, `${newest.key} is not a manifest`, 'deploy the app again, or remove the object');
}

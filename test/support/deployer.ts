import {
  CreateBucketCommand,
  GetObjectTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { type Clock, systemClock } from '../../src/core/async/clock.js';
import { functionArchive, manifest, zip } from './bundle.js';
import {
  BUCKET,
  type EnvironmentOptions,
  type RunOptions,
  startEnvironment,
  type TestEnvironment,
} from './environment.js';
import type { SentRequest } from './requests.js';

/** The bucket to which bundles are uploaded. */
export const BUNDLES = 'bundles';
/** The environment of a deployer. */
export const ENVIRONMENT = 'staging';
/** The key of its lease. */
export const LEASE = `locks/deployer-${ENVIRONMENT}.json`;

/** The tags of a bundle that is deployed, as the Go version writes them and looks for them. */
export const DEPLOYED = { deployed_staging: 'true' };

/** A line of a deployer's log. */
export interface LogLine {
  readonly event: string;
  readonly level: string;
  readonly message: string;
  readonly bundle?: string;
  readonly [field: string]: unknown;
}

/** How a pass of the deployer has ended. */
export interface PassResult {
  readonly code: number | null;
  readonly log: readonly LogLine[];
  /** The keys of the bundles that were deployed, in this order. */
  readonly deployed: readonly string[];
  /** The codes of the errors of those that were not, by their keys. */
  readonly failed: Readonly<Record<string, string>>;
  readonly requests: readonly SentRequest[];
}

/** An account with a bucket of bundles, and the variables of a deployer that lists its apps nowhere. */
export async function startDeployer(
  options: EnvironmentOptions & { readonly isVersioned?: boolean } = {},
): Promise<TestEnvironment> {
  const { isVersioned = false, ...others } = options;
  const environment = await startEnvironment({ runner: 'in-process', ...others });
  if (options.like === undefined) await environment.init();
  const { s3 } = environment.clients;
  if (!environment.aws.stored.buckets.has(BUNDLES))
    await s3.send(new CreateBucketCommand({ Bucket: BUNDLES }));
  if (isVersioned) await setVersioning(environment, 'Enabled');
  Object.assign(environment.env, {
    MM_APPS_BUNDLE_BUCKET: BUNDLES,
    MM_APPS_ENVIRONMENT: ENVIRONMENT,
    MM_SERVICESETTINGS_SITEURL: '',
    MM_ADMIN_TOKEN: '',
  });
  return environment;
}

export async function setVersioning(
  { clients }: TestEnvironment,
  Status: 'Enabled' | 'Suspended',
): Promise<void> {
  await clients.s3.send(
    new PutBucketVersioningCommand({ Bucket: BUNDLES, VersioningConfiguration: { Status } }),
  );
}

/** A bundle of an app with one function. */
export async function appBundle(
  id: string,
  changes: Readonly<Record<string, unknown>> = {},
  source?: string,
): Promise<Buffer> {
  const content = manifest({ app_id: id, ...changes });
  return zip({ 'manifest.json': JSON.stringify(content), 'go.zip': await functionArchive(source) });
}

/** Uploads a bundle as those do whose apps are deployed; returns the version, if there are any. */
export async function upload(
  { clients }: TestEnvironment,
  key: string,
  body: Uint8Array | string,
  tags: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  const Tagging = new URLSearchParams(tags).toString();
  const input = { Bucket: BUNDLES, Key: key, Body: body, ...(Tagging !== '' && { Tagging }) };
  return (await clients.s3.send(new PutObjectCommand(input))).VersionId;
}

export async function readTags(
  { clients }: TestEnvironment,
  Key: string,
  VersionId?: string,
): Promise<Record<string, string>> {
  const { TagSet = [] } = await clients.s3.send(
    new GetObjectTaggingCommand({ Bucket: BUNDLES, Key, VersionId }),
  );
  return Object.fromEntries(TagSet.map(({ Key: name = '', Value = '' }) => [name, Value]));
}

export async function writeTags(
  { clients }: TestEnvironment,
  Key: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const TagSet = Object.entries(tags).map(([name, Value]) => ({ Key: name, Value }));
  await clients.s3.send(new PutObjectTaggingCommand({ Bucket: BUNDLES, Key, Tagging: { TagSet } }));
}

/** Makes one pass. */
export async function runPass(
  environment: TestEnvironment,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<PassResult> {
  const { code, stderr, requests } = await environment.run(
    ['aws', 'deployer', 'run', '--log-format', 'json', ...args],
    options,
  );
  const log = stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line): LogLine => JSON.parse(line));
  const deployed = log.filter(({ event }) => event === 'bundle-deployed').map(({ bundle = '' }) => bundle);
  const failures = log.filter(({ event }) => event === 'bundle-failed');
  const failed = Object.fromEntries(failures.map(({ bundle, code: error }) => [bundle, String(error)]));
  return { code, log, deployed, failed, requests };
}

/** The Lambda names of the functions in the account. */
export function functionNames({ aws }: TestEnvironment): string[] {
  return [...aws.stored.functions.keys()].sort();
}

/** The keys of the locks and leases that exist. */
export function leases({ aws }: TestEnvironment): string[] {
  return [...aws.bucket(BUCKET).objects.keys()].filter((key) => key.startsWith('locks/'));
}

/** A clock that can be set. Its waits take no time, but for those of a lease, which would be lost. */
export function settableClock(): Clock & { set(offset: number): void } {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds < 20_000 ? 0 : milliseconds, signal),
    set: (milliseconds) => {
      offset = milliseconds;
    },
  };
}

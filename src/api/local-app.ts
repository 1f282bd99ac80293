import type { AwsConnection } from '../aws/client/connection.js';
import { type AppLocation, isSha256, parseAppLocation } from '../core/bundle/app-location.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { EventListener } from '../core/diagnostics/event.js';
import type { DownloadSource } from '../core/ports/download.js';
import { DEFAULT_TIMEOUTS, type Timeouts } from '../core/timeouts.js';
import { type CommonOptions, resolveCommon } from './common-options.js';
import type { AwsAccountOptions } from './network-options.js';

/** Options of functions that read a bundle, which can be one from elsewhere: an https URL or `s3://bucket/key`. */
export interface BundleOptions extends CommonOptions {
  /**
   * The SHA-256 that the bundle must have, in hex.
   *
   * @default any
   */
  readonly sha256?: string | undefined;
  /**
   * How long to wait for the network.
   *
   * @default 60 s without a byte
   */
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** Called with requests, waits, findings and warnings; must not throw. */
  readonly onEvent?: EventListener | undefined;
}

/** An app on this machine. */
export interface LocalApp {
  readonly path: string;
  /** How messages name it: the path as it was given, or where it comes from without secrets. */
  readonly name: string;
}

/**
 * Works with an app that may have to be downloaded. A bundle from elsewhere is a temporary file, which only this user can
 * read, while the work is done.
 *
 * @param app a path, an https URL, or `s3://bucket/key` with an optional `?versionId=…`
 * @param connect connects to AWS; called only for a bundle in S3
 * @throws AppsctlError USAGE, and what the download and the work throw
 */
export async function withLocalApp<Result>(
  app: string,
  options: BundleOptions,
  connect: () => Promise<AwsConnection>,
  work: (local: LocalApp) => Promise<Result>,
): Promise<Result> {
  const { sha256 } = options;
  checkSha256(sha256);
  const location = parseAppLocation(app);
  if (location.kind === 'path') {
    const { path } = location;
    if (sha256 !== undefined)
      await (await import('../operations/download-bundle.js')).checkFile(path, sha256);
    return work({ path, name: path });
  }
  const [{ downloadBundle }, source] = await Promise.all([
    import('../operations/download-bundle.js'),
    openSource(location, options, connect),
  ]);
  const { clock, signal } = resolveCommon(options);
  const file = await downloadBundle(source, sha256, {
    clock,
    signal,
    onEvent: options.onEvent ?? (() => {}),
  });
  try {
    return await work({ path: file.path, name: location.name });
  } finally {
    await file.remove();
  }
}

async function openSource(
  location: Exclude<AppLocation, { kind: 'path' }>,
  options: BundleOptions,
  connect: () => Promise<AwsConnection>,
): Promise<DownloadSource> {
  if (location.kind === 's3') {
    const { s3Source } = await import('../aws/s3/s3-source.js');
    return s3Source(await connect(), location.object, location.name);
  }
  const { timeouts, onEvent = () => {}, env = process.env } = options;
  const [{ httpSource }, { openNetwork }] = await Promise.all([
    import('../http/download-source.js'),
    import('../http/network.js'),
  ]);
  const network = await openNetwork(env);
  const idleTimeout = timeouts?.idle ?? DEFAULT_TIMEOUTS.idle;
  return httpSource(location.url, { idleTimeout, onEvent, agents: network?.createAgents(1) });
}

function checkSha256(sha256: string | undefined): void {
  if (sha256 === undefined || isSha256(sha256)) return;
  throw new AppsctlError('USAGE', `sha256: ${JSON.stringify(sha256)} is not a SHA-256 in hex`, {
    hint: 'it has 64 characters of 0-9 and a-f, as sha256sum prints it',
  });
}

/** Options of functions that use AWS only for a bundle in S3. */
export interface BundleAccess {
  /**
   * The account that reads a bundle in S3; its region can be another one than that of the bucket.
   *
   * @default {}
   */
  readonly aws?: AwsAccountOptions | undefined;
}

/** Connects to AWS for a bundle in S3. */
export async function connectForBundle(options: BundleOptions & BundleAccess): Promise<AwsConnection> {
  const { resolveConnection } = await import('./connection.js');
  return (await resolveConnection({ ...options, aws: options.aws ?? {} })).connection;
}

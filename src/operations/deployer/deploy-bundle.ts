import { FileSource } from '../../bundle/file-source.js';
import { readPartialBundle } from '../../bundle/open-bundle.js';
import type { WaitContext } from '../../core/async/poll.js';
import { hasRoom } from '../../core/deployer/bundle-state.js';
import { isAllowedApp } from '../../core/deployer/queue.js';
import type { BundleApp, DeployedBundle } from '../../core/deployer/report.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { LIMITS } from '../../core/limits.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import { cutText } from '../../core/text.js';
import { GIB } from '../../core/units.js';
import type { PreparedDeployment } from '../deploy/deploy.js';
import { downloadBundle } from '../download-bundle.js';
import type { DeployerAccess, LocalBundle } from './ports.js';
import type { ReadBundle } from './read-bundles.js';
import type { DeployerSettings } from './settings.js';

/** What the deployment of a bundle needs. */
export interface BundleContext extends WaitContext {
  readonly settings: DeployerSettings;
  readonly access: DeployerAccess;
  /** Told as soon as the manifest is read; awaited before anything else is looked up. */
  onApp(app: BundleApp): void | Promise<void>;
}

/**
 * Downloads a bundle, prepares its deployment, and works with it. Changes nothing itself.
 *
 * @throws AppsctlError LIMIT when its object has no room for a tag, INVALID_BUNDLE, NOT_ALLOWED for an app that may not be
 *   deployed; what the download, the preparation and the work throw
 */
export async function withBundle<Result>(
  { key, size, tags, upload }: ReadBundle,
  context: BundleContext,
  work: (prepared: PreparedDeployment, app: BundleApp) => Promise<Result>,
): Promise<Result> {
  const { settings, access } = context;
  const name = `s3://${access.bundles.name}/${key}`;
  if (!hasRoom(tags, settings.environment)) {
    throw new AppsctlError('LIMIT', `${name} has 10 tags, the most that S3 allows: none can be added`, {
      hint: 'remove one of them',
    });
  }
  if (size > LIMITS.total) {
    throw new AppsctlError('INVALID_BUNDLE', `${name} is larger than ${LIMITS.total / GIB} GiB`);
  }
  const limits = { folder: settings.temporaryFolder };
  const file = await downloadBundle(access.bundles.source(upload), undefined, context, limits);
  try {
    const bundle = { path: file.path, name };
    const app = await readApp(bundle);
    if (app !== undefined) {
      await context.onApp(app);
      if (!isAllowedApp(app.id, settings.allowedApps)) throw notAllowed(app);
    }
    return await access.withDeployment(bundle, context, (prepared) =>
      work(prepared, toApp(prepared.manifest)),
    );
  } finally {
    await file.remove();
  }
}

/**
 * Deploys a bundle.
 *
 * @throws AppsctlError as {@link withBundle}, and what a deployment throws
 */
export async function deployBundle(
  bundle: ReadBundle,
  context: BundleContext,
): Promise<Omit<DeployedBundle, 'milliseconds'>> {
  return withBundle(bundle, context, async (prepared, app) => {
    const { functionOutcomes } = await prepared.apply();
    const outcomes = [...functionOutcomes.values()];
    const count = (outcome: string): number => outcomes.filter((item) => item === outcome).length;
    return {
      key: bundle.key,
      app,
      functions: { created: count('created'), updated: count('updated'), unchanged: count('unchanged') },
      failedAttempts: bundle.failure?.attempts ?? 0,
    };
  });
}

/**
 * Reads only the manifest.
 *
 * @returns undefined if it is not valid, of which the preparation of the deployment says everything
 * @throws AppsctlError INVALID_BUNDLE when the bundle is not a zip that can be read
 */
async function readApp({ path, name }: LocalBundle): Promise<BundleApp | undefined> {
  await using bundle = await readPartialBundle(name, await FileSource.open(path));
  return bundle.manifest && toApp(bundle.manifest);
}

/** The report of a pass is in memory until it ends, and manifests have any text that is up to a megabyte long. */
const MAX_TEXT = 200;
const MAX_URL = 2000;

function toApp({ app_id: id, version, display_name: name, homepage_url: url = '' }: Manifest): BundleApp {
  return {
    id: cutText(id, MAX_TEXT),
    version: cutText(version, MAX_TEXT),
    displayName: cutText(name, MAX_TEXT),
    homepageUrl: url.length > MAX_URL ? '' : url,
  };
}

function notAllowed({ id }: BundleApp): AppsctlError {
  return new AppsctlError('NOT_ALLOWED', `app ${id} may not be deployed by this deployer`, {
    hint: ({ allowApp }) => `allow it with ${allowApp}`,
  });
}

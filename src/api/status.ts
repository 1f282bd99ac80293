import type { AwsConnection } from '../aws/client/connection.js';
import type { OpenPartialBundle } from '../bundle/open-bundle.js';
import type { StatusReport } from '../core/inventory/status-report.js';
import { parseAppReference } from '../core/manifest/app-reference.js';
import { openIam } from './adapters.js';
import { type AppOptions, toAppRequest } from './app-options.js';
import { openInventory } from './inventory-ports.js';
import type { ListOptions } from './list-apps.js';
import { withLocalApp } from './local-app.js';
import { type NameOptions, resolveNames } from './name-options.js';
import { checkMattermostOptions, resolveNetwork } from './network-options.js';

/** Options of {@link status}. Those of the settings file are about the folder or the bundle. */
export interface StatusOptions extends ListOptions, AppOptions, Pick<NameOptions, 'policyName'> {
  /**
   * The folder of an app, or its bundle, that the version on AWS is compared with: a path, an https URL, or
   * `s3://bucket/key` with an optional `?versionId=…`. Only this version is checked.
   *
   * @default none
   */
  readonly bundle?: string | undefined;
}

/**
 * Checks whether what is deployed is as it should be: an app, or all apps and what belongs to none. Reads only, and goes
 * on without what it may not read.
 *
 * @throws AppsctlError as `listApps` does; for a bundle or a folder also INVALID_BUNDLE, INVALID_SETTINGS and BUILD_FAILED,
 *   for a bundle from elsewhere LIMIT and OUTPUT
 */
export async function status(options: StatusOptions): Promise<StatusReport> {
  const { app, mattermost, bundle: path } = options;
  const context = await resolveNetwork(options);
  if (mattermost !== undefined) checkMattermostOptions(mattermost);
  const { policyName } = resolveNames(options, context.vocabulary);
  const reference = app === undefined ? undefined : parseAppReference(app);
  const [{ account, ports }, { policies }, { checkStatus }] = await Promise.all([
    openInventory(context, mattermost),
    openIam(context),
    import('../operations/status/status.js'),
  ]);
  const check = (bundle: OpenPartialBundle | undefined): Promise<StatusReport> =>
    checkStatus(
      { ...ports, policies, vocabulary: context.vocabulary },
      { account, region: context.connection.region, reference, policyName, bundle },
    );
  if (path === undefined) return check(undefined);
  const connect = async (): Promise<AwsConnection> => context.connection;
  return withLocalApp(path, options, connect, async (local) => {
    const { findApp } = await import('../operations/app-source.js');
    const source = await findApp(local.path, toAppRequest(options, local));
    await source.build();
    const bundle = await source.open();
    try {
      return await check(bundle);
    } finally {
      await bundle.close();
    }
  });
}

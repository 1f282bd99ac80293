import { mapConcurrent } from '../../core/async/concurrency.js';
import type { AppOnServer } from '../../core/inventory/app-version.js';
import type { Mattermost } from '../../core/ports/mattermost.js';

/** What a server is asked about its apps. */
export type ServerReader = Pick<Mattermost, 'listApps' | 'findInstallation'>;

const CONCURRENT_LOOKUPS = 8;

/**
 * Reads what a server has of apps. The list of apps does not say which version is installed, and lacks installed apps that
 * are no longer listed: these are looked up one by one.
 *
 * @returns by ID
 */
export async function readServerApps(
  server: ServerReader,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AppOnServer>> {
  const listed = new Map((await server.listApps()).map((app) => [app.id, app]));
  const entries = await mapConcurrent(ids, CONCURRENT_LOOKUPS, async (id): Promise<[string, AppOnServer]> => {
    const app = listed.get(id);
    const isListedOnly = app !== undefined && !app.isInstalled;
    const installation = isListedOnly ? undefined : await server.findInstallation(id);
    const installedVersion = installation && String(installation.manifest.get('version') ?? '');
    return [
      id,
      {
        listedVersion: app?.version,
        installedVersion,
        deployType: installation?.deployType,
        isDisabled: installation?.isDisabled ?? false,
      },
    ];
  });
  return new Map(entries);
}

import { settleAll } from '../../core/async/concurrency.js';
import type { Installation } from '../../core/deploy/installation.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { findSimilarApp } from '../../core/did-you-mean.js';
import type { JsonObject } from '../../core/json/strict-json.js';
import type { Mattermost } from '../../core/ports/mattermost.js';

/** What a server knows about an app; one of both, at least. */
export interface ServerApp {
  readonly id: string;
  /** The manifest that the server lists; undefined when it does not list the app. */
  readonly listing: JsonObject | undefined;
  /** Undefined when the app is not installed. */
  readonly installation: Installation | undefined;
}

/**
 * Looks up an app on a server, and checks that the server can be used.
 *
 * @throws AppsctlError NOT_FOUND for an app that the server neither lists nor has installed
 */
export async function findServerApp(id: string, mattermost: Mattermost): Promise<ServerApp> {
  const [, listing, installation] = await settleAll(
    mattermost.checkAccess(),
    mattermost.findListing(id),
    mattermost.findInstallation(id),
  );
  if (listing === undefined && installation === undefined) throw await unknownServerApp(id, mattermost);
  return { id, listing, installation };
}

/** A field of a manifest; empty when it is missing. */
export function textField(manifest: JsonObject, field: 'version' | 'display_name'): string {
  const value = manifest.get(field);
  return typeof value === 'string' ? value : '';
}

async function unknownServerApp(id: string, mattermost: Mattermost): Promise<AppsctlError> {
  const ids = (await mattermost.listApps()).map((app) => app.id);
  const similar = findSimilarApp(id, ids);
  return new AppsctlError('NOT_FOUND', `app ${id} is neither listed nor installed in ${mattermost.siteUrl}`, {
    hint: ({ deployCommand, listServerAppsCommand }) =>
      similar === undefined
        ? `deploy it with: ${deployCommand}; see what is listed with: ${listServerAppsCommand}`
        : `did you mean ${similar}?`,
  });
}

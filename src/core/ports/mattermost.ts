import type { Installation } from '../deploy/mattermost-plan.js';
import type { JsonObject } from '../json/strict-json.js';
import type { Manifest } from '../manifest/manifest.js';

/** A Mattermost server with the Apps plugin. */
export interface Mattermost {
  readonly siteUrl: string;
  /** Throws unless the server can be reached, runs the Apps plugin and accepts the token as that of a system admin. */
  checkAccess(): Promise<void>;
  /** The manifest under which an app is listed; undefined only when the server says that it is not listed. */
  findListing(appId: string): Promise<JsonObject | undefined>;
  /** The app as it is installed; undefined only when the server says that it is not installed. */
  findInstallation(appId: string): Promise<Installation | undefined>;
  /** Lists the app, so that it can be installed. */
  list(manifest: Manifest): Promise<void>;
  /**
   * Installs a listed app, or installs it again.
   *
   * @param manifest the manifest under which it is listed
   */
  install(manifest: Manifest): Promise<void>;
}

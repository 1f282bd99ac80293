import type { Installation } from '../deploy/installation.js';
import type { JsonObject } from '../json/strict-json.js';
import type { Manifest } from '../manifest/manifest.js';

/** A Mattermost server with the Apps plugin. */
export interface Mattermost {
  readonly siteUrl: string;
  /** Rejects unless the server can be reached, runs the Apps plugin and accepts the token as that of a system admin. */
  checkAccess(): Promise<void>;
  /** Returns the manifest of a listed app; undefined only when the server responds that the app is not listed. */
  findListing(appId: string): Promise<JsonObject | undefined>;
  /** Returns the installation of an app; undefined only when the server responds that the app is not installed. */
  findInstallation(appId: string): Promise<Installation | undefined>;
  /** Lists an app, so that it can be installed. */
  list(manifest: Manifest): Promise<void>;
  /**
   * Installs a listed app, or installs it again.
   *
   * @param manifest the manifest that it is listed with
   */
  install(manifest: Manifest): Promise<void>;
}

import type { Installation } from '../deploy/installation.js';
import type { JsonObject } from '../json/strict-json.js';
import type { Manifest } from '../manifest/manifest.js';

/** An app that a server lists. */
export interface ListedApp {
  readonly id: string;
  /** The listed version: an installed app can have another one. */
  readonly version: string;
  readonly displayName: string;
  /** How servers can call the app, such as `aws_lambda`. */
  readonly deployTypes: readonly string[];
  readonly isInstalled: boolean;
  /** Whether it is installed, and not disabled. */
  readonly isEnabled: boolean;
}

/** A Mattermost server with the Apps plugin. */
export interface Mattermost {
  readonly siteUrl: string;
  /** Returns the version of the server, such as 10.11.0. Requires no permission, and no plugin. */
  serverVersion(): Promise<string>;
  /** Returns the version of the Apps plugin, such as 1.2.2; rejects with the reason why it does not run. */
  pluginVersion(): Promise<string>;
  /** Rejects unless the server can be reached, runs the Apps plugin and accepts the token as that of a system admin. */
  checkAccess(): Promise<void>;
  /** Returns all listed apps, sorted by id. An installed app that is no longer listed is missing. */
  listApps(): Promise<readonly ListedApp[]>;
  /** Returns the manifest of a listed app; undefined only when the server responds that the app is not listed. */
  findListing(appId: string): Promise<JsonObject | undefined>;
  /** Returns the installation of an app; undefined only when the server responds that the app is not installed. */
  findInstallation(appId: string): Promise<Installation | undefined>;
  /** Returns the deploy types of a listed app that the server can use, as it is configured. */
  usableDeployTypes(appId: string): Promise<readonly string[]>;
  /** Lists an app, so that it can be installed. */
  list(manifest: Manifest): Promise<void>;
  /**
   * Installs a listed app, or installs it again.
   *
   * @param app what it is listed with
   */
  install(app: Pick<Manifest, 'app_id' | 'version'>): Promise<void>;
  /**
   * Uninstalls an app with its data on the server: what it has stored, its OAuth 2.0 app and the connections of users.
   * It stays listed.
   *
   * @param options.force whether to uninstall it although the app itself objects
   */
  uninstall(appId: string, options?: { readonly force?: boolean | undefined }): Promise<void>;
  /** Enables an installed app. Does nothing when it is enabled. */
  enable(appId: string): Promise<void>;
  /** Disables an installed app, so that no one can use it. Does nothing when it is disabled. */
  disable(appId: string): Promise<void>;
}

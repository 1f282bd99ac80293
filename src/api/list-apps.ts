import type { AppVersion } from '../core/inventory/app-version.js';
import { describeUnchecked, type UncheckedPart } from '../core/inventory/unchecked.js';
import { parseAppReference } from '../core/manifest/app-reference.js';
import { openInventory } from './inventory-ports.js';
import {
  checkMattermostOptions,
  type MattermostOptions,
  type NetworkOptions,
  resolveNetwork,
} from './network-options.js';

/** Options of {@link listApps}. */
export interface ListOptions extends NetworkOptions {
  /**
   * The app to list: its ID, or its ID and version as in `com.example.app@v1.2.0`.
   *
   * @default all apps
   */
  readonly app?: string | undefined;
  /**
   * The Mattermost server to be asked whether it lists the apps or has installed them.
   *
   * @default none
   */
  readonly mattermost?: MattermostOptions | undefined;
}

/** The apps that are deployed. */
export interface AppList {
  /** By ID; the versions of an app latest first. */
  readonly versions: readonly AppVersion[];
  /** The keys of objects in the place of manifests that are not the manifest of an app; each is a warning, too. */
  readonly damagedManifests: readonly string[];
  /** What could not be read; each is a warning, too. */
  readonly notChecked: readonly UncheckedPart[];
}

/**
 * Lists the versions of apps whose manifests are in the bucket, with their functions on AWS, and what the server has of
 * them. Reads only, and goes on without what it may not read.
 *
 * @throws AppsctlError NOT_FOUND for an app or a version that is not deployed; ACCESS_DENIED when the manifests cannot be
 *   read; CREDENTIALS, NETWORK and SERVICE for requests that failed; USAGE for an invalid option; INTERRUPTED
 */
export async function listApps(options: ListOptions): Promise<AppList> {
  const { app, mattermost } = options;
  const context = await resolveNetwork(options);
  if (mattermost !== undefined) checkMattermostOptions(mattermost);
  const reference = app === undefined ? undefined : parseAppReference(app);
  const { ports } = await openInventory(context, mattermost);
  const [{ readInventory }, { UncheckedParts }] = await Promise.all([
    import('../operations/inventory/read-inventory.js'),
    import('../operations/inventory/unchecked-parts.js'),
  ]);
  const unchecked = new UncheckedParts(context.vocabulary);
  const { versions, manifests } = await readInventory(ports, reference, unchecked);
  const warn = (message: string): void => context.onEvent({ type: 'warning', message });
  for (const key of manifests.damaged) warn(`${key} is not the manifest of an app`);
  for (const part of unchecked.all) warn(describeUnchecked(part));
  return { versions, damagedManifests: manifests.damaged, notChecked: unchecked.all };
}

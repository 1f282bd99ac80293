import type { EventListener } from '../core/diagnostics/event.js';
import type { ListedApp, Mattermost } from '../core/ports/mattermost.js';
import type { Timeouts } from '../core/timeouts.js';
import { openNetwork } from '../http/network.js';
import type { ChangeContext, ChangedApp, ChangedServerApp } from '../operations/server-apps/change-app.js';
import type { ServerAppProblem, ServerAppStatus } from '../operations/server-apps/status.js';
import { openMattermost } from './adapters.js';
import { type CommonOptions, resolveCommon } from './common-options.js';
import type { MattermostOptions } from './network-options.js';

export type { ChangedApp, ChangedServerApp, ListedApp, ServerAppProblem, ServerAppStatus };

/** Options of functions that only use a Mattermost server. */
export interface ServerOptions extends CommonOptions {
  readonly mattermost: MattermostOptions;
  /**
   * How long to wait for the network.
   *
   * @default 120 s for a response of Mattermost
   */
  readonly timeouts?: Partial<Pick<Timeouts, 'mattermost'>> | undefined;
  /** Called with what is done, warnings and requests; must not throw. */
  readonly onEvent?: EventListener | undefined;
}

/** Options of functions that change an app on a Mattermost server. */
export interface ServerChangeOptions extends ServerOptions {
  /** Called before the app is changed, unless nothing is to be changed; what it throws prevents the change. */
  readonly beforeChanges?: ((app: ChangedApp) => void | Promise<void>) | undefined;
}

/** Options of {@link uninstallApp}. */
export interface UninstallOptions extends ServerChangeOptions {
  /**
   * Whether to uninstall the app although it objects.
   *
   * @default false
   */
  readonly force?: boolean | undefined;
}

/**
 * Lists the apps that a Mattermost server lists, for all deploy types.
 *
 * @returns sorted by id; without apps that are installed, but no longer listed
 * @throws AppsctlError ACCESS_DENIED when the token is not that of a system admin, NOT_FOUND when the Apps plugin does not
 *   run, NETWORK and SERVICE for requests that failed, USAGE for an invalid option
 */
export async function listServerApps(options: ServerOptions): Promise<readonly ListedApp[]> {
  const server = await openServer(options);
  await server.checkAccess();
  return server.listApps();
}

/**
 * Finds out how an app is listed and installed on a Mattermost server, and why users cannot use it.
 *
 * @throws AppsctlError NOT_FOUND also for an app that the server does not know; else as {@link listServerApps} does
 */
export async function serverAppStatus(id: string, options: ServerOptions): Promise<ServerAppStatus> {
  const { readServerAppStatus } = await import('../operations/server-apps/status.js');
  return readServerAppStatus(id, await openServer(options), resolveCommon(options).vocabulary);
}

/**
 * Installs an app that a Mattermost server lists for AWS. What is installed with the manifest that is listed is left as it
 * is, because another installation has side effects: it calls `on_install`, enables the app and may break its webhooks.
 *
 * @throws AppsctlError NOT_FOUND also for an app that is not listed, CONFLICT for one that is not listed for AWS,
 *   INVALID_BUNDLE for one that the server would refuse, INTERRUPTED; else as {@link listServerApps} does
 */
export async function installApp(id: string, options: ServerChangeOptions): Promise<ChangedServerApp> {
  const { installServerApp } = await import('../operations/server-apps/change-app.js');
  return installServerApp(id, await changeContext(options));
}

/**
 * Uninstalls an app, with its data on the server: what it has stored there, its OAuth 2.0 app and the connections of
 * users. It stays listed.
 *
 * @throws AppsctlError NOT_FOUND also for an app that the server does not know, CONFLICT when the app objects; INTERRUPTED;
 *   else as {@link listServerApps} does
 */
export async function uninstallApp(id: string, options: UninstallOptions): Promise<ChangedServerApp> {
  const { uninstallServerApp } = await import('../operations/server-apps/change-app.js');
  return uninstallServerApp(id, options.force ?? false, await changeContext(options));
}

/**
 * Enables an installed app.
 *
 * @throws AppsctlError NOT_FOUND also for an app that is not installed; INTERRUPTED; else as {@link listServerApps} does
 */
export async function enableApp(id: string, options: ServerChangeOptions): Promise<ChangedServerApp> {
  const { setServerAppDisabled } = await import('../operations/server-apps/change-app.js');
  return setServerAppDisabled(id, false, await changeContext(options));
}

/**
 * Disables an installed app: no one can use it until it is enabled, and its data is kept.
 *
 * @throws AppsctlError as {@link enableApp} does
 */
export async function disableApp(id: string, options: ServerChangeOptions): Promise<ChangedServerApp> {
  const { setServerAppDisabled } = await import('../operations/server-apps/change-app.js');
  return setServerAppDisabled(id, true, await changeContext(options));
}

/** @throws AppsctlError USAGE for options that are not valid, INVALID_VARIABLE for a proxy */
async function openServer(options: ServerOptions): Promise<Mattermost> {
  const { mattermost, timeouts, onEvent } = options;
  const network = await openNetwork(resolveCommon(options).env);
  return openMattermost({ connection: { timeouts, network }, onEvent }, mattermost);
}

async function changeContext(options: ServerChangeOptions): Promise<ChangeContext> {
  const { onEvent = () => {}, beforeChanges = () => {} } = options;
  const { signal, vocabulary } = resolveCommon(options);
  const mattermost = await openServer(options);
  return { mattermost, onEvent, signal, vocabulary, beforeChanges };
}

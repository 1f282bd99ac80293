import { throwIfAborted } from '../../core/async/clock.js';
import { OUTCOME_OF } from '../../core/deploy/action.js';
import { DEPLOY_TYPE } from '../../core/deploy/installation.js';
import { installationWarnings, planMattermost } from '../../core/deploy/mattermost-plan.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { EventListener, Outcome } from '../../core/diagnostics/event.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import type { JsonObject } from '../../core/json/strict-json.js';
import type { Mattermost } from '../../core/ports/mattermost.js';
import { decodeListing } from './decode-listing.js';
import { findServerApp, type ServerApp, textField } from './find-server-app.js';

/** What changes of an app on a server need. */
export interface ChangeContext {
  readonly mattermost: Mattermost;
  readonly onEvent: EventListener;
  readonly signal: AbortSignal | undefined;
  readonly vocabulary: Vocabulary;
  /** Called right before the change; what it throws prevents it. */
  readonly beforeChanges: (app: ChangedApp) => void | Promise<void>;
}

/** An app that is changed on a server. */
export interface ChangedApp {
  readonly id: string;
  /** The version that is, or was, installed. */
  readonly version: string;
  readonly displayName: string;
  readonly siteUrl: string;
}

/** An app on a server, and what was done about it. */
export interface ChangedServerApp extends ChangedApp {
  readonly action: 'install' | 'uninstall' | 'enable' | 'disable';
  readonly outcome: Outcome;
  /** Whether the app is installed, but disabled. */
  readonly isDisabled: boolean;
}

/**
 * Installs an app that is listed for AWS, unless it is installed with the manifest that is listed.
 *
 * @throws AppsctlError NOT_FOUND for an app that is not listed, CONFLICT for one that is not listed for AWS, INVALID_BUNDLE
 *   for one that the server would refuse
 */
export async function installServerApp(id: string, context: ChangeContext): Promise<ChangedServerApp> {
  const { mattermost, onEvent, vocabulary } = context;
  const { siteUrl } = mattermost;
  const { listing, installation } = await findServerApp(id, mattermost);
  if (listing === undefined) {
    throw new AppsctlError('NOT_FOUND', `app ${id} is installed, but not listed in ${siteUrl}`, {
      hint: ({ deployCommand }) => `list it with: ${deployCommand}`,
    });
  }
  if (!listing.has(DEPLOY_TYPE)) {
    throw new AppsctlError('CONFLICT', `app ${id} is not listed as an app on AWS in ${siteUrl}`, {
      hint: ({ deployCommand }) => `deploy it to AWS with: ${deployCommand}`,
    });
  }
  const manifest = decodeListing(listing);
  const plan = planMattermost(manifest, true, { listing, installation });
  for (const message of installationWarnings(manifest, plan, siteUrl, vocabulary)) {
    onEvent({ type: 'warning', message });
  }
  const outcome = OUTCOME_OF[plan.installation ?? 'unchanged'];
  const isDisabled = outcome === 'unchanged' && plan.installed?.isDisabled === true;
  const app = { ...describe(id, listing, siteUrl), action: 'install', outcome, isDisabled } as const;
  return change(app, context, () => mattermost.install(manifest));
}

/**
 * Uninstalls an app, with its data on the server. Does nothing to a listed app that is not installed.
 *
 * @param force whether to uninstall it although the app itself objects
 * @throws AppsctlError NOT_FOUND for an app that the server does not know, CONFLICT when the app objects
 */
export async function uninstallServerApp(
  id: string,
  force: boolean,
  context: ChangeContext,
): Promise<ChangedServerApp> {
  const { mattermost } = context;
  const { listing, installation } = await findServerApp(id, mattermost);
  const manifest = installation?.manifest ?? listing ?? new Map();
  const outcome = installation === undefined ? 'unchanged' : 'removed';
  const described = describe(id, manifest, mattermost.siteUrl);
  const app = { ...described, action: 'uninstall', outcome, isDisabled: false } as const;
  return change(app, context, () => mattermost.uninstall(id, { force }));
}

/**
 * Enables or disables an installed app, unless it is as it should be.
 *
 * @throws AppsctlError NOT_FOUND for an app that is not installed
 */
export async function setServerAppDisabled(
  id: string,
  isDisabled: boolean,
  context: ChangeContext,
): Promise<ChangedServerApp> {
  const { mattermost } = context;
  const { manifest, isDisabled: was } = requireInstallation(await findServerApp(id, mattermost), mattermost);
  const outcome = was === isDisabled ? 'unchanged' : 'updated';
  const action = isDisabled ? 'disable' : 'enable';
  const app = { ...describe(id, manifest, mattermost.siteUrl), action, outcome, isDisabled } as const;
  return change(app, context, () => (isDisabled ? mattermost.disable(id) : mattermost.enable(id)));
}

function requireInstallation({ id, installation }: ServerApp, { siteUrl }: Mattermost) {
  if (installation !== undefined) return installation;
  throw new AppsctlError('NOT_FOUND', `app ${id} is listed, but not installed in ${siteUrl}`, {
    hint: ({ installAppCommand }) => `install it with: ${installAppCommand}`,
  });
}

/** Makes a change, unless nothing is to be changed. */
async function change(
  app: ChangedServerApp,
  { onEvent, signal, beforeChanges }: ChangeContext,
  apply: () => Promise<void>,
): Promise<ChangedServerApp> {
  const { id, version, displayName, siteUrl, outcome } = app;
  if (outcome !== 'unchanged') {
    await beforeChanges({ id, version, displayName, siteUrl });
    throwIfAborted(signal);
    await apply();
  }
  onEvent({ type: 'resource', kind: 'installation', name: id, outcome });
  return app;
}

function describe(id: string, manifest: JsonObject, siteUrl: string): ChangedApp {
  return {
    id,
    version: textField(manifest, 'version'),
    displayName: textField(manifest, 'display_name'),
    siteUrl,
  };
}

import { refuseFirstInstallation } from '../bundle/check-installation.js';
import { LIBRARY_VOCABULARY, type Vocabulary } from '../diagnostics/vocabulary.js';
import { goJson, withSortedKeys } from '../json/go-json.js';
import type { JsonObject, JsonValue } from '../json/strict-json.js';
import { normalizedManifest } from '../manifest/encode.js';
import { MANIFEST_FIELDS, type Manifest } from '../manifest/manifest.js';
import type { Action } from './action.js';
import {
  DEPLOY_TYPE,
  describeOutdated,
  describeVersion,
  type Installation,
  type InstallationStatus,
  type InstalledApp,
} from './installation.js';

/** What a deployment does in Mattermost. */
export interface MattermostPlan {
  readonly listing: Action;
  /** Undefined when the deployment does not install the app. */
  readonly installation: Action | undefined;
  /** The installed app before the deployment; undefined when the app is not installed. */
  readonly installed: InstalledApp | undefined;
}

/**
 * Plans what a deployment changes in Mattermost. An app is only installed again when its manifest or its deploy type
 * differs, because an installation has side effects: it calls `on_install`, enables the app and may break its webhooks.
 *
 * @param manifest the manifest of the bundle
 * @param install whether to install the app
 * @param current the state of the server
 * @throws AppsctlError INVALID_BUNDLE when the app would be installed for the first time and the server would refuse it
 */
export function planMattermost(
  manifest: Manifest,
  install: boolean,
  current: { readonly listing: JsonObject | undefined; readonly installation: Installation | undefined },
): MattermostPlan {
  const { listing, installation } = current;
  const installed = installation && describeInstallation(manifest, installation);
  if (install && installed === undefined) refuseFirstInstallation(manifest);
  return {
    listing: planAction(listing, (known) => isSameManifest(known, manifest)),
    installation: install ? planAction(installed, ({ isCurrent }) => isCurrent) : undefined,
    installed,
  };
}

/**
 * Returns what users should know about the installed app before the plan is applied.
 *
 * @param vocabulary the names of options and commands
 * @returns messages for warnings
 */
export function installationWarnings(
  manifest: Manifest,
  plan: MattermostPlan,
  siteUrl: string,
  vocabulary: Vocabulary = LIBRARY_VOCABULARY,
): string[] {
  const { app_id: id, version } = manifest;
  const { installation, installed } = plan;
  if (installed === undefined) return [];
  const { isCurrent, isDisabled } = installed;
  if (installation === undefined) {
    if (isCurrent) return [];
    const outdated = describeOutdated(installed, manifest);
    return [`${outdated} in ${siteUrl}: install ${describeVersion(version)} with ${vocabulary.install}`];
  }
  if (installation === 'unchanged') {
    if (!isDisabled) return [];
    return [
      `app ${id} is installed in ${siteUrl} but disabled, and stays disabled: enable it with ${vocabulary.enableAppCommand}`,
    ];
  }
  const warnings: string[] = [];
  if (isDisabled) warnings.push(`app ${id} is disabled in ${siteUrl}: installing it again enables it`);
  if (losesWebhooks(manifest)) {
    warnings.push(
      `app ${id} gets a new webhook secret in ${siteUrl}: webhook URLs with the old one stop working`,
    );
  }
  return warnings;
}

/** Returns the installation of the app once the plan is applied. */
export function installationStatus({ installation, installed }: MattermostPlan): InstallationStatus {
  // An installation enables the app.
  if (installation === 'create' || installation === 'update') return { kind: 'installed', isDisabled: false };
  if (installed === undefined) return { kind: 'not-installed' };
  if (!installed.isCurrent) return { kind: 'outdated', installed };
  return { kind: 'installed', isDisabled: installed.isDisabled };
}

function planAction<Known>(known: Known | undefined, isCurrent: (known: Known) => boolean): Action {
  if (known === undefined) return 'create';
  return isCurrent(known) ? 'unchanged' : 'update';
}

/** Compares the installation of an app with a manifest. */
export function describeInstallation(manifest: Manifest, installation: Installation): InstalledApp {
  const { deployType, isDisabled } = installation;
  const version = installation.manifest.get('version');
  return {
    version: typeof version === 'string' ? version : '',
    deployType,
    isDisabled,
    isCurrent: deployType === DEPLOY_TYPE && isSameManifest(installation.manifest, manifest),
  };
}

/**
 * Whether installing the app again invalidates its webhook URLs: each installation generates a new webhook secret.
 * Rule: server/proxy/install.go and invoke_webhook.go of the Mattermost Apps plugin 1.2.
 */
function losesWebhooks({
  requested_permissions: permissions,
  remote_webhook_auth_type: type,
}: Manifest): boolean {
  return permissions.includes('remote_webhooks') && (type === '' || type === 'secret');
}

/** Deploy types that the plugin only lists if they were listed before or the request adds them. */
const OTHER_DEPLOY_TYPES: ReadonlySet<string> = new Set(['http', 'open_faas', 'plugin']);

/** The plugin overwrites this field with its own version. */
const OVERWRITTEN_FIELD = 'SchemaVersion';

/** Whether Mattermost has this manifest, ignoring what the plugin changes in it. */
function isSameManifest(stored: JsonObject, manifest: Manifest): boolean {
  const wanted = normalizedManifest(manifest);
  return MANIFEST_FIELDS.every((field) => {
    if (field === OVERWRITTEN_FIELD) return true;
    const [actual, desired] = [stored.get(field), wanted.get(field)];
    const isOptional = OTHER_DEPLOY_TYPES.has(field) && (actual === undefined || desired === undefined);
    return isOptional || toCanonicalJson(actual) === toCanonicalJson(desired);
  });
}

function toCanonicalJson(value: JsonValue | undefined): string | undefined {
  return value === undefined ? undefined : goJson(withSortedKeys(value));
}

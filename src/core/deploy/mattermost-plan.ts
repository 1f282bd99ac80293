import { refuseFirstInstallation } from '../bundle/check-installation.js';
import { goJson, withSortedKeys } from '../json/go-json.js';
import type { JsonObject, JsonValue } from '../json/strict-json.js';
import { normalizedManifest } from '../manifest/encode.js';
import { MANIFEST_FIELDS, type Manifest } from '../manifest/manifest.js';
import type { Action } from './action.js';

/** An app as it is installed in Mattermost. */
export interface Installation {
  /** The manifest that it was installed with: its known fields only, and none of the app's secrets. */
  readonly manifest: JsonObject;
  /** How the server reaches it, such as `aws_lambda`. */
  readonly deployType: string;
  /** Whether an administrator has disabled it, so that no one can use it. */
  readonly isDisabled: boolean;
}

/** An installed app, as far as a deployment has to know it. */
export interface InstalledApp {
  readonly version: string;
  /** How the server reaches it, such as `aws_lambda`. */
  readonly deployType: string;
  readonly isDisabled: boolean;
  /** Whether installing it again would change nothing. */
  readonly isCurrent: boolean;
}

/** What a deployment does in Mattermost. */
export interface MattermostPlan {
  readonly listing: Action;
  /** Undefined when the app is not to be installed. */
  readonly installation: Action | undefined;
  /** The app as it is installed before the deployment; undefined when it is not. */
  readonly installed: InstalledApp | undefined;
}

/** The way to deploy that is installed. */
const DEPLOY_TYPE = 'aws_lambda';

/**
 * Decides what a deployment changes in Mattermost. An app is installed again only if its manifest or the way to reach it
 * differs, because that is never without effect: its `on_install` is called, it is enabled, and its webhooks may break.
 *
 * @param manifest the bundle's
 * @param install whether the app is to be installed
 * @param current what the server has
 * @throws AppsctlError INVALID_BUNDLE for an app that would have to be installed for the first time, and cannot be
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
    listing: actionFor(listing, (known) => isSameManifest(known, manifest)),
    installation: install ? actionFor(installed, ({ isCurrent }) => isCurrent) : undefined,
    installed,
  };
}

/**
 * What a user has to know about the installed app before the plan is applied.
 *
 * @param siteUrl the server, as the texts name it
 * @returns one sentence each
 */
export function installationWarnings(manifest: Manifest, plan: MattermostPlan, siteUrl: string): string[] {
  const { app_id: id, version } = manifest;
  const { installation, installed } = plan;
  if (installed === undefined) return [];
  const { isDisabled } = installed;
  switch (installation) {
    case undefined:
      return installed.isCurrent
        ? []
        : [
            `${describeUnchangedInstallation(installed, manifest)} in ${siteUrl}: install ${versionName(version)} with --install`,
          ];
    case 'unchanged':
      return isDisabled
        ? [
            `app ${id} is installed in ${siteUrl} but disabled, and stays disabled: enable it with /apps enable ${id}`,
          ]
        : [];
    default:
      return [
        ...(isDisabled ? [`app ${id} is disabled in ${siteUrl}: installing it again enables it`] : []),
        ...(losesWebhooks(manifest)
          ? [`app ${id} gets a new webhook secret in ${siteUrl}: webhook URLs with the old one stop working`]
          : []),
      ];
  }
}

/**
 * How the app is installed once the plan is applied, or how to install it.
 *
 * @returns one line
 */
export function installationResult(manifest: Manifest, plan: MattermostPlan, siteUrl: string): string {
  const { installation, installed } = plan;
  if (installation === undefined && installed === undefined) {
    return `Install it in Mattermost with: /apps install listed ${manifest.app_id}`;
  }
  if (installation === undefined && installed?.isCurrent === false) {
    const version = versionName(manifest.version);
    return `Not installed: ${describeUnchangedInstallation(installed, manifest)} in ${siteUrl}; install ${version} with --install`;
  }
  const staysDisabled = installed?.isDisabled === true && (installation ?? 'unchanged') === 'unchanged';
  return `Installed in ${siteUrl}${staysDisabled ? ', but disabled' : ''}`;
}

function actionFor<Known>(known: Known | undefined, isCurrent: (known: Known) => boolean): Action {
  if (known === undefined) return 'create';
  return isCurrent(known) ? 'unchanged' : 'update';
}

function describeInstallation(manifest: Manifest, installation: Installation): InstalledApp {
  const { deployType, isDisabled } = installation;
  const version = installation.manifest.get('version');
  return {
    version: typeof version === 'string' ? version : '',
    deployType,
    isDisabled,
    isCurrent: deployType === DEPLOY_TYPE && isSameManifest(installation.manifest, manifest),
  };
}

/** What of an installed app stays when it is not installed again. */
function describeUnchangedInstallation({ version, deployType }: InstalledApp, manifest: Manifest): string {
  const { app_id: id } = manifest;
  if (version !== manifest.version) return `${versionName(version)} of app ${id} stays installed`;
  if (deployType !== DEPLOY_TYPE) return `app ${id} stays installed with the deploy type ${deployType}`;
  return `app ${id} stays installed with its earlier manifest`;
}

function versionName(version: string): string {
  return version === '' ? 'the version without a number' : `version ${version}`;
}

/**
 * Whether each installation of an app makes a new webhook secret, and webhooks ask for it. Rule: server/proxy/install.go
 * and invoke_webhook.go of the Mattermost Apps plugin 1.2.
 */
function losesWebhooks({
  requested_permissions: permissions,
  remote_webhook_auth_type: type,
}: Manifest): boolean {
  return permissions.includes('remote_webhooks') && (type === '' || type === 'secret');
}

/** Ways to deploy that are listed only when they were before, or when a request adds them. */
const OTHER_DEPLOY_TYPES: ReadonlySet<string> = new Set(['http', 'open_faas', 'plugin']);

/** The plugin writes its own version here, whatever the manifest says. */
const OVERWRITTEN = 'SchemaVersion';

/** Whether what Mattermost has is the manifest, but for what listing and installing make of it. */
function isSameManifest(known: JsonObject, manifest: Manifest): boolean {
  const wanted = normalizedManifest(manifest);
  return MANIFEST_FIELDS.every((field) => {
    if (field === OVERWRITTEN) return true;
    const [is, shouldBe] = [known.get(field), wanted.get(field)];
    const isOptional = OTHER_DEPLOY_TYPES.has(field) && (is === undefined || shouldBe === undefined);
    return isOptional || canonical(is) === canonical(shouldBe);
  });
}

function canonical(value: JsonValue | undefined): string | undefined {
  return value === undefined ? undefined : goJson(withSortedKeys(value));
}

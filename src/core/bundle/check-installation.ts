import { assetKey } from '../aws/resource-names.js';
import { AppsctlError } from '../diagnostics/error.js';
import type { Findings } from '../diagnostics/findings.js';
import type { Manifest } from '../manifest/manifest.js';
import { iconPath } from '../manifest/validate.js';
import { type BundleAsset, type PartialBundle, STATIC_PREFIX } from './bundle.js';

/** Limits of the fields of an OAuth 2.0 app: bytes of name and home page, characters of the description. */
const OAUTH_APP = { name: 64, homepage: 256, description: 512 };

/** Usernames that Mattermost reserves. Source: restrictedUsernames of the Mattermost server, model/user.go */
const RESTRICTED_NAMES: readonly string[] = ['all', 'channel', 'matterbot', 'system'];
/** Existing bots by username, and the software that they belong to. An app with the same username would replace them. */
const EXISTING_BOTS: Readonly<Record<string, string>> = {
  appsbot: 'the Apps plugin',
  'system-bot': 'the Mattermost server',
};
/** The id of the app that is built into the plugin. It hides any other app with that id. */
const BUILTIN_APP = 'apps';

/**
 * Checks what an installation requires but the Apps plugin does not check when an app is listed. Sources:
 * server/proxy/install.go of the Mattermost Apps plugin 1.2; OAuthApp.IsValid, Bot.IsValidCreate and User.IsValid of the
 * Mattermost server.
 *
 * What makes every installation fail, or harms another bot, is an error, even if the deployment does not install the app:
 * the only purpose of listing an app is to install it. What makes only the first installation fail is a warning, because an app that is
 * already installed keeps its OAuth 2.0 app. For a first installation, {@link refuseFirstInstallation} makes it an error.
 *
 * @param findings what was found when the bundle was opened; fields that have an error already are not checked
 */
export function checkInstallation(bundle: PartialBundle, findings: Findings): void {
  const { manifest } = bundle;
  if (manifest === undefined) return;
  if (!findings.hasErrorAt('app_id')) checkBotUsername(manifest.app_id, findings);
  for (const { field, message, fix } of oauthAppProblems(manifest)) {
    if (findings.hasErrorAt(field)) continue;
    const consequence = 'a server where the app is not installed yet cannot install it';
    findings.warning('install/oauth-app', field, `${message}: ${consequence}`, fix);
  }
  if (manifest.icon !== '' && !findings.hasErrorAt('icon')) checkIcon(manifest, bundle.assets, findings);
}

/**
 * Refuses an app that the server could not install for the first time.
 *
 * @throws AppsctlError INVALID_BUNDLE
 */
export function refuseFirstInstallation(manifest: Manifest): void {
  const [problem] = oauthAppProblems(manifest);
  if (problem === undefined) return;
  const { field, message, fix } = problem;
  const subject = `app ${manifest.app_id} cannot be installed: ${field}`;
  throw new AppsctlError('INVALID_BUNDLE', `${subject} ${message}`, { hint: fix });
}

/** The username of the app's bot is the app id in lower case, its email address `{username}@localhost`. */
function checkBotUsername(id: string, findings: Findings): void {
  const username = id.toLowerCase();
  const owner = EXISTING_BOTS[username];
  const report = (message: string, fix = 'choose another ID'): void =>
    findings.error('install/app-id', 'app_id', message, fix);
  if (!/^[A-Za-z0-9._-]*$/.test(id)) {
    report(
      `${JSON.stringify(id)} contains non-ASCII letters or digits, which the username of the app's bot must not contain`,
      'use A-Z, a-z, 0-9, "-", "_" and "."',
    );
  } else if (/^\.|\.\.|\.$/.test(id)) {
    report(
      `${JSON.stringify(id)} begins or ends with a dot or contains "..", which is not allowed in the email address of the app's bot`,
    );
  } else if (id === BUILTIN_APP) {
    report(`"${id}" is the ID of the app that is built into the Apps plugin`);
  } else if (RESTRICTED_NAMES.includes(username)) {
    report(`"${id}" is a username that the Mattermost server reserves`);
  } else if (owner !== undefined) {
    report(`"${id}" is the username of the bot of ${owner}, which the app would take over`);
  }
}

interface Problem {
  readonly field: string;
  readonly message: string;
  readonly fix: string;
}

/** Problems of the fields from which a first installation creates an OAuth 2.0 app. */
function oauthAppProblems(manifest: Manifest): Problem[] {
  const { display_name: name, homepage_url: homepage, description } = manifest;
  const problems: Problem[] = [];
  const checkLength = (field: string, length: number, unit: string, limit: number): void => {
    if (length <= limit) return;
    problems.push({ field, message: `has ${length} ${unit}, over the limit of ${limit}`, fix: 'shorten it' });
  };
  checkLength('display_name', Buffer.byteLength(name), 'bytes', OAUTH_APP.name);
  checkLength('homepage_url', Buffer.byteLength(homepage), 'bytes', OAUTH_APP.homepage);
  checkLength('description', [...description].length, 'characters', OAUTH_APP.description);
  if (!/^https?:\/\//.test(homepage)) {
    const message = 'does not begin with http:// or https:// in lower case';
    problems.push({ field: 'homepage_url', message, fix: 'write the scheme in lower case' });
  }
  return problems;
}

/** An installation reads the icon from S3, and uses the text of the manifest as its path without decoding it. */
function checkIcon(manifest: Manifest, assets: readonly BundleAsset[], findings: Findings): void {
  const { app_id: id, version, icon } = manifest;
  const key = assetKey(id, version, icon);
  const shown = JSON.stringify(icon);
  if (assets.every((asset) => asset.key !== key)) {
    const message = `${shown} is not an asset of the bundle: the app cannot be installed without its icon`;
    findings.error('install/icon', 'icon', message, suggestIcon(icon, assets));
  } else if (icon.includes('/')) {
    const message = `${shown} is in a subfolder, from which the server does not serve icons to users`;
    findings.warning('install/icon', 'icon', message, 'move it directly into static/');
  }
}

function suggestIcon(icon: string, assets: readonly BundleAsset[]): string {
  if (/^[a-z]+:/i.test(icon))
    return 'add the image below static/ and use its path: icons are not loaded from URLs';
  const path = iconPath(icon).replace(/^\/+/, '');
  if (assets.some((asset) => asset.path === path))
    return `write ${JSON.stringify(path)}: the path is used as written`;
  const baseName = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const similar = assets.find((asset) => asset.path.toLowerCase().split('/').at(-1) === baseName);
  if (similar === undefined) return `add ${STATIC_PREFIX}${path}`;
  return `the bundle has ${STATIC_PREFIX}${similar.path}: write ${JSON.stringify(similar.path)}`;
}

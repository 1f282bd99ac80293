import { assetKey } from '../aws/resource-names.js';
import { AppsctlError } from '../diagnostics/error.js';
import type { Findings } from '../diagnostics/findings.js';
import type { Manifest } from '../manifest/manifest.js';
import { iconPath } from '../manifest/validate.js';
import { type AppBundle, type BundleAsset, STATIC_PREFIX } from './bundle.js';

/** The longest name of an OAuth 2.0 app and its longest home page in bytes, its longest description in characters. */
const OAUTH_APP = { name: 64, homepage: 256, description: 512 };

/** Usernames that Mattermost gives to no one. Source: restrictedUsernames of the Mattermost server, model/user.go */
const RESTRICTED_NAMES: readonly string[] = ['all', 'channel', 'matterbot', 'system'];
/** Bots that an app of the same name would take over, and whose they are. */
const OTHER_BOTS: Readonly<Record<string, string>> = {
  appsbot: 'the Apps plugin',
  'system-bot': 'the Mattermost server',
};
/** The app that is built into the plugin, which hides any other one of that id. */
const BUILTIN_APP = 'apps';

/**
 * The rules that an app has to meet to be installed, though the Apps plugin lists it without. Sources: server/proxy/install.go
 * of the Mattermost Apps plugin 1.2; OAuthApp.IsValid, Bot.IsValidCreate and User.IsValid of the Mattermost server.
 *
 * What is sure to make an installation fail, or to harm another bot, is an error, also for a deployment without
 * `--install`: an app is listed for nothing but to be installed. What makes only a first installation fail is a warning,
 * because an app that is installed already keeps what it got then; a deployment that is to install the app for the first
 * time refuses it, see {@link refuseFirstInstallation}.
 *
 * @param bundle a bundle without errors
 * @param findings takes them; `generate-terraform-data` knows nothing of these rules
 */
export function checkInstallation(bundle: AppBundle, findings: Findings): void {
  const { manifest } = bundle;
  checkBotName(manifest.app_id, findings);
  for (const { field, message, fix } of oauthAppProblems(manifest)) {
    findings.warning(field, `${message}: a server without the app cannot install it`, fix);
  }
  if (manifest.icon !== '') checkIcon(manifest, bundle.assets, findings);
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
  throw new AppsctlError(
    'INVALID_BUNDLE',
    `app ${manifest.app_id} cannot be installed: ${field} ${message}`,
    {
      hint: fix,
    },
  );
}

/** The app's bot gets the id in lower case as its username, and `{username}@localhost` as its address. */
function checkBotName(id: string, findings: Findings): void {
  const username = id.toLowerCase();
  const owner = OTHER_BOTS[username];
  const fix = 'choose another id';
  if (!/^[A-Za-z0-9._-]*$/.test(id)) {
    const message = `${JSON.stringify(id)} has letters or digits beyond ASCII, which the username of the app's bot may not have`;
    findings.error('app_id', message, 'use A-Z, a-z, 0-9, "-", "_" and "."');
  } else if (/^\.|\.\.|\.$/.test(id)) {
    const message = `${JSON.stringify(id)} has a dot at its start or end, or two together, which the address of the app's bot may not have`;
    findings.error('app_id', message, fix);
  } else if (id === BUILTIN_APP) {
    findings.error('app_id', `"${id}" is the id of the app that is built into the Apps plugin`, fix);
  } else if (RESTRICTED_NAMES.includes(username)) {
    findings.error('app_id', `"${id}" is reserved: no bot may have this username`, fix);
  } else if (owner !== undefined) {
    findings.error(
      'app_id',
      `"${id}" is the username of the bot of ${owner}, which the app would take over`,
      fix,
    );
  }
}

interface Problem {
  readonly field: string;
  readonly message: string;
  readonly fix: string;
}

/** A first installation creates an OAuth 2.0 app from these fields. */
function oauthAppProblems(manifest: Manifest): Problem[] {
  const { display_name: name, homepage_url: homepage, description } = manifest;
  const problems: Problem[] = [];
  const limit = (field: string, length: number, unit: string, most: number): void => {
    if (length > most) {
      problems.push({
        field,
        message: `has ${length} ${unit}, over the limit of ${most}`,
        fix: 'shorten it',
      });
    }
  };
  limit('display_name', Buffer.byteLength(name), 'bytes', OAUTH_APP.name);
  limit('homepage_url', Buffer.byteLength(homepage), 'bytes', OAUTH_APP.homepage);
  limit('description', [...description].length, 'characters', OAUTH_APP.description);
  if (!/^https?:\/\//.test(homepage)) {
    const message = 'does not begin with http:// or https:// in lower case';
    problems.push({ field: 'homepage_url', message, fix: 'write the scheme in lower case' });
  }
  return problems;
}

/** An installation reads the icon from S3, with the text of the manifest as its path. */
function checkIcon(manifest: Manifest, assets: readonly BundleAsset[], findings: Findings): void {
  const { app_id: id, version, icon } = manifest;
  const key = assetKey(id, version, icon);
  if (assets.every((asset) => asset.key !== key)) {
    const message = `${JSON.stringify(icon)} is not an asset of the bundle, and the app cannot be installed without its icon`;
    findings.error('icon', message, fixForIcon(icon, assets));
  } else if (icon.includes('/')) {
    const message = `${JSON.stringify(icon)} is in a folder, from which the server shows no icon to users`;
    findings.warning('icon', message, 'move it to static/ itself');
  }
}

function fixForIcon(icon: string, assets: readonly BundleAsset[]): string {
  if (/^[a-z]+:/i.test(icon))
    return 'add the image below static/ and write its name: an address on the web is not read';
  const meant = iconPath(icon).replace(/^\/+/, '');
  const exact = assets.find(({ path }) => path === meant);
  if (exact !== undefined) return `write ${JSON.stringify(exact.path)}: the text is taken as it is`;
  const baseName = meant.slice(meant.lastIndexOf('/') + 1).toLowerCase();
  const similar = assets.find(({ path }) => path.toLowerCase().split('/').at(-1) === baseName);
  if (similar === undefined) return `add ${STATIC_PREFIX}${meant}`;
  return `the bundle has ${STATIC_PREFIX}${similar.path}: write ${JSON.stringify(similar.path)}`;
}

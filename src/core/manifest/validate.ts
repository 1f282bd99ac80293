import type { Findings } from '../diagnostics/findings.js';
import { LIMITS } from '../limits.js';
import { GoUrlError, parseReference, parseRequestUri, pathUnescape } from './go-url.js';
import type { Manifest } from './manifest.js';

/** The bounds of an app id and of a version, in bytes of UTF-8. */
const APP_ID_BYTES = { min: 3, max: 32 };
const VERSION_BYTES = 10;
/** An icon is read again and again, once for each level of escapes in it. It becomes an S3 key, which ends there. */
const ICON_BYTES = 1024;

/** Each permission that the server grants only together with another one. */
const PERMISSION_NEEDS: readonly (readonly [string, string])[] = [
  ['remote_webhooks', 'act_as_bot'],
  ['remote_oauth2', 'act_as_user'],
  ['user_joined_channel_notification', 'act_as_bot'],
];

/**
 * Checks a decoded manifest against the rules by which the Mattermost Apps plugin 1.2 accepts one for its list. What
 * only an installation refuses is the business of checkInstallation.
 *
 * @param manifest what {@link decodeManifest} made of the file
 * @param findings takes every rule that is broken, with its location and a remedy
 */
export function validateManifest(manifest: Manifest, findings: Findings): void {
  checkAppId(manifest.app_id, findings);
  checkVersion(manifest.version, findings);
  if (manifest.display_name === '') findings.error('display_name', 'is missing', 'give the app a name');
  checkUrl('homepage_url', manifest.homepage_url, findings);
  if (manifest.icon !== '') checkIcon(manifest.icon, findings);
  for (const [permission, needed] of PERMISSION_NEEDS) {
    const requested = manifest.requested_permissions;
    if (requested.includes(permission) && !requested.includes(needed)) {
      findings.error('requested_permissions', `${permission} needs ${needed}`, `add "${needed}"`);
    }
  }
  checkDeployTypes(manifest, findings);
}

function checkDeployTypes(manifest: Manifest, findings: Findings): void {
  const { aws_lambda: lambda, http, open_faas: openFaas, plugin } = manifest;
  if (lambda === undefined && http === undefined && openFaas === undefined && plugin === undefined) {
    findings.error('manifest.json', 'says nothing of how the app is deployed', 'add "aws_lambda"');
  }
  if (lambda !== undefined) {
    checkFunctions('aws_lambda', lambda.functions, ['path', 'name', 'handler', 'runtime'], findings);
  }
  if (http !== undefined) checkUrl('http.root_url', http.root_url, findings);
  if (openFaas !== undefined) checkFunctions('open_faas', openFaas.functions, ['path', 'name'], findings);
  if (plugin?.plugin_id === '')
    findings.error('plugin.plugin_id', 'is missing', 'name the plugin, or drop "plugin"');
}

function checkFunctions<Name extends string>(
  section: string,
  functions: readonly Readonly<Record<Name, string>>[],
  required: readonly Name[],
  findings: Findings,
): void {
  if (functions.length === 0)
    findings.error(`${section}.functions`, 'is empty', 'describe at least one function');
  if (functions.length > LIMITS.functions) {
    const message = `has ${functions.length} functions, over the limit of ${LIMITS.functions}`;
    findings.error(`${section}.functions`, message, 'split the app into several');
    return;
  }
  for (const [index, item] of functions.entries()) {
    for (const field of required) {
      if (item[field] === '') findings.error(`${section}.functions[${index}].${field}`, 'is missing');
    }
  }
}

function checkAppId(id: string, findings: Findings): void {
  const { min, max } = APP_ID_BYTES;
  const length = Buffer.byteLength(id);
  if (length < min || length > max) {
    const message = id === '' ? 'is missing' : `${JSON.stringify(id)} has ${length} bytes`;
    findings.error('app_id', message, `write ${min} to ${max} bytes, such as com.example.app`);
  }
  checkCharacters('app_id', id, findings);
}

function checkVersion(version: string, findings: Findings): void {
  const length = Buffer.byteLength(version);
  if (length > VERSION_BYTES) {
    const message = `${JSON.stringify(version)} has ${length} bytes`;
    findings.error('version', message, `write at most ${VERSION_BYTES} bytes, such as v1.2.3`);
  }
  checkCharacters('version', version, findings);
}

function checkCharacters(location: string, text: string, findings: Findings): void {
  const wrong = [...new Set(text.replace(/[\p{L}\p{N}\-_.]/gu, ''))];
  if (wrong.length > 0) {
    const listed = wrong.map((char) => JSON.stringify(char)).join(', ');
    findings.error(location, `may not contain ${listed}`, 'use letters, digits, "-", "_" and "."');
  }
}

function checkUrl(location: string, text: string, findings: Findings): void {
  const fix = 'write an absolute URL such as https://example.com';
  if (text === '') {
    findings.error(location, 'is missing', fix);
    return;
  }
  const reason = urlErrorMessage(() => {
    const { scheme, host } = parseRequestUri(text);
    if (scheme !== 'http' && scheme !== 'https')
      throw new GoUrlError('it must begin with http:// or https://');
    if (host === '') throw new GoUrlError('it has no host');
  });
  if (reason !== undefined)
    findings.error(location, `${JSON.stringify(text)} is not an http(s) URL: ${reason}`, fix);
}

function checkIcon(icon: string, findings: Findings): void {
  const length = Buffer.byteLength(icon);
  if (length > ICON_BYTES) {
    findings.error('icon', `has ${length} bytes, over the limit of ${ICON_BYTES}`, 'shorten its path');
    return;
  }
  const reason = urlErrorMessage(() => {
    const path = iconPath(icon);
    if (path === '.' || path.startsWith('../')) throw new GoUrlError('it leaves static/');
  });
  if (reason !== undefined) {
    findings.error(
      'icon',
      `${JSON.stringify(icon)} is not a path: ${reason}`,
      'write a path below static/, such as icon.png',
    );
  }
}

/**
 * The path that an icon means: the plugin reads an icon as a URL reference, undoes its escapes as long as there are any,
 * and cleans the path. Only its check of a manifest does so; an installation takes the text as it is.
 *
 * @throws GoUrlError when there is no path in it
 */
export function iconPath(icon: string): string {
  let { path } = parseReference(icon);
  if (path === '') throw new GoUrlError('its path is empty');
  for (let unescaped = pathUnescape(path); unescaped !== path; unescaped = pathUnescape(path))
    path = unescaped;
  return Buffer.from(cleanPath(path), 'latin1').toString('utf8');
}

/** The shortest equivalent of a slash-separated path. Rule: https://pkg.go.dev/path#Clean */
function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!rooted) kept.push('..');
  }
  const joined = kept.join('/');
  if (rooted) return `/${joined}`;
  return joined === '' ? '.' : joined;
}

function urlErrorMessage(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof GoUrlError) return error.message;
    throw error;
  }
}

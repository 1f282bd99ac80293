import type { Findings } from '../diagnostics/findings.js';
import { LIMITS } from '../limits.js';
import { GoUrlError, parseReference, parseRequestUri, pathUnescape } from './go-url.js';
import { DEPLOY_TYPES, type Manifest } from './manifest.js';
import type { ManifestSource } from './manifest-source.js';

const APP_ID_BYTES = { min: 3, max: 32 };
export const MAX_VERSION_BYTES = 10;
/** An icon becomes an S3 key, which has this limit. It also bounds the work: an icon is decoded once per level of escapes. */
const MAX_ICON_BYTES = 1024;

/** Permissions that the server grants only together with another one. */
const PERMISSION_NEEDS: readonly (readonly [string, string])[] = [
  ['remote_webhooks', 'act_as_bot'],
  ['remote_oauth2', 'act_as_user'],
  ['user_joined_channel_notification', 'act_as_bot'],
];

/**
 * Checks a manifest by the rules that the Mattermost Apps plugin 1.2 applies when an app is listed. What it checks only
 * when an app is installed is in core/bundle/check-installation.ts.
 *
 * @param manifest the result of {@link decodeManifest}
 * @param source what else the file contains
 * @param findings collects the violations, also by values that are empty because they have a wrong type
 */
export function validateManifest(manifest: Manifest, source: ManifestSource, findings: Findings): void {
  checkAppId(manifest.app_id, findings);
  checkVersion(manifest.version, findings);
  if (manifest.display_name === '')
    findings.error('manifest/required', 'display_name', 'is missing', 'add the name of the app');
  checkUrl('homepage_url', manifest.homepage_url, findings);
  if (manifest.icon !== '') checkIcon(manifest.icon, findings);
  const requested = manifest.requested_permissions;
  const isListKnown = requested.every(
    (_, index) => !source.wrongTypes.has(`requested_permissions[${index}]`),
  );
  for (const [permission, needed] of isListKnown ? PERMISSION_NEEDS : []) {
    if (requested.includes(permission) && !requested.includes(needed)) {
      const message = `${permission} requires ${needed}`;
      findings.error('manifest/permission', 'requested_permissions', message, `add "${needed}"`);
    }
  }
  checkDeployTypes(manifest, source, findings);
}

function checkDeployTypes(manifest: Manifest, source: ManifestSource, findings: Findings): void {
  const { aws_lambda: lambda, http, open_faas: openFaas, plugin } = manifest;
  if (DEPLOY_TYPES.every((type) => manifest[type] === undefined && !source.wrongTypes.has(type))) {
    const typo = source.findTypo('aws_lambda');
    if (typo === undefined) {
      const message = 'does not say how the app is deployed';
      findings.error('manifest/deploy-type', 'manifest.json', message, 'add "aws_lambda"');
    } else {
      const fix = `rename ${JSON.stringify(typo)} to "aws_lambda"`;
      findings.error('manifest/deploy-type', 'manifest.json', 'has no "aws_lambda"', fix);
    }
  }
  if (lambda !== undefined) {
    checkFunctions('aws_lambda', lambda.functions, ['path', 'name', 'handler', 'runtime'], findings);
  }
  if (http !== undefined) checkUrl('http.root_url', http.root_url, findings);
  if (openFaas !== undefined) checkFunctions('open_faas', openFaas.functions, ['path', 'name'], findings);
  if (plugin?.plugin_id === '') {
    const fix = 'add the ID of the plugin, or remove "plugin"';
    findings.error('manifest/required', 'plugin.plugin_id', 'is missing', fix);
  }
}

function checkFunctions<Name extends string>(
  section: string,
  functions: readonly Readonly<Record<Name, string>>[],
  required: readonly Name[],
  findings: Findings,
): void {
  const location = `${section}.functions`;
  if (functions.length === 0)
    findings.error('manifest/function-count', location, 'is empty', 'add at least one function');
  if (functions.length > LIMITS.functions) {
    const message = `has ${functions.length} functions, over the limit of ${LIMITS.functions}`;
    findings.error('manifest/function-count', location, message, 'split the app into several apps');
    return;
  }
  for (const [index, item] of functions.entries()) {
    for (const field of required) {
      if (item[field] === '')
        findings.error('manifest/required', `${location}[${index}].${field}`, 'is missing');
    }
  }
}

function checkAppId(id: string, findings: Findings): void {
  const { min, max } = APP_ID_BYTES;
  const bytes = Buffer.byteLength(id);
  if (bytes < min || bytes > max) {
    const message = id === '' ? 'is missing' : `${JSON.stringify(id)} has ${formatBytes(bytes)}`;
    const fix = `use ${min} to ${max} bytes, such as com.example.app`;
    findings.error('manifest/app-id', 'app_id', message, fix);
  }
  checkCharacters('manifest/app-id', 'app_id', id, findings);
}

function checkVersion(version: string, findings: Findings): void {
  const bytes = Buffer.byteLength(version);
  if (bytes > MAX_VERSION_BYTES) {
    const message = `${JSON.stringify(version)} has ${formatBytes(bytes)}`;
    const fix = `use at most ${MAX_VERSION_BYTES} bytes, such as v1.2.3`;
    findings.error('manifest/version', 'version', message, fix);
  }
  checkCharacters('manifest/version', 'version', version, findings);
}

function checkCharacters(
  rule: 'manifest/app-id' | 'manifest/version',
  location: string,
  text: string,
  findings: Findings,
): void {
  const invalid = [...new Set(text.replace(/[\p{L}\p{N}\-_.]/gu, ''))];
  if (invalid.length === 0) return;
  const message = `must not contain ${invalid.map((char) => JSON.stringify(char)).join(', ')}`;
  findings.error(rule, location, message, 'use letters, digits, "-", "_" and "."');
}

function checkUrl(location: string, text: string, findings: Findings): void {
  const fix = 'use an absolute URL such as https://example.com';
  if (text === '') {
    findings.error('manifest/url', location, 'is missing', fix);
    return;
  }
  const reason = urlErrorMessage(() => {
    const { scheme, host } = parseRequestUri(text);
    if (scheme !== 'http' && scheme !== 'https')
      throw new GoUrlError('it does not begin with http:// or https://');
    if (host === '') throw new GoUrlError('it has no host');
  });
  if (reason === undefined) return;
  const message = `${JSON.stringify(text)} is not a valid http(s) URL: ${reason}`;
  findings.error('manifest/url', location, message, fix);
}

function checkIcon(icon: string, findings: Findings): void {
  const bytes = Buffer.byteLength(icon);
  if (bytes > MAX_ICON_BYTES) {
    const message = `has ${bytes} bytes, over the limit of ${MAX_ICON_BYTES}`;
    findings.error('manifest/icon', 'icon', message, 'shorten its path');
    return;
  }
  const reason = urlErrorMessage(() => {
    const path = iconPath(icon);
    if (path === '.' || path.startsWith('../')) throw new GoUrlError('it is not below static/');
  });
  if (reason === undefined) return;
  const message = `${JSON.stringify(icon)} is not a valid path: ${reason}`;
  findings.error('manifest/icon', 'icon', message, 'use a path below static/, such as icon.png');
}

/**
 * The path of an icon as the plugin reads it when it checks a manifest: it parses the icon as a URL reference, decodes
 * escapes until there are none, and cleans the path. An installation uses the text without any of that.
 *
 * @throws GoUrlError when the icon has no valid path
 */
export function iconPath(icon: string): string {
  let { path } = parseReference(icon);
  if (path === '') throw new GoUrlError('its path is empty');
  for (let decoded = pathUnescape(path); decoded !== path; decoded = pathUnescape(path)) path = decoded;
  return Buffer.from(cleanPath(path), 'latin1').toString('utf8');
}

/** The shortest equivalent of a slash-separated path. Rule: https://pkg.go.dev/path#Clean */
function cleanPath(path: string): string {
  const isRooted = path.startsWith('/');
  const cleaned: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') cleaned.push(segment);
    else if (cleaned.length > 0 && cleaned.at(-1) !== '..') cleaned.pop();
    else if (!isRooted) cleaned.push('..');
  }
  const joined = cleaned.join('/');
  if (isRooted) return `/${joined}`;
  return joined === '' ? '.' : joined;
}

function formatBytes(count: number): string {
  return `${count} ${count === 1 ? 'byte' : 'bytes'}`;
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

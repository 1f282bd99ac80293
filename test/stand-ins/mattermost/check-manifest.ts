import { posix } from 'node:path';
import { isObject } from './go-json.js';
import { DEPLOY_TYPES, type Manifest } from './manifest.js';
import { listed, PluginError } from './plugin-error.js';

/** Looser than the server in what a host may be; it refuses nothing that the server takes. */
const WEB_URL = /^https?:\/\/[^/?#\s\\|]+([/?]\S*)?$/i;

/** What one permission asks for beside itself. */
const PERMISSIONS_NEEDED: Readonly<Record<string, string>> = {
  remote_webhooks: 'act_as_bot',
  remote_oauth2: 'act_as_user',
  user_joined_channel_notification: 'act_as_bot',
};

/** The server's check of a manifest; throws one error with everything that is wrong, a line each. */
export function checkManifest(manifest: Manifest): void {
  const { app_id, version = '', display_name, homepage_url, icon, requested_permissions = [] } = manifest;
  const problems = [
    ...(display_name === '' ? ['display_name is empty'] : []),
    ...(homepage_url === '' ? ['homepage_url is empty'] : []),
    ...urlProblems(homepage_url).map(
      (reason) => `homepage_url ${JSON.stringify(homepage_url)} invalid: ${reason}`,
    ),
    ...(icon === undefined ? [] : iconProblems(icon)),
    ...appIdProblems(app_id),
    ...versionProblems(version),
    ...permissionProblems(requested_permissions),
    ...deployProblems(manifest),
  ];
  if (problems.length > 0) {
    throw new PluginError(listed(problems.map((problem) => `${problem}: invalid input`)), 'invalid input');
  }
}

function urlProblems(url: string): string[] {
  if (url === '') {
    return ['parse "": empty url'];
  }
  if (WEB_URL.test(url)) {
    return [];
  }
  return [/^https?:/i.test(url) ? 'URL must contain a host' : 'URL schema must either be "http" or "https"'];
}

function iconProblems(icon: string): string[] {
  const leavesStatic = /^(\.$|\.\.\/)/.test(posix.normalize(icon));
  return leavesStatic ? [`bad path: ${JSON.stringify(icon)}`] : [];
}

function appIdProblems(id: string): string[] {
  const length = Buffer.byteLength(id);
  return [
    ...(length < 3 ? [`appID ${id} too short, should be 3 bytes`] : []),
    ...(length > 32 ? [`appID ${id} too long, should be 32 bytes`] : []),
    ...wrongCharacters(id).map((char) => `invalid character '${char}' in appID ${JSON.stringify(id)}`),
  ];
}

function versionProblems(version: string): string[] {
  return [
    ...(Buffer.byteLength(version) > 10
      ? [`version ${version} too long, should be in v00_00_000 format`]
      : []),
    ...wrongCharacters(version).map((char) => `invalid character '${char}' in appVersion`),
  ];
}

function wrongCharacters(text: string): string[] {
  return [...text.replace(/[\p{L}\p{N}._-]/gu, '')];
}

function permissionProblems(permissions: readonly string[]): string[] {
  const lacking = permissions.flatMap((permission) => {
    const needed = PERMISSIONS_NEEDED[permission];
    return needed === undefined || permissions.includes(needed) ? [] : [`${permission} requires ${needed}`];
  });
  // The server stops at the first one.
  return lacking.slice(0, 1);
}

function deployProblems(manifest: Manifest): string[] {
  const { aws_lambda: awsLambda, http, open_faas: openFaas, plugin } = manifest;
  if (Object.keys(DEPLOY_TYPES).every((type) => manifest[type] === undefined)) {
    return ['manifest has no deployment information (http, aws_lambda, open_faas, etc.)'];
  }
  return [
    ...(awsLambda === undefined
      ? []
      : functionProblems('aws_lambda', awsLambda.functions, ['path', 'name', 'handler', 'runtime'])),
    ...(openFaas === undefined ? [] : functionProblems('open_faas', openFaas['functions'], ['path', 'name'])),
    ...(http === undefined ? [] : rootUrlProblems(String(http['root_url'] ?? ''))),
    ...(plugin === undefined || plugin['plugin_id'] ? [] : ['plugin_id must be set for plugin apps']),
  ];
}

function rootUrlProblems(url: string): string[] {
  if (url === '') {
    return ['root_url must be set for HTTP apps'];
  }
  return urlProblems(url).map((reason) => `invalid root_url: ${JSON.stringify(url)}: ${reason}`);
}

/** What is wrong with one function is a list of its own within the list. */
function functionProblems(type: string, functions: unknown, fields: readonly string[]): string[] {
  if (!Array.isArray(functions) || functions.length === 0) {
    return [`must provide at least 1 function in ${type}.Functions`];
  }
  return functions.flatMap((entry: unknown) => {
    const item = isObject(entry) ? entry : {};
    const missing = fields.filter((field) => !item[field]);
    if (missing.length === 0) {
      return [];
    }
    const messages = missing.map((field) => `${type} ${field} must not be empty: invalid input`);
    return [`${JSON.stringify(String(item['name'] ?? ''))} is not valid: ${listed(messages)}`];
  });
}

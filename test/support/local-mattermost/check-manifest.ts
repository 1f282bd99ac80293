import { posix } from 'node:path';
import { DEPLOY_TYPES, isObject, type Manifest } from './manifest.js';
import { PluginError } from './plugin-error.js';

/** Looser than the server in what a host may be; it refuses nothing that the server takes. */
const WEB_URL = /^https?:\/\/[^/?#\s\\|]+([/?]\S*)?$/i;

const NAME = /^[\p{L}\p{N}._-]*$/u;

/** What one permission asks for beside itself. */
const PERMISSIONS_NEEDED: Readonly<Record<string, string>> = {
  remote_webhooks: 'act_as_bot',
  remote_oauth2: 'act_as_user',
  user_joined_channel_notification: 'act_as_bot',
};

/** The server's check of a manifest; throws one error with everything that is wrong. */
export function checkManifest(manifest: Manifest): void {
  const problems = [
    ...appIdProblems(manifest.app_id),
    ...versionProblems(manifest.version ?? ''),
    ...(manifest.display_name === '' ? ['display_name is empty'] : []),
    ...urlProblems('homepage_url', manifest.homepage_url),
    ...iconProblems(manifest.icon),
    ...permissionProblems(manifest.requested_permissions ?? []),
    ...deployProblems(manifest),
  ];
  if (problems.length > 0) {
    throw new PluginError(`invalid app manifest in the request: ${problems.join('; ')}`, 'invalid input');
  }
}

function appIdProblems(id: string): string[] {
  const length = Buffer.byteLength(id);
  if (length < 3 || length > 32) {
    return [`app_id "${id}" has ${length} bytes, it should have 3 to 32`];
  }
  return NAME.test(id) ? [] : [`invalid character in app_id "${id}"`];
}

function versionProblems(version: string): string[] {
  if (Buffer.byteLength(version) > 10) {
    return [`version "${version}" is too long, it should have at most 10 bytes`];
  }
  return NAME.test(version) ? [] : [`invalid character in version "${version}"`];
}

function urlProblems(field: string, url: unknown): string[] {
  if (typeof url !== 'string' || url === '') {
    return [`${field} is empty`];
  }
  return WEB_URL.test(url) ? [] : [`${field} invalid: "${url}"`];
}

function iconProblems(icon: string | undefined): string[] {
  if (icon === undefined) {
    return [];
  }
  const leavesStatic = /^(\.$|\.\.\/|\/.)/.test(posix.normalize(icon));
  return leavesStatic ? [`invalid icon path "${icon}"`] : [];
}

function permissionProblems(permissions: readonly string[]): string[] {
  return permissions.flatMap((permission) => {
    const needed = PERMISSIONS_NEEDED[permission];
    return needed === undefined || permissions.includes(needed) ? [] : [`${permission} requires ${needed}`];
  });
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
    ...(http === undefined ? [] : urlProblems('http.root_url', http['root_url'])),
    ...(plugin === undefined || plugin['plugin_id'] ? [] : ['plugin_id must be set for plugin apps']),
  ];
}

function functionProblems(type: string, functions: unknown, fields: readonly string[]): string[] {
  if (!Array.isArray(functions) || functions.length === 0) {
    return [`must provide at least 1 function in ${type}`];
  }
  return functions.flatMap((entry: unknown) =>
    fields
      .filter((field) => !isObject(entry) || !entry[field])
      .map((field) => `${type}: every function must have ${field}`),
  );
}

import { PluginError } from './plugin-error.js';

/** Deploy types that a manifest can have, with the names that the server gives them in messages. */
export const DEPLOY_TYPES = {
  aws_lambda: 'AWS Lambda',
  http: 'HTTP',
  open_faas: 'OpenFaaS',
  plugin: 'Mattermost Plugin',
} as const;

export type DeployType = keyof typeof DEPLOY_TYPES;
export type JsonObject = Record<string, unknown>;

export interface AwsLambdaFunction {
  path: string;
  name: string;
  handler: string;
  runtime: string;
}

/** A manifest as the server keeps it: known fields only, absent ones left out. */
export interface Manifest extends JsonObject {
  app_id: string;
  version?: string;
  homepage_url: string;
  display_name: string;
  icon?: string;
  bindings?: JsonObject;
  on_install?: JsonObject;
  requested_permissions?: string[];
  requested_locations?: string[];
  aws_lambda?: { functions: AwsLambdaFunction[] };
  http?: JsonObject;
  open_faas?: JsonObject;
  plugin?: JsonObject;
}

/** How a field of the manifest is read, in the order in which the server writes the fields. */
const FIELDS: Readonly<Record<string, (value: unknown, name: string) => unknown>> = {
  SchemaVersion: text,
  app_id: text,
  version: text,
  homepage_url: text,
  display_name: text,
  description: text,
  icon: text,
  bindings: call,
  on_install: call,
  on_version_changed: call,
  on_uninstall: call,
  on_enable: call,
  on_disable: call,
  get_oauth2_connect_url: call,
  on_oauth2_complete: call,
  on_remote_webhook: call,
  requested_permissions: texts,
  remote_webhook_auth_type: text,
  requested_locations: texts,
  aws_lambda: awsLambda,
  http: object,
  open_faas: object,
  plugin: object,
};

export function isDeployType(name: string): name is DeployType {
  return Object.hasOwn(DEPLOY_TYPES, name);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The manifest in the body of a request; JSON of another shape is refused, as Go's decoder refuses it. */
export function decodeManifest(body: JsonObject): Manifest {
  const decoded: Partial<Manifest> = {};
  for (const [name, decode] of Object.entries(FIELDS)) {
    const value = body[name];
    if (value !== undefined && value !== null && value !== '') {
      decoded[name] = decode(value, name);
    }
  }
  const { app_id = '', homepage_url = '', display_name = '' } = decoded;
  return { ...decoded, app_id, homepage_url, display_name };
}

function text(value: unknown, name: string): string {
  return typeof value === 'string' ? value : misshapen(name, 'a string');
}

function texts(value: unknown, name: string): string[] {
  return Array.isArray(value)
    ? value.map((entry: unknown) => text(entry, name))
    : misshapen(name, 'a list of strings');
}

function object(value: unknown, name: string): JsonObject {
  return isObject(value) ? value : misshapen(name, 'an object');
}

/** A call may be written as its path alone. */
function call(value: unknown, name: string): JsonObject {
  return typeof value === 'string' ? { path: value } : object(value, name);
}

function awsLambda(value: unknown, name: string): { functions: AwsLambdaFunction[] } {
  const functions = object(value, name)['functions'] ?? [];
  if (!Array.isArray(functions)) {
    return misshapen(`${name}.functions`, 'a list');
  }
  return {
    functions: functions.map((entry: unknown) => {
      const fields = object(entry, `${name}.functions`);
      const field = (key: string) => text(fields[key] ?? '', `${name}.functions.${key}`);
      return {
        path: field('path'),
        name: field('name'),
        handler: field('handler'),
        runtime: field('runtime'),
      };
    }),
  };
}

function misshapen(name: string, wanted: string): never {
  throw new PluginError(`failed to unmarshal input: ${name} is not ${wanted}`, 'invalid input');
}

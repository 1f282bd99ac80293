import { isObject, type JsonObject, mistyped } from './go-json.js';

/** Deploy types that a manifest can have, with the names that the server gives them in messages. */
export const DEPLOY_TYPES = {
  aws_lambda: 'AWS Lambda',
  http: 'HTTP',
  open_faas: 'OpenFaaS',
  plugin: 'Mattermost Plugin',
} as const;

export type DeployType = keyof typeof DEPLOY_TYPES;

export interface AwsLambdaFunction {
  path: string;
  name: string;
  handler: string;
  runtime: string;
}

/** A call of the manifest, or of a user, which may have further fields. */
export interface Call extends JsonObject {
  path?: string;
  expand?: Record<string, string>;
  state?: unknown;
}

/** A manifest as the server stores it: known fields only, without empty ones. */
export interface Manifest extends JsonObject {
  SchemaVersion?: string;
  app_id: string;
  version?: string;
  homepage_url: string;
  display_name: string;
  description?: string;
  icon?: string;
  bindings?: Call;
  on_install?: Call;
  on_uninstall?: Call;
  on_enable?: Call;
  on_disable?: Call;
  requested_permissions?: string[];
  remote_webhook_auth_type?: string;
  requested_locations?: string[];
  aws_lambda?: { functions: AwsLambdaFunction[] };
  http?: JsonObject;
  open_faas?: JsonObject;
  plugin?: JsonObject;
}

type Decode = (value: unknown, field: string) => unknown;

/** How a field of the manifest is read, in the order in which the server writes the fields. */
const FIELDS: Readonly<Record<string, Decode>> = {
  SchemaVersion: text('string'),
  app_id: text('apps.AppID'),
  version: text('apps.AppVersion'),
  homepage_url: text('string'),
  display_name: text('string'),
  description: text('string'),
  icon: text('string'),
  bindings: call,
  on_install: call,
  on_version_changed: call,
  on_uninstall: call,
  on_enable: call,
  on_disable: call,
  get_oauth2_connect_url: call,
  on_oauth2_complete: call,
  on_remote_webhook: call,
  requested_permissions: texts('apps.Permissions'),
  remote_webhook_auth_type: text('apps.RemoteWebhookAuthType'),
  requested_locations: texts('apps.Locations'),
  aws_lambda: awsLambda,
  http: object('apps.HTTP'),
  open_faas: object('apps.OpenFAAS'),
  plugin: object('apps.Plugin'),
};

export function isDeployType(name: string): name is DeployType {
  return Object.hasOwn(DEPLOY_TYPES, name);
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

/** The manifest with another schema version, in the order in which the server writes the fields. */
export function withSchemaVersion({ SchemaVersion: _, ...manifest }: Manifest, version: string): Manifest {
  return { SchemaVersion: version, ...manifest } as Manifest;
}

function text(type: string): Decode {
  return (value, field) => (typeof value === 'string' ? value : mistyped(value, field, type));
}

function texts(type: string): Decode {
  return (value, field) =>
    Array.isArray(value)
      ? value.map((entry: unknown) => text('string')(entry, field))
      : mistyped(value, field, type);
}

function object(type: string): (value: unknown, field: string) => JsonObject {
  return (value, field) => (isObject(value) ? value : mistyped(value, field, type));
}

/** A call may be written as its path alone. */
function call(value: unknown, field: string): Call {
  return typeof value === 'string' ? { path: value } : object('apps.Call')(value, field);
}

function awsLambda(value: unknown, field: string): { functions: AwsLambdaFunction[] } {
  const functions = object('apps.AWSLambda')(value, field)['functions'] ?? [];
  const at = `${field}.functions`;
  if (!Array.isArray(functions)) {
    return mistyped(functions, at, '[]apps.AWSLambdaFunction');
  }
  return {
    functions: functions.map((entry: unknown) => {
      const fields = object('apps.AWSLambdaFunction')(entry, at);
      const read = (key: string) => String(text('string')(fields[key] ?? '', `${at}.${key}`));
      return { path: read('path'), name: read('name'), handler: read('handler'), runtime: read('runtime') };
    }),
  };
}

import type { JsonValue } from '../json/strict-json.js';
import { MIB } from '../units.js';

/** A call to an app: its path, the context that the server adds, and the state that it passes back. */
export interface Call {
  readonly path: string;
  /** Levels by field; undefined when the call has no `expand`. */
  readonly expand: ReadonlyMap<string, string> | undefined;
  /** Any JSON value; null when the call has no `state`. */
  readonly state: JsonValue;
}

/** An AWS Lambda function of an app. */
export interface LambdaFunction {
  readonly path: string;
  readonly name: string;
  readonly handler: string;
  readonly runtime: string;
}

/**
 * The manifest of an app, with the field names of the file. Missing strings are empty, missing sections undefined. The
 * format is that of the Mattermost Apps plugin 1.2:
 * https://developers.mattermost.com/integrate/apps/structure/manifest/
 */
export interface Manifest {
  readonly SchemaVersion: string;
  readonly app_id: string;
  readonly version: string;
  readonly homepage_url: string;
  readonly display_name: string;
  readonly description: string;
  readonly icon: string;
  /** The calls of the manifest by field (`bindings`, `on_install`, …). */
  readonly calls: ReadonlyMap<CallField, Call>;
  readonly requested_permissions: readonly string[];
  readonly remote_webhook_auth_type: string;
  readonly requested_locations: readonly string[];
  readonly aws_lambda: { readonly functions: readonly LambdaFunction[] } | undefined;
  readonly http: { readonly root_url: string; readonly use_jwt: boolean } | undefined;
  readonly open_faas: { readonly functions: readonly { path: string; name: string }[] } | undefined;
  readonly plugin: { readonly plugin_id: string } | undefined;
}

/** The fields that hold a call, in the order of the file format. */
export const CALL_FIELDS = [
  'bindings',
  'on_install',
  'on_version_changed',
  'on_uninstall',
  'on_enable',
  'on_disable',
  'get_oauth2_connect_url',
  'on_oauth2_complete',
  'on_remote_webhook',
] as const;
export type CallField = (typeof CALL_FIELDS)[number];

/** The sections of a manifest that say how the app is deployed. */
export const DEPLOY_TYPES = ['aws_lambda', 'http', 'open_faas', 'plugin'] as const;

/** All fields of a manifest, in the order of the file format. */
export const MANIFEST_FIELDS: readonly string[] = [
  'SchemaVersion',
  'app_id',
  'version',
  'homepage_url',
  'display_name',
  'description',
  'icon',
  ...CALL_FIELDS,
  'requested_permissions',
  'remote_webhook_auth_type',
  'requested_locations',
  ...DEPLOY_TYPES,
];

/** The fields of `expand`, in the order in which the server writes them. */
export const EXPAND_FIELDS = [
  'app',
  'acting_user',
  'acting_user_access_token',
  'locale',
  'channel',
  'channel_member',
  'team',
  'team_member',
  'post',
  'root_post',
  'user',
  'oauth2_app',
  'oauth2_user',
] as const;

/** The Apps plugin has the same limit for manifests from a URL. */
export const MAX_MANIFEST_BYTES = MIB;

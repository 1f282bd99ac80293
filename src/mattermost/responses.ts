import * as z from 'zod/mini';
import type { Installation } from '../core/deploy/installation.js';
import {
  type JsonObject,
  JsonSyntaxError,
  type JsonValue,
  parseStrictJson,
} from '../core/json/strict-json.js';
import { MANIFEST_FIELDS, type Manifest } from '../core/manifest/manifest.js';
import { parseJson } from './error-text.js';

/**
 * Parses the responses of the Mattermost server and the Apps plugin. The plugin's responses about an installed app
 * contain secrets (webhook_secret, mattermost_oauth2), which never leave this module.
 */

const userSchema = z.object({ roles: z._default(z.string(), '') });
const pingSchema = z.object({ version: z.string() });
/** An app that the plugin has just listed or installed. The plugin omits empty fields. */
const appSchema = z.object({
  app_id: z.string(),
  version: z._default(z.string(), ''),
  deploy_type: z._default(z.string(), ''),
});

/** Parses the roles of the token's user. Returns undefined for an unexpected response. */
export function parseRoles(body: string): readonly string[] | undefined {
  const user = userSchema.safeParse(parseJson(body));
  return user.success ? user.data.roles.split(' ') : undefined;
}

/** Whether this is the response of the plugin to /ping. */
export function isPong(body: string): boolean {
  return pingSchema.safeParse(parseJson(body)).success;
}

/** Parses the app in the response to a change. Returns undefined for an unexpected response. */
export function parseApp(body: string): z.infer<typeof appSchema> | undefined {
  const app = appSchema.safeParse(parseJson(body));
  return app.success ? app.data : undefined;
}

/** Whether an app that was listed or installed has the id and version of this manifest. */
export function isSameApp(
  app: Pick<z.infer<typeof appSchema>, 'app_id' | 'version'>,
  manifest: Manifest,
): boolean {
  return app.app_id === manifest.app_id && app.version === manifest.version;
}

/** Thrown for a response with an unexpected body. */
export class UnexpectedResponse extends Error {
  override readonly name = 'UnexpectedResponse';
}

/**
 * Finds the manifest of an app in the list of listed apps.
 *
 * @returns undefined when the app is not listed
 * @throws UnexpectedResponse
 */
export function parseListing(body: string, appId: string): JsonObject | undefined {
  const apps = parse(body);
  if (!Array.isArray(apps)) throw new UnexpectedResponse();
  const manifests = apps.map((app) => (app instanceof Map ? app.get('manifest') : undefined));
  let found: JsonObject | undefined;
  for (const manifest of manifests) {
    if (!(manifest instanceof Map)) throw new UnexpectedResponse();
    if (manifest.get('app_id') === appId) found = manifest;
  }
  return found && pickManifestFields(found);
}

/**
 * Parses an installed app, without its secrets.
 *
 * @throws UnexpectedResponse
 */
export function parseInstallation(body: string, appId: string): Installation {
  const app = parse(body);
  if (!(app instanceof Map) || app.get('app_id') !== appId) throw new UnexpectedResponse();
  const deployType = app.get('deploy_type');
  if (typeof deployType !== 'string') throw new UnexpectedResponse();
  return { manifest: pickManifestFields(app), deployType, isDisabled: app.get('disabled') === true };
}

function pickManifestFields(object: JsonObject): JsonObject {
  return new Map([...object].filter(([field]) => MANIFEST_FIELDS.includes(field)));
}

/** Uses the strict parser, because Go writes strict JSON, and keys such as `__proto__` in a call's state must be preserved. */
function parse(body: string): JsonValue {
  try {
    return parseStrictJson(Buffer.from(body));
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new UnexpectedResponse();
    throw error;
  }
}

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

/** Thrown for a response with an unexpected body. */
export class UnexpectedResponse extends Error {
  override readonly name = 'UnexpectedResponse';
}

/**
 * Parses the roles of the token's user.
 *
 * @throws UnexpectedResponse
 */
export function parseRoles(body: string): readonly string[] {
  return parseAs(userSchema, body).roles.split(' ');
}

/**
 * Checks that this is the response of the plugin to /ping.
 *
 * @throws UnexpectedResponse
 */
export function checkPong(body: string): void {
  parseAs(pingSchema, body);
}

/**
 * Parses the app in the response to a change.
 *
 * @throws UnexpectedResponse
 */
export function parseApp(body: string): z.infer<typeof appSchema> {
  return parseAs(appSchema, body);
}

/** Whether an app that was listed or installed has the id and version of this manifest. */
export function isSameApp(
  app: Pick<z.infer<typeof appSchema>, 'app_id' | 'version'>,
  manifest: Manifest,
): boolean {
  return app.app_id === manifest.app_id && app.version === manifest.version;
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

function parseAs<Schema extends z.ZodMiniType>(schema: Schema, body: string): z.infer<Schema> {
  const parsed = schema.safeParse(parseJson(body));
  if (!parsed.success) throw new UnexpectedResponse();
  return parsed.data;
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

import * as z from 'zod/mini';
import type { Installation } from '../core/deploy/mattermost-plan.js';
import {
  type JsonObject,
  JsonSyntaxError,
  type JsonValue,
  parseStrictJson,
} from '../core/json/strict-json.js';
import { MANIFEST_FIELDS, type Manifest } from '../core/manifest/manifest.js';
import { parseJson } from './error-text.js';

/**
 * The answers of the Mattermost server and the Apps plugin. Those of the plugin about an installed app hold secrets
 * (webhook_secret, mattermost_oauth2): of these answers only what is read here goes anywhere.
 */

const userSchema = z.object({ roles: z._default(z.string(), '') });
const pingSchema = z.object({ version: z.string() });
/** What the plugin says of an app that it has just listed or installed; what is empty it leaves out. */
const appSchema = z.object({
  app_id: z.string(),
  version: z._default(z.string(), ''),
  deploy_type: z._default(z.string(), ''),
});

/** The roles of the token's owner; undefined for another answer. */
export function parseRoles(body: string): readonly string[] | undefined {
  const user = userSchema.safeParse(parseJson(body));
  return user.success ? user.data.roles.split(' ') : undefined;
}

/** Whether the plugin answers /ping. */
export function isPong(body: string): boolean {
  return pingSchema.safeParse(parseJson(body)).success;
}

/** An app as the plugin answers it to a change; undefined for another answer. */
export function parseApp(body: string): z.infer<typeof appSchema> | undefined {
  const app = appSchema.safeParse(parseJson(body));
  return app.success ? app.data : undefined;
}

/** Whether an app that was listed or installed is the one with this manifest. */
export function isSameApp(
  app: Pick<z.infer<typeof appSchema>, 'app_id' | 'version'>,
  manifest: Manifest,
): boolean {
  return app.app_id === manifest.app_id && app.version === manifest.version;
}

/** Thrown for an answer that is something else than was asked for. */
export class UnexpectedResponse extends Error {
  override readonly name = 'UnexpectedAnswer';
}

/**
 * The manifest of an app among listed ones.
 *
 * @returns undefined when it is not among them
 * @throws UnexpectedAnswer
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
 * An installed app, without its secrets.
 *
 * @throws UnexpectedAnswer
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

/** Strict, since Go writes it: and keys such as `__proto__` in a call's state are kept as they are. */
function parse(body: string): JsonValue {
  try {
    return parseStrictJson(Buffer.from(body));
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new UnexpectedResponse();
    throw error;
  }
}

import * as z from 'zod/mini';
import type { Installation } from '../core/deploy/installation.js';
import {
  type JsonObject,
  JsonSyntaxError,
  type JsonValue,
  parseStrictJson,
} from '../core/json/strict-json.js';
import { DEPLOY_TYPES, MANIFEST_FIELDS, type Manifest } from '../core/manifest/manifest.js';
import type { ListedApp } from '../core/ports/mattermost.js';
import { parseJson, parseReason } from './error-text.js';

/**
 * Parses the responses of the Mattermost server and the Apps plugin. The plugin's responses about an installed app
 * contain secrets (webhook_secret, mattermost_oauth2), which never leave this module.
 */

const userSchema = z.object({ roles: z._default(z.string(), '') });
const pingSchema = z.object({ version: z.string() });
const configSchema = z.object({ Version: z.string() });
/** The plugin omits empty fields. */
const listedAppSchema = z.object({
  manifest: z.looseObject({
    app_id: z.string(),
    version: z._default(z.string(), ''),
    display_name: z._default(z.string(), ''),
  }),
  installed: z._default(z.boolean(), false),
  enabled: z._default(z.boolean(), false),
});
/** The answer of a call, which has the status 200 also when it has failed. */
const callSchema = z.object({ type: z._default(z.string(), ''), text: z._default(z.string(), '') });
/** The form to install a listed app. The field has no options when the server cannot use any deploy type of the app. */
const installFormSchema = z.object({
  form: z.object({
    fields: z.array(
      z.object({ name: z.string(), options: z._default(z.array(z.object({ value: z.string() })), []) }),
    ),
  }),
});
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
 * Parses the version of the server in its client configuration.
 *
 * @throws UnexpectedResponse
 */
export function parseServerVersion(body: string): string {
  return parseAs(configSchema, body).Version;
}

/**
 * Parses the version of the plugin in its response to /ping.
 *
 * @throws UnexpectedResponse
 */
export function parsePong(body: string): string {
  return parseAs(pingSchema, body).version;
}

/**
 * Parses the list of listed apps.
 *
 * @returns sorted by id
 * @throws UnexpectedResponse
 */
export function parseListedApps(body: string): ListedApp[] {
  return parseAs(z.array(listedAppSchema), body)
    .map(({ manifest, installed, enabled }) => ({
      id: manifest.app_id,
      version: manifest.version,
      displayName: manifest.display_name,
      deployTypes: DEPLOY_TYPES.filter((type) => manifest[type] !== undefined),
      isInstalled: installed,
      isEnabled: enabled,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Parses the deploy types in the form to install a listed app.
 *
 * @throws UnexpectedResponse
 */
export function parseDeployTypes(body: string): string[] {
  const { fields } = parseAs(installFormSchema, body).form;
  const field = fields.find(({ name }) => name === 'deploy_type');
  if (field === undefined) throw new UnexpectedResponse();
  return field.options.map(({ value }) => value);
}

/**
 * Parses the answer of a call.
 *
 * @returns the text of the error, as one line; undefined when there is none
 * @throws UnexpectedResponse
 */
export function parseCallError(body: string): string | undefined {
  const { type, text } = parseAs(callSchema, body);
  return type === 'error' ? parseReason(text) : undefined;
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
  manifest: Pick<Manifest, 'app_id' | 'version'>,
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

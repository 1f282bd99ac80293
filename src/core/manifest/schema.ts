import * as z from 'zod/mini';
import { EXPAND_LEVELS, LOCATIONS, PERMISSIONS, WEBHOOK_AUTH_TYPES } from './known-names.js';
import { CALL_FIELDS, EXPAND_FIELDS } from './manifest.js';

/**
 * A schema of manifests from which a JSON schema is made, for editors. It knows what is usually written: the manifests that
 * a server accepts are decoded as Go does, in decode.ts, and checked in validate.ts.
 */

const described = <Schema extends z.core.$ZodType>(schema: Schema, description: string): Schema => {
  z.globalRegistry.add(schema, { description });
  return schema;
};
const text = (description: string) => described(z.string(), description);
const oneOf = (values: readonly string[]) => z.enum(values as [string, ...string[]]);

const expandLevel = oneOf(EXPAND_LEVELS.flatMap((level) => [level, `+${level}`]));
const call = z.union([
  text('The path of the call.'),
  z.strictObject({
    path: z.optional(text('The path of the call, which begins with a slash.')),
    expand: z.optional(
      described(
        z.partialRecord(oneOf(EXPAND_FIELDS), expandLevel),
        'What the server adds to the context of the call, and at which level; a level that begins with + is required.',
      ),
    ),
    state: z.optional(described(z.unknown(), 'Any value, which the server sends with the call.')),
  }),
]);

const lambdaFunction = z.strictObject({
  path: text('The calls whose paths begin with this path go to this function, unless a longer one matches.'),
  name: text('The name of the function. Its code is in the folder or archive of this name.'),
  handler: text('What AWS Lambda runs, such as index.handler.'),
  runtime: text('The runtime of AWS Lambda, such as nodejs22.x.'),
});

/** The manifest of an app. */
export const manifestSchema = z.strictObject({
  $schema: z.optional(z.string()),
  SchemaVersion: z.optional(z.string()),
  app_id: text(
    'The ID of the app: 3 to 32 letters, digits, dashes, underscores and dots, such as com.example.app.',
  ),
  version: z.optional(text('The version of the app: at most 10 characters, such as v1.2.3.')),
  homepage_url: text('The home page of the app, an http(s) URL.'),
  display_name: text('The name of the app.'),
  description: z.optional(text('What the app does.')),
  icon: z.optional(text('The path of the icon below static/, such as icon.png.')),
  ...Object.fromEntries(CALL_FIELDS.map((field) => [field, z.optional(call)])),
  requested_permissions: z.optional(
    described(z.array(oneOf(PERMISSIONS)), 'What the app wants to be allowed to do.'),
  ),
  remote_webhook_auth_type: z.optional(
    described(oneOf(WEBHOOK_AUTH_TYPES), 'How webhooks are authenticated. The default is secret.'),
  ),
  requested_locations: z.optional(
    described(
      z.array(z.string().check(z.regex(new RegExp(`^(?:${LOCATIONS.join('|')})(?:/|$)`)))),
      `Where the app wants to add to the user interface: ${LOCATIONS.join(', ')}.`,
    ),
  ),
  aws_lambda: z.optional(
    described(z.strictObject({ functions: z.array(lambdaFunction) }), 'How the app runs on AWS.'),
  ),
  http: z.optional(
    described(
      z.strictObject({ root_url: z.string(), use_jwt: z.optional(z.boolean()) }),
      'How the app runs as an HTTP service.',
    ),
  ),
  open_faas: z.optional(
    described(
      z.strictObject({ functions: z.array(z.strictObject({ path: z.string(), name: z.string() })) }),
      'How the app runs on OpenFaaS.',
    ),
  ),
  plugin: z.optional(
    described(z.strictObject({ plugin_id: z.string() }), 'The Mattermost plugin that is the app.'),
  ),
});

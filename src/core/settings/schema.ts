import * as z from 'zod/mini';
import { type Limits, MEMORY_LIMITS, TIMEOUT_LIMITS } from '../aws/function-limits.js';
import { ARCHITECTURES, TRACING_MODES } from '../deploy/function-spec.js';
import {
  EPHEMERAL_STORAGE_LIMITS,
  LAYER_RULES,
  LOG_RETENTION_DAYS,
  VPC_RULES,
} from '../deploy/setting-rules.js';

/**
 * The schema of the settings file. A JSON schema is made from it, for editors: so it describes each key. Values of settings
 * are checked by the rules of settings, which know more than a schema can say.
 */

const path = (description: string) => z.string().check(z.minLength(1), z.meta({ description }));
const ids = ({ pattern, max }: { readonly pattern: RegExp; readonly max: number }) =>
  z.array(z.string().check(z.regex(pattern))).check(z.maxLength(max));
const described = <Schema extends z.core.$ZodType>(schema: Schema, description: string): Schema => {
  z.globalRegistry.add(schema, { description });
  return schema;
};
const integer = ({ min, max }: Limits, description: string) =>
  described(z.int().check(z.minimum(min), z.maximum(max)), description);
const variables = (description: string) => described(z.record(z.string(), z.string()), description);

/** The settings of functions on AWS. */
const functionSettings = {
  memory: z.optional(integer(MEMORY_LIMITS, 'Memory in megabytes. New functions get 256.')),
  timeout: z.optional(integer(TIMEOUT_LIMITS, 'Seconds that an invocation may take. New functions get 30.')),
  architecture: z.optional(
    described(z.enum(ARCHITECTURES), 'The instruction set. New functions get x86_64.'),
  ),
  env: z.optional(
    variables(
      'Environment variables to add or change. In a value, ${NAME} is the value of the variable NAME where appsctl runs, and $${NAME} the text ${NAME}.',
    ),
  ),
  requiredEnv: z.optional(
    described(
      z.array(z.string()),
      'Names of environment variables without which a function is not deployed, wherever their values come from.',
    ),
  ),
  tags: z.optional(variables('Tags to add or change. ${NAME} is replaced as in env.')),
  ephemeralStorage: z.optional(
    integer(EPHEMERAL_STORAGE_LIMITS, 'Megabytes of /tmp. New functions get 512.'),
  ),
  logRetention: z.optional(
    described(
      z.literal(LOG_RETENTION_DAYS),
      'Days for which CloudWatch Logs keeps the logs of the functions.',
    ),
  ),
  vpc: z.optional(
    described(
      z.strictObject({ subnets: ids(VPC_RULES.subnets), securityGroups: ids(VPC_RULES.securityGroups) }),
      'The VPC that functions connect to, by IDs. Two empty lists disconnect them.',
    ),
  ),
  layers: z.optional(
    described(ids(LAYER_RULES), 'ARNs of layer versions, in their order. An empty list removes all layers.'),
  ),
  tracing: z.optional(
    described(
      z.enum(TRACING_MODES),
      'Whether AWS X-Ray samples invocations. New functions get pass-through.',
    ),
  ),
};

const functionSchema = z.strictObject(functionSettings);

/** Where the code of a function is, and how it is started. */
const functionSource = {
  code: z.optional(
    described(
      z.record(z.string(), z.string().check(z.minLength(1))),
      'What the archive contains: by place in the archive (. is its root), a file or folder of the app. The default is the folder with the name of the function.',
    ),
  ),
  archive: z.optional(path('A .zip or .jar file that is the archive of the function.')),
  exclude: z.optional(
    described(z.array(z.string()), 'Files to leave out of the archive: patterns as in .gitignore.'),
  ),
  bundle: z.optional(
    described(
      z.boolean(),
      'Whether esbuild, as installed in the app, bundles the code. The default is true if the file of the handler only exists in TypeScript.',
    ),
  ),
  handler: z.optional(path('Replaces the handler in the manifest.')),
  runtime: z.optional(path('Replaces the runtime in the manifest.')),
};

const names = {
  policy: z.optional(
    path(
      'The policy that allows the server to invoke functions. The default is mattermost-apps-invoke-policy.',
    ),
  ),
  executeRole: z.optional(
    path('The execution role of the functions. The default is mattermost-apps-execute-lambda-role.'),
  ),
};

const environmentSchema = z.strictObject({
  ...names,
  ...functionSettings,
  functions: z.optional(
    described(
      z.record(z.string(), functionSchema),
      'Settings of single functions in this environment, by their names in the manifest.',
    ),
  ),
});

/** The settings file of an app. */
export const settingsSchema = z.strictObject({
  $schema: z.optional(z.string()),
  manifest: z.optional(path('The manifest. The default is manifest.json.')),
  static: z.optional(path('The folder of the assets. The default is static.')),
  build: z.optional(
    path('A shell command that builds the code, run in the folder of the app before it is packaged.'),
  ),
  ...names,
  ...functionSettings,
  functions: z.optional(
    described(
      z.record(z.string(), z.strictObject({ ...functionSource, ...functionSettings })),
      'Single functions, by their names in the manifest. Their settings take precedence over those of all functions.',
    ),
  ),
  environments: z.optional(
    described(
      z.record(z.string(), environmentSchema),
      'Settings for one environment, by its name, which take precedence if the environment is selected.',
    ),
  ),
});

/** The keys that an object of the file can have, at a path such as `['functions', 'hello']`; none below other values. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  let schema: z.core.$ZodTypes | undefined = settingsSchema as unknown as z.core.$ZodTypes;
  for (const key of path) {
    const { def } = unwrap(schema)._zod;
    const inner =
      def.type === 'object' ? def.shape[String(key)] : def.type === 'record' ? def.valueType : undefined;
    if (inner === undefined) return [];
    schema = inner as z.core.$ZodTypes;
  }
  const { def } = unwrap(schema)._zod;
  return def.type === 'object' ? Object.keys(def.shape) : [];
}

function unwrap(schema: z.core.$ZodTypes): z.core.$ZodTypes {
  const { def } = schema._zod;
  return def.type === 'optional' ? unwrap(def.innerType as z.core.$ZodTypes) : schema;
}

/** The settings of functions, in a settings file. */
export type FunctionSettingsInFile = DeepReadonly<z.infer<typeof functionSchema>>;
/** The content of a settings file. */
export type SettingsFile = DeepReadonly<z.infer<typeof settingsSchema>>;
/** The settings of one environment. */
export type EnvironmentSettings = DeepReadonly<z.infer<typeof environmentSchema>>;

/** Zod infers mutable types. */
type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;

import { AppsctlError } from '../../core/diagnostics/error.js';
import type { CommandContext } from './context.js';
import type { OldVariable } from './old-variables.js';

/** The environment variables of appsctl, with a description of each. */
const VARIABLES = {
  MM_APPS_AWS_REGION: 'the AWS region, such as us-east-1',
  MM_APPS_S3_BUCKET: 'the S3 bucket for manifests and assets',
  MM_APPS_DEPLOY_AWS_ACCESS_KEY: 'the access key ID of the AWS user who deploys',
  MM_APPS_DEPLOY_AWS_SECRET_KEY: 'the secret key of the AWS user who deploys',
  MM_APPS_DEPLOY_AWS_SESSION_TOKEN: 'the session token, if that access key is temporary',
  MM_APPS_AWS_ACCESS_KEY: "the access key ID of the Mattermost server's AWS user",
  MM_APPS_AWS_SECRET_KEY: "the secret key of the Mattermost server's AWS user",
  MM_APPS_AWS_SESSION_TOKEN: 'the session token, if that access key is temporary',
  MM_SERVICESETTINGS_SITEURL: 'the URL of the Mattermost server',
  MM_ADMIN_TOKEN: 'an access token of a Mattermost system admin',
  MM_APPS_BUNDLE_BUCKET: 'the S3 bucket to which bundles are uploaded',
  MM_APPS_BUNDLE_PREFIX: 'how the keys of the bundles begin',
  MM_APPS_BUNDLE_BUCKET_OWNER: 'the ID of the AWS account that this bucket belongs to',
  MM_APPS_BUNDLE_ROLE_ARN: 'the ARN of the role that reads and tags the bundles',
  MM_APPS_BUNDLE_ROLE_EXTERNAL_ID: 'the external ID that this role requires',
  MM_APPS_ENVIRONMENT: 'the environment that is deployed to, such as production',
  MM_APPS_ALLOW_APPS: 'the apps that may be deployed: IDs with commas between them; * is any text',
  MM_APPS_EXECUTE_ROLE: 'the execution role of the functions',
  MM_APPS_INVOKE_POLICY: 'the policy that allows the server to invoke functions',
  MM_APPS_SUBNET_IDS: 'the subnets of the functions, with commas between them',
  MM_APPS_SECURITY_GROUP_IDS: 'the security groups of the functions, with commas between them',
  MM_APPS_NOTIFICATIONS_WEBHOOK: 'the incoming webhook for messages about deployments',
  MM_APPS_ALERTS_WEBHOOK: 'the incoming webhook for failures, if it is another one',
  MM_APPS_PUSHGATEWAY_URL: 'the URL of a Prometheus Pushgateway',
} as const;
export type Variable = keyof typeof VARIABLES;
type Values<Name extends Variable> = Readonly<Record<Name, string>>;

/** The two access keys, of the user who deploys and of the Mattermost server: the key, its secret, its session token. */
export const ACCESS_KEYS = {
  deploy: [
    'MM_APPS_DEPLOY_AWS_ACCESS_KEY',
    'MM_APPS_DEPLOY_AWS_SECRET_KEY',
    'MM_APPS_DEPLOY_AWS_SESSION_TOKEN',
  ],
  server: ['MM_APPS_AWS_ACCESS_KEY', 'MM_APPS_AWS_SECRET_KEY', 'MM_APPS_AWS_SESSION_TOKEN'],
} as const;
export type KeyOwner = keyof typeof ACCESS_KEYS;

/** What a deployment needs that lists the app in Mattermost. */
export const MATTERMOST_VARIABLES = ['MM_SERVICESETTINGS_SITEURL', 'MM_ADMIN_TOKEN'] as const;

/** What only appsctl needs. Whoever has the URL of a webhook can post there; that of a Pushgateway may have a password. */
const SECRETS: readonly (Variable | OldVariable)[] = [
  ...ACCESS_KEYS.deploy,
  ...ACCESS_KEYS.server,
  'MM_ADMIN_TOKEN',
  'MM_APPS_NOTIFICATIONS_WEBHOOK',
  'MM_APPS_ALERTS_WEBHOOK',
  'MM_APPS_PUSHGATEWAY_URL',
  'MattermostNotificationsHook',
  'MattermostAlertsHook',
];

/**
 * The environment of programs of the app, such as its build command, which must not see the access keys and the token. The
 * variables of AWS itself are kept: package registries may need them.
 */
export function appEnvironment({ env }: Pick<CommandContext, 'env'>): CommandContext['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isSecret(name)));
}

/** Variables of AWS that a settings file may name. Many others are credentials. */
const PUBLIC_AWS_VARIABLES: readonly string[] = ['AWS_REGION', 'AWS_DEFAULT_REGION'];

/**
 * The variables that a settings file may name. It is often written by others than those who deploy: they must not get the
 * credentials of the deployment as variables of their functions.
 */
export function settingsVariables(context: Pick<CommandContext, 'env'>): CommandContext['env'] {
  const isAllowed = (name: string): boolean =>
    !name.toUpperCase().startsWith('AWS_') || PUBLIC_AWS_VARIABLES.includes(name.toUpperCase());
  return Object.fromEntries(Object.entries(appEnvironment(context)).filter(([name]) => isAllowed(name)));
}

/** Names of variables have no case on Windows. */
function isSecret(name: string): boolean {
  return SECRETS.some((secret) => secret.toUpperCase() === name.toUpperCase());
}

/**
 * Reads variables that a command needs.
 *
 * @throws AppsctlError MISSING_VARIABLE naming every variable that is not set, INVALID_VARIABLE for one with white space
 *   or characters that are not ASCII
 */
export function readVariables<Name extends Variable>(
  { env }: Pick<CommandContext, 'env'>,
  names: readonly Name[],
): Values<Name> {
  const missing = names.filter((name) => !env[name]);
  if (missing.length > 0) throw missingVariables(missing);
  for (const name of names) {
    // The value may be a secret: it is not repeated.
    if (!/[^\x21-\x7e]/.test(env[name] ?? '')) continue;
    const message = `${name} contains white space, a control character or a non-ASCII character`;
    throw new AppsctlError('INVALID_VARIABLE', message, {
      hint: `set it to only ${VARIABLES[name]}`,
    });
  }
  return Object.fromEntries(names.map((name) => [name, env[name]])) as Values<Name>;
}

/**
 * Reads a variable that a command can do without.
 *
 * @returns undefined when it is not set
 * @throws AppsctlError INVALID_VARIABLE as {@link readVariables}
 */
export function findVariable(context: Pick<CommandContext, 'env'>, name: Variable): string | undefined {
  return context.env[name] ? readVariables(context, [name])[name] : undefined;
}

/**
 * Reads a list with commas between its items, and spaces around them.
 *
 * @returns undefined when it is not set
 * @throws AppsctlError INVALID_VARIABLE for one that has no items: it must not count as not set
 */
export function findList({ env }: Pick<CommandContext, 'env'>, name: Variable): string[] | undefined {
  const value = env[name];
  if (!value) return undefined;
  const items = value.split(/[\s,]+/).filter((item) => item !== '');
  if (items.length > 0) return items;
  throw invalidVariable(name, value, 'a list', 'write the items with commas between them');
}

function missingVariables(names: readonly Variable[]): AppsctlError {
  const [first, ...others] = names;
  if (first !== undefined && others.length === 0) {
    return new AppsctlError('MISSING_VARIABLE', `${first} is not set`, {
      hint: `set it to ${VARIABLES[first]}`,
    });
  }
  return new AppsctlError('MISSING_VARIABLE', `${names.length} environment variables are not set`, {
    items: describeVariables(names),
    hint: 'set them in the environment',
  });
}

/** The part of a command's help about the environment variables that it needs. */
export function environmentHelp(names: readonly Variable[]): string {
  return `\nEnvironment variables:\n${describeVariables(names)
    .map((line) => `  ${line}`)
    .join('\n')}`;
}

/** One line for each variable: its name and what it is. */
export function describeVariables(names: readonly Variable[]): string[] {
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => `${name.padEnd(width)}  ${VARIABLES[name]}`);
}

/** The error for a variable, or the flag that replaces it, whose value is not valid, and not secret. */
export function invalidVariable(
  name: Variable | '--region',
  value: string,
  expected: string,
  hint: string,
): AppsctlError {
  const message = `${name}: ${JSON.stringify(value)} is not ${expected}`;
  return new AppsctlError('INVALID_VARIABLE', message, { hint });
}

import type { AwsOptions, MattermostOptions, NetworkOptions } from '../../api/network-options.js';
import { isBucketName, isRegion } from '../../core/aws/valid-names.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { isHttpUrl } from '../../core/http-url.js';
import { type CommandContext, commonOptions } from './context.js';

/** The environment variables of appsctl, with a description of each. */
const VARIABLES = {
  MM_APPS_AWS_REGION: 'the AWS region, such as us-east-1',
  MM_APPS_S3_BUCKET: 'the S3 bucket for manifests and assets',
  MM_APPS_DEPLOY_AWS_ACCESS_KEY: 'the access key ID of the AWS user who deploys',
  MM_APPS_DEPLOY_AWS_SECRET_KEY: 'the secret key of the AWS user who deploys',
  MM_APPS_AWS_ACCESS_KEY: "the access key ID of the Mattermost server's AWS user",
  MM_APPS_AWS_SECRET_KEY: "the secret key of the Mattermost server's AWS user",
  MM_SERVICESETTINGS_SITEURL: 'the URL of the Mattermost server',
  MM_ADMIN_TOKEN: 'an access token of a Mattermost system admin',
} as const;
type Variable = keyof typeof VARIABLES;
type Values<Name extends Variable> = Readonly<Record<Name, string>>;

/** The two access keys: of the user who deploys, and of the Mattermost server. */
const ACCESS_KEYS = {
  deploy: ['MM_APPS_DEPLOY_AWS_ACCESS_KEY', 'MM_APPS_DEPLOY_AWS_SECRET_KEY'],
  server: ['MM_APPS_AWS_ACCESS_KEY', 'MM_APPS_AWS_SECRET_KEY'],
} as const;
type KeyOwner = keyof typeof ACCESS_KEYS;

/** What a deployment needs that lists the app in Mattermost. */
export const MATTERMOST_VARIABLES = ['MM_SERVICESETTINGS_SITEURL', 'MM_ADMIN_TOKEN'] as const;

/** What only appsctl needs. */
const SECRETS: readonly Variable[] = [...ACCESS_KEYS.deploy, ...ACCESS_KEYS.server, 'MM_ADMIN_TOKEN'];

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
  return SECRETS.some((secret) => secret === name.toUpperCase());
}

/**
 * The part of a command's help about the environment variables that it needs.
 *
 * @param owner whose access key the command uses
 * @param more further variables
 */
export function variablesHelp(owner: KeyOwner, more: readonly Variable[] = []): string {
  const names: Variable[] = ['MM_APPS_AWS_REGION', 'MM_APPS_S3_BUCKET', ...ACCESS_KEYS[owner], ...more];
  return `\nEnvironment variables:\n${describeVariables(names)
    .map((line) => `  ${line}`)
    .join('\n')}`;
}

/**
 * Reads the options of AWS from the environment, and adds the context of the command.
 *
 * @param owner whose access key the command uses
 * @param more further variables, to be reported together with these if they are missing
 * @throws AppsctlError MISSING_VARIABLE naming every variable that is not set, INVALID_VARIABLE for one that is not valid
 */
export function readNetworkOptions(
  context: CommandContext,
  owner: KeyOwner,
  more: readonly Variable[] = [],
): NetworkOptions {
  return {
    aws: readAwsOptions(context, owner, more),
    ...commonOptions(context),
    onEvent: context.onEvent,
    timeouts: context.timeouts,
    process: context.process,
  };
}

function readAwsOptions(context: CommandContext, owner: KeyOwner, more: readonly Variable[]): AwsOptions {
  const [keyName, secretName] = ACCESS_KEYS[owner];
  const values = readVariables(context, [
    'MM_APPS_AWS_REGION',
    'MM_APPS_S3_BUCKET',
    keyName,
    secretName,
    ...more,
  ]);
  const { MM_APPS_AWS_REGION: region, MM_APPS_S3_BUCKET: bucket } = values;
  if (!isRegion(region)) {
    throw invalid('MM_APPS_AWS_REGION', region, 'a valid AWS region', 'use its code, such as us-east-1');
  }
  if (!isBucketName(bucket)) {
    const hint =
      'use 3 to 63 characters of a-z, 0-9, "-" and ".", beginning and ending with a letter or digit';
    throw invalid('MM_APPS_S3_BUCKET', bucket, 'a valid S3 bucket name', hint);
  }
  return {
    ...{ region, bucket },
    credentials: { accessKeyId: values[keyName], secretAccessKey: values[secretName] },
    credentialsSource: keyName,
    endpoints: {
      iam: readEndpoint(context, 'AWS_ENDPOINT_URL_IAM'),
      lambda: readEndpoint(context, 'AWS_ENDPOINT_URL_LAMBDA'),
      logs: readEndpoint(context, 'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS'),
      s3: readEndpoint(context, 'AWS_ENDPOINT_URL_S3'),
      sts: readEndpoint(context, 'AWS_ENDPOINT_URL_STS'),
    },
  };
}

/** A service's own variable takes precedence. Rule: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
function readEndpoint({ env }: CommandContext, name: string): string | undefined {
  if (env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() === 'true') return undefined;
  const variable = env[name] ? name : 'AWS_ENDPOINT_URL';
  const value = env[variable];
  if (!value) return undefined;
  if (isHttpUrl(value)) return value;
  throw new AppsctlError('INVALID_VARIABLE', `${variable} is not a valid http(s) URL`, {
    hint: 'use the form http://HOST:PORT',
  });
}

/**
 * Reads which Mattermost server lists the app. Warns if the token would be sent unencrypted.
 *
 * @throws AppsctlError MISSING_VARIABLE, INVALID_VARIABLE
 */
export function readMattermostOptions(context: Pick<CommandContext, 'env' | 'onEvent'>): MattermostOptions {
  const { MM_SERVICESETTINGS_SITEURL: url, MM_ADMIN_TOKEN: token } = readVariables(
    context,
    MATTERMOST_VARIABLES,
  );
  if (!isHttpUrl(url)) {
    // The URL may contain a password: it is not repeated.
    const problem =
      URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
        ? 'must not have a user, query or fragment'
        : 'is not a valid http(s) URL';
    throw new AppsctlError('INVALID_VARIABLE', `MM_SERVICESETTINGS_SITEURL ${problem}`, {
      hint: isHost(url)
        ? `did you mean https://${url}?`
        : 'use the URL of the server, such as https://chat.example.com',
    });
  }
  if (isUnencrypted(url)) {
    const message = `the admin token is sent unencrypted to ${url}: use https`;
    context.onEvent({ type: 'warning', message });
  }
  return { url, token };
}

/** Whether a text is a host without a scheme, and nothing secret. */
function isHost(text: string): boolean {
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?\/?$/i.test(text);
}

/** Requests to this machine do not leave it. */
function isUnencrypted(siteUrl: string): boolean {
  const { protocol, hostname } = new URL(siteUrl);
  const isLoopback = /^(?:.*\.)?localhost\.?$|^127(?:\.\d+){3}$|^\[::1\]$/.test(hostname);
  return protocol === 'http:' && !isLoopback;
}

function readVariables<Name extends Variable>(
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

function describeVariables(names: readonly Variable[]): string[] {
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => `${name.padEnd(width)}  ${VARIABLES[name]}`);
}

function invalid(name: Variable, value: string, expected: string, hint: string): AppsctlError {
  const message = `${name}: ${JSON.stringify(value)} is not ${expected}`;
  return new AppsctlError('INVALID_VARIABLE', message, { hint });
}

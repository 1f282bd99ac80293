import { type AwsConnection, DEFAULT_TIMEOUTS } from '../../aws/client/connection.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { CommandContext } from './context.js';

/** The variables that appsctl reads; each is described where it is missing. */
const VARIABLES = {
  MM_APPS_AWS_REGION: 'the AWS region of functions and bucket, such as us-east-1',
  MM_APPS_S3_BUCKET: 'the S3 bucket for manifests and assets',
  MM_APPS_DEPLOY_AWS_ACCESS_KEY: 'the access key ID of the AWS user who deploys',
  MM_APPS_DEPLOY_AWS_SECRET_KEY: 'the secret key of the AWS user who deploys',
  MM_APPS_AWS_ACCESS_KEY: 'the access key ID of the AWS user who invokes',
  MM_APPS_AWS_SECRET_KEY: 'the secret key of the AWS user who invokes',
  MM_SERVICESETTINGS_SITEURL: 'the address of the Mattermost server',
  MM_ADMIN_TOKEN: 'an access token of a Mattermost system admin',
} as const;
type Variable = keyof typeof VARIABLES;
type Values<Name extends Variable> = Readonly<Record<Name, string>>;

/**
 * Reads variables of the environment.
 *
 * @param names all that a command needs, so that it can say at once which ones are missing
 * @returns their values, none of them empty
 * @throws AppsctlError MISSING_VARIABLE naming every one that is not set, INVALID_VARIABLE for one that cannot be right
 */
export function readVariables<Name extends Variable>(
  { env }: Pick<CommandContext, 'env'>,
  names: readonly Name[],
): Values<Name> {
  const missing = names.filter((name) => !env[name]);
  if (missing.length > 0) {
    const verb = missing.length === 1 ? 'is' : 'are';
    throw new AppsctlError('MISSING_VARIABLE', `${missing.join(', ')} ${verb} not set`, {
      hint: missing.map((name) => `${name} is ${VARIABLES[name]}`).join('; '),
    });
  }
  const values: Record<string, string> = {};
  for (const name of names) {
    const value = env[name] ?? '';
    if (/[^\x21-\x7e]/.test(value)) {
      // The value may be a secret, so it is not repeated.
      const message = `${name} contains white space, a control character or a character beyond ASCII`;
      throw new AppsctlError('INVALID_VARIABLE', message, {
        hint: `set ${name} to ${VARIABLES[name]}, and nothing else`,
      });
    }
    values[name] = value;
  }
  return values as Values<Name>;
}

/**
 * Help on the variables that a command needs, to stand below its options.
 *
 * @param role whose key it works with, as for {@link readAwsEnvironment}
 * @param alsoNeeded further variables
 */
export function variablesHelp(role: keyof typeof ENVIRONMENTS, alsoNeeded: readonly Variable[] = []): string {
  const names: Variable[] = ['MM_APPS_AWS_REGION', 'MM_APPS_S3_BUCKET', ...ENVIRONMENTS[role], ...alsoNeeded];
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => `  ${name.padEnd(width)}  ${VARIABLES[name]}`);
  return `\nNeeded in the environment:\n${lines.join('\n')}`;
}

const ENVIRONMENTS = {
  deploy: ['MM_APPS_DEPLOY_AWS_ACCESS_KEY', 'MM_APPS_DEPLOY_AWS_SECRET_KEY'],
  invoke: ['MM_APPS_AWS_ACCESS_KEY', 'MM_APPS_AWS_SECRET_KEY'],
} as const;

/** What a deployment that lists the app in Mattermost needs besides. */
export const MATTERMOST_VARIABLES = ['MM_SERVICESETTINGS_SITEURL', 'MM_ADMIN_TOKEN'] as const;

/** Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** The AWS account and bucket that a command works with. */
export interface AwsEnvironment {
  readonly connection: AwsConnection;
  readonly bucketName: string;
}

/**
 * Reads who talks to AWS, and where.
 *
 * @param role whether with the privileged key that deploys or with the key that the server invokes with
 * @param alsoNeeded further variables, to be reported missing together with these
 * @throws as {@link readVariables} does
 */
export function readAwsEnvironment(
  context: CommandContext,
  role: keyof typeof ENVIRONMENTS,
  alsoNeeded: readonly Variable[] = [],
): AwsEnvironment {
  const [keyName, secretName] = ENVIRONMENTS[role];
  const values = readVariables(context, [
    'MM_APPS_AWS_REGION',
    'MM_APPS_S3_BUCKET',
    keyName,
    secretName,
    ...alsoNeeded,
  ]);
  const region = values.MM_APPS_AWS_REGION;
  if (!/^[a-z0-9-]+$/.test(region)) {
    throw new AppsctlError(
      'INVALID_VARIABLE',
      `MM_APPS_AWS_REGION is ${JSON.stringify(region)}, which is no AWS region`,
      {
        hint: 'write its code, such as us-east-1',
      },
    );
  }
  const bucketName = values.MM_APPS_S3_BUCKET;
  if (!BUCKET_NAME.test(bucketName)) {
    throw new AppsctlError(
      'INVALID_VARIABLE',
      `MM_APPS_S3_BUCKET is ${JSON.stringify(bucketName)}, which is no name of an S3 bucket`,
      {
        hint: 'write 3 to 63 of a-z, 0-9, "-" and ".", with a letter or digit at both ends',
      },
    );
  }
  return {
    bucketName,
    connection: {
      region,
      credentials: { accessKeyId: values[keyName], secretAccessKey: values[secretName] },
      credentialsSource: keyName,
      endpoints: {
        iam: endpoint(context, 'AWS_ENDPOINT_URL_IAM'),
        lambda: endpoint(context, 'AWS_ENDPOINT_URL_LAMBDA'),
        s3: endpoint(context, 'AWS_ENDPOINT_URL_S3'),
        sts: endpoint(context, 'AWS_ENDPOINT_URL_STS'),
      },
      timeouts: context.timeouts ?? DEFAULT_TIMEOUTS,
      clock: context.clock,
      onEvent: context.onEvent,
      signal: context.signal,
    },
  };
}

/** A service's own variable goes before the one for all. Rule: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
function endpoint({ env }: CommandContext, name: string): string | undefined {
  if (env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() === 'true') return undefined;
  const variable = env[name] ? name : 'AWS_ENDPOINT_URL';
  const value = env[variable];
  if (!value) return undefined;
  if (!isWebAddress(value)) {
    throw new AppsctlError('INVALID_VARIABLE', `${variable} is no web address`, {
      hint: 'write it as http://HOST:PORT',
    });
  }
  return value;
}

/**
 * Reads which Mattermost server a deployment lists the app in. Warns of one that the token would reach unencrypted.
 *
 * @throws AppsctlError MISSING_VARIABLE, INVALID_VARIABLE
 */
export function readMattermostEnvironment(context: Pick<CommandContext, 'env' | 'onEvent'>): {
  siteUrl: string;
  token: string;
} {
  const values = readVariables(context, MATTERMOST_VARIABLES);
  const siteUrl = values.MM_SERVICESETTINGS_SITEURL;
  if (!isWebAddress(siteUrl)) {
    throw new AppsctlError('INVALID_VARIABLE', 'MM_SERVICESETTINGS_SITEURL is no web address', {
      hint: 'write it as https://HOST, without user, query or fragment',
    });
  }
  if (isUnencrypted(siteUrl)) {
    const message = `the token of MM_ADMIN_TOKEN is sent unencrypted to ${siteUrl}: use https`;
    context.onEvent({ type: 'warning', message });
  }
  return { siteUrl, token: values.MM_ADMIN_TOKEN };
}

/** What is sent to this machine itself does not travel. */
function isUnencrypted(siteUrl: string): boolean {
  const { protocol, hostname } = new URL(siteUrl);
  const isLoopback = /^(?:.*\.)?localhost\.?$|^127(?:\.\d+){3}$|^\[::1\]$/.test(hostname);
  return protocol === 'http:' && !isLoopback;
}

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}

import type { Command } from 'commander';
import type { AwsOptions, NetworkOptions } from '../../api/network-options.js';
import { isBucketName, isRegion } from '../../core/aws/valid-names.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { isHttpUrl } from '../../core/http-url.js';
import { type CommandContext, commonOptions } from './context.js';
import {
  ACCESS_KEYS,
  environmentHelp,
  invalidVariable,
  type KeyOwner,
  readVariables,
  type Variable,
} from './environment.js';

/** The flags of commands that use AWS. */
export interface AwsFlags {
  region?: string;
}

/** Adds the flags to a command. */
export function addAwsFlags(command: Command): Command {
  return command.option('--region <code>', 'the AWS region (default: that of MM_APPS_AWS_REGION)');
}

/**
 * The part of a command's help about the environment variables that it needs.
 *
 * @param owner whose access key the command uses
 * @param more further variables
 */
export function variablesHelp(owner: KeyOwner, more: readonly Variable[] = []): string {
  const names: Variable[] = ['MM_APPS_AWS_REGION', 'MM_APPS_S3_BUCKET', ...ACCESS_KEYS[owner], ...more];
  return environmentHelp(names);
}

/**
 * Reads the options of AWS from the flags and the environment, and adds the context of the command.
 *
 * @param owner whose access key the command uses
 * @param more further variables, to be reported together with these if they are missing
 * @throws AppsctlError MISSING_VARIABLE naming every variable that is not set, INVALID_VARIABLE for one that is not valid
 */
export function readNetworkOptions(
  context: CommandContext,
  flags: AwsFlags,
  owner: KeyOwner,
  more: readonly Variable[] = [],
): NetworkOptions {
  return {
    aws: readAwsOptions(context, flags, owner, more),
    ...commonOptions(context),
    onEvent: context.onEvent,
    timeouts: context.timeouts,
    process: context.process,
  };
}

function readAwsOptions(
  context: CommandContext,
  flags: AwsFlags,
  owner: KeyOwner,
  more: readonly Variable[],
): AwsOptions {
  const [keyName, secretName] = ACCESS_KEYS[owner];
  const isRegionGiven = flags.region !== undefined;
  const values = readVariables(context, [
    ...(isRegionGiven ? [] : (['MM_APPS_AWS_REGION'] as const)),
    'MM_APPS_S3_BUCKET',
    keyName,
    secretName,
    ...more,
  ]);
  const { MM_APPS_AWS_REGION: region = '', MM_APPS_S3_BUCKET: bucket } = {
    ...values,
    ...(isRegionGiven && { MM_APPS_AWS_REGION: flags.region }),
  };
  if (!isRegion(region)) {
    throw invalidVariable(
      'MM_APPS_AWS_REGION',
      region,
      'a valid AWS region',
      'use its code, such as us-east-1',
    );
  }
  if (!isBucketName(bucket)) {
    const hint =
      'use 3 to 63 characters of a-z, 0-9, "-" and ".", beginning and ending with a letter or digit';
    throw invalidVariable('MM_APPS_S3_BUCKET', bucket, 'a valid S3 bucket name', hint);
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

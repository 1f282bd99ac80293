import type { Command } from 'commander';
import type { AwsAccountOptions, ConnectionOptions, NetworkOptions } from '../../api/network-options.js';
import { isBucketName, isRegion } from '../../core/aws/valid-names.js';
import { terminalText } from '../render/terminal-text.js';
import { checkedValue } from './checked-value.js';
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
  profile?: string;
}

/** Adds the flags to a command. */
export function addAwsFlags(command: Command): Command {
  return command
    .option(
      '--region <code>',
      'the AWS region (default: that of MM_APPS_AWS_REGION, AWS_REGION or the profile)',
    )
    .option(
      '--profile <name>',
      'an AWS profile, instead of the access key in the environment',
      checkedValue((text) => text !== '', 'the name of a profile'),
    );
}

/**
 * The part of a command's help about the environment variables that it needs.
 *
 * @param owner whose access key the command uses
 * @param more further variables
 * @param optional further variables that the command can do without
 */
export function variablesHelp(
  owner: KeyOwner,
  more: readonly Variable[] = [],
  optional: readonly Variable[] = [],
): string {
  const aws = ['MM_APPS_AWS_REGION', 'MM_APPS_S3_BUCKET', ...ACCESS_KEYS[owner]] as const;
  const lines = [
    environmentHelp([...aws, ...more, ...optional]),
    'Without an access key and a region, those of the AWS CLI are used.',
  ];
  if (optional.length > 0) lines.push(`${optional.join(' and ')} are optional.`);
  return lines.join('\n');
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
  const { MM_APPS_S3_BUCKET: bucket } = readVariables(context, [
    'MM_APPS_S3_BUCKET',
    ...keyVariables(context, flags, owner),
    ...more,
  ]);
  checkBucket(bucket);
  const { aws, ...options } = readConnectionOptions(context, flags, owner);
  return { ...options, aws: { ...aws, bucket }, process: context.process };
}

/**
 * Reads the options of AWS without a bucket.
 *
 * @throws AppsctlError as {@link readNetworkOptions}
 */
export function readConnectionOptions(
  context: CommandContext,
  flags: AwsFlags,
  owner: KeyOwner,
): ConnectionOptions {
  const { ask, onEvent, timeouts } = context;
  return {
    aws: {
      ...readRegion(context, flags),
      ...readCredentials(context, flags, owner),
      mfaCode: ask && ((serial) => ask(`Code of the MFA device ${terminalText(serial)}:`)),
    },
    ...commonOptions(context),
    ...{ onEvent, timeouts },
  };
}

/** @throws AppsctlError INVALID_VARIABLE */
export function checkBucket(
  bucket: string,
  name: 'MM_APPS_S3_BUCKET' | 'MM_APPS_BUNDLE_BUCKET' = 'MM_APPS_S3_BUCKET',
): void {
  if (isBucketName(bucket)) return;
  const hint = 'use 3 to 63 characters of a-z, 0-9, "-" and ".", beginning and ending with a letter or digit';
  throw invalidVariable(name, bucket, 'a valid S3 bucket name', hint);
}

function readRegion(
  context: CommandContext,
  flags: AwsFlags,
): Pick<AwsAccountOptions, 'region' | 'regionSource'> {
  const regionSource = flags.region === undefined ? 'MM_APPS_AWS_REGION' : '--region';
  if (flags.region === undefined && !context.env['MM_APPS_AWS_REGION']) return {};
  const region = flags.region ?? readVariables(context, ['MM_APPS_AWS_REGION']).MM_APPS_AWS_REGION;
  if (isRegion(region)) return { region, regionSource };
  throw invalidVariable(regionSource, region, 'a valid AWS region', 'use its code, such as us-east-1');
}

/** A profile that is named takes precedence over an access key in the environment, as in the AWS CLI. */
function readCredentials(
  context: CommandContext,
  { profile }: AwsFlags,
  owner: KeyOwner,
): Pick<AwsAccountOptions, 'profile' | 'credentials' | 'credentialsSource'> {
  if (profile !== undefined) return { profile };
  const [keyName, secretName, tokenName] = ACCESS_KEYS[owner];
  const names = keyVariables(context, {}, owner);
  if (names.length === 0) return {};
  const values = readVariables(context, [...names, ...(context.env[tokenName] ? [tokenName] : [])]);
  const {
    [keyName]: accessKeyId = '',
    [secretName]: secretAccessKey = '',
    [tokenName]: sessionToken,
  } = values;
  return {
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    credentialsSource: keyName,
  };
}

/** The variables of an access key that must be set: both, if one of the key's variables is. */
function keyVariables({ env }: CommandContext, { profile }: AwsFlags, owner: KeyOwner): Variable[] {
  const [keyName, secretName] = ACCESS_KEYS[owner];
  const isSet = profile === undefined && ACCESS_KEYS[owner].some((name) => env[name]);
  return isSet ? [keyName, secretName] : [];
}

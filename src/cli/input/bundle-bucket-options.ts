import type { BundleBucketOptions, DeployerBaseOptions } from '../../api/deployer-options.js';
import { isAccountId, isRoleArn } from '../../core/aws/valid-names.js';
import { ENVIRONMENT_NAME_FORM, isEnvironmentName } from '../../core/deployer/bundle-state.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { checkBucket, readConnectionOptions } from './aws-options.js';
import type { CommandContext } from './context.js';
import type { BundleBucketFlags } from './deployer-flags.js';
import {
  ACCESS_KEYS,
  describeVariables,
  findVariable,
  invalidVariable,
  readVariables,
  type Variable,
} from './environment.js';
import { readOldVariables } from './old-variables.js';

/** What every command about the bundles of a bucket needs. */
export const BUNDLE_VARIABLES = ['MM_APPS_BUNDLE_BUCKET', 'MM_APPS_ENVIRONMENT'] as const;

/** What it can do without. */
export const OPTIONAL_BUNDLE_VARIABLES = [
  'MM_APPS_BUNDLE_PREFIX',
  'MM_APPS_BUNDLE_ROLE_ARN',
  'MM_APPS_BUNDLE_ROLE_EXTERNAL_ID',
  'MM_APPS_BUNDLE_BUCKET_OWNER',
] as const satisfies readonly Variable[];

/** The part of the help of `status` and `retry` about environment variables. */
export function bundleBucketHelp(): string {
  return describedVariablesHelp(
    [...BUNDLE_VARIABLES, 'MM_APPS_AWS_REGION', ...ACCESS_KEYS.deploy],
    OPTIONAL_BUNDLE_VARIABLES,
  );
}

/** The part of a command's help about environment variables, with a description of the optional ones. */
export function describedVariablesHelp(required: readonly Variable[], optional: readonly Variable[]): string {
  const lines = describeVariables([...required, ...optional]).map((line) => `  ${line}`);
  return [
    '\nEnvironment variables:',
    ...lines.slice(0, required.length),
    'Without an access key and a region, those of the AWS CLI are used.',
    '\nOptional environment variables:',
    ...lines.slice(required.length),
  ].join('\n');
}

/**
 * Reads which bundles a command is about, from the flags and the environment.
 *
 * @throws AppsctlError MISSING_VARIABLE naming every variable that is not set, INVALID_VARIABLE for one that is not valid
 */
export function readBundleBucket(given: CommandContext, flags: BundleBucketFlags): DeployerBaseOptions {
  const used = [...BUNDLE_VARIABLES, ...OPTIONAL_BUNDLE_VARIABLES];
  const { env } = readOldVariables(given, used, given.note);
  const context = { ...given, env };
  readVariables(context, BUNDLE_VARIABLES);
  return {
    ...readConnectionOptions(context, flags, 'deploy'),
    environment: readEnvironment(context),
    bundles: readBundles(context, flags),
    onEvent: context.onEvent,
  };
}

type Environment = Pick<CommandContext, 'env'>;

/**
 * Reads the environment that is deployed to.
 *
 * @throws AppsctlError MISSING_VARIABLE, INVALID_VARIABLE
 */
export function readEnvironment(context: Environment): string {
  const { MM_APPS_ENVIRONMENT: environment } = readVariables(context, ['MM_APPS_ENVIRONMENT']);
  if (isEnvironmentName(environment)) return environment;
  const hint = `use ${ENVIRONMENT_NAME_FORM}`;
  throw invalidVariable('MM_APPS_ENVIRONMENT', environment, 'the name of an environment', hint);
}

/**
 * Reads where bundles are, from the flags and the environment.
 *
 * @throws AppsctlError MISSING_VARIABLE, INVALID_VARIABLE
 */
export function readBundles(
  context: Environment,
  {
    bundleBucket,
    bundlePrefix,
  }: Pick<BundleBucketFlags, 'bundlePrefix'> & { readonly bundleBucket?: string },
): BundleBucketOptions {
  const name = bundleBucket ?? readVariables(context, ['MM_APPS_BUNDLE_BUCKET']).MM_APPS_BUNDLE_BUCKET;
  checkBucket(name, 'MM_APPS_BUNDLE_BUCKET');
  // A key may have any character.
  const prefix = bundlePrefix ?? (context.env['MM_APPS_BUNDLE_PREFIX'] || undefined);
  return { name, prefix, ...readRole(context), owner: readOwner(context) };
}

function readRole(context: Environment): Pick<BundleBucketOptions, 'roleArn' | 'externalId'> {
  const roleArn = findVariable(context, 'MM_APPS_BUNDLE_ROLE_ARN');
  const externalId = findVariable(context, 'MM_APPS_BUNDLE_ROLE_EXTERNAL_ID');
  if (roleArn !== undefined && !isRoleArn(roleArn)) {
    const hint = 'write it as arn:aws:iam::123456789012:role/NAME';
    throw invalidVariable('MM_APPS_BUNDLE_ROLE_ARN', roleArn, 'the ARN of a role', hint);
  }
  if (externalId !== undefined && roleArn === undefined) {
    const message = 'MM_APPS_BUNDLE_ROLE_EXTERNAL_ID is set, and MM_APPS_BUNDLE_ROLE_ARN is not';
    throw new AppsctlError('MISSING_VARIABLE', message, {
      hint: 'set the role that requires the external ID',
    });
  }
  return { roleArn, externalId };
}

function readOwner(context: Environment): string | undefined {
  const owner = findVariable(context, 'MM_APPS_BUNDLE_BUCKET_OWNER');
  if (owner === undefined || isAccountId(owner)) return owner;
  throw invalidVariable(
    'MM_APPS_BUNDLE_BUCKET_OWNER',
    owner,
    'the ID of an AWS account',
    'use its 12 digits',
  );
}

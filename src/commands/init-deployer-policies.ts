import { type Command, Option } from 'commander';
import type { NameOptions } from '../api/name-options.js';
import { type AwsFlags, readConnectionOptions, readNetworkOptions } from '../cli/input/aws-options.js';
import { checkBucketIsNamed } from '../cli/input/bucket-proposal.js';
import { readBundles } from '../cli/input/bundle-bucket-options.js';
import { checkedValue } from '../cli/input/checked-value.js';
import type { CommandContext } from '../cli/input/context.js';
import { addAllowAppFlag } from '../cli/input/deployer-flags.js';
import { readAllowedApps } from '../cli/input/deployer-options.js';
import { findVariable, type Variable } from '../cli/input/environment.js';
import { type NameFlags, toNameOptions } from '../cli/input/name-flags.js';
import { isBucketName } from '../core/aws/valid-names.js';
import { DEFAULT_NAMES } from '../core/defaults.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { IamPolicyDocument } from '../core/policy/deploy-policy.js';
import { POD_CREDENTIALS, type PodCredentials } from '../core/policy/deployer-trust.js';

/** The flags of `aws init` that print a policy for a deployer, its bundles or those who upload them. */
export interface DeployerPolicyFlags {
  printDeployerPolicy?: boolean;
  printBundleRolePolicy?: boolean;
  printUploadPolicy?: boolean;
  bundleBucket?: string;
  bundlePrefix?: string;
  allowApp?: string[];
  printDeployerTrust?: PodCredentials;
  serviceAccount?: string;
  cluster?: string;
  issuer?: string;
}

interface Flags extends AwsFlags, NameFlags, DeployerPolicyFlags {
  path?: string;
}

/** Adds the flags to a command, except --issuer, which is also for others. */
export function addDeployerPolicyFlags(command: Command): Command {
  command
    .option('--print-deployer-policy', 'print the IAM policy for a deployer, and do nothing else')
    .option(
      '--print-bundle-role-policy',
      'print the IAM policy for a role of its own that reads and tags the bundles, and do nothing else',
    )
    .option('--print-upload-policy', 'print the IAM policy for those who upload bundles, and do nothing else')
    .option(
      '--bundle-bucket <name>',
      'for these three policies: the S3 bucket to which bundles are uploaded (default: that of MM_APPS_BUNDLE_BUCKET)',
      checkedValue(isBucketName, 'the name of a bucket'),
    )
    .option(
      '--bundle-prefix <prefix>',
      'for these three policies: how the keys of the bundles begin (default: that of MM_APPS_BUNDLE_PREFIX)',
    );
  return addAllowAppFlag(command, 'with --print-deployer-policy: ')
    .addOption(
      new Option(
        '--print-deployer-trust <service>',
        'print the trust policy of the role of a deployer on Amazon EKS, and do nothing else',
      ).choices(POD_CREDENTIALS),
    )
    .option('--service-account <name>', 'with --print-deployer-trust: NAMESPACE/NAME')
    .option('--cluster <arn>', 'with --print-deployer-trust pod-identity: the cluster (default: all)');
}

/**
 * The policy that the flags ask for.
 *
 * @returns undefined if they ask for none
 * @throws AppsctlError USAGE, MISSING_VARIABLE, INVALID_VARIABLE
 */
export async function printDeployerPolicy(
  context: CommandContext,
  flags: Flags,
): Promise<IamPolicyDocument | undefined> {
  const { printDeployerPolicy, printBundleRolePolicy, printUploadPolicy, printDeployerTrust } = flags;
  if (printDeployerTrust !== undefined) return printTrust(context, flags, printDeployerTrust);
  if (!printDeployerPolicy && !printBundleRolePolicy && !printUploadPolicy) return undefined;
  if (printDeployerPolicy) await checkBucketIsNamed(context, flags);
  const bundles = readBundles(context, flags);
  const api = await import('../api/deployer-policies.js');
  if (!printDeployerPolicy) {
    const options = { ...readConnectionOptions(context, flags, 'deploy'), bundles };
    return printUploadPolicy ? api.uploadPolicy(options) : api.bundleRolePolicy(options);
  }
  return api.deployerPolicy({
    ...readNetworkOptions(context, flags, 'deploy'),
    ...readNames(context, flags),
    ...{ path: flags.path, bundles, allowedApps: flags.allowApp ?? readAllowedApps(context) },
  });
}

/** The names that a deployer uses with the same variables, unless flags name others. */
function readNames(context: CommandContext, flags: Flags): NameOptions {
  const names = toNameOptions(flags);
  const find = (name: string | undefined, usual: string, variable: Variable): string | undefined =>
    (name === usual ? findVariable(context, variable) : undefined) ?? name;
  const { policy, executionRole } = DEFAULT_NAMES;
  return {
    ...names,
    policyName: find(names.policyName, policy, 'MM_APPS_INVOKE_POLICY'),
    executionRoleName: find(names.executionRoleName, executionRole, 'MM_APPS_EXECUTE_ROLE'),
  };
}

async function printTrust(
  context: CommandContext,
  flags: Flags,
  podCredentials: PodCredentials,
): Promise<IamPolicyDocument> {
  const { serviceAccount, cluster, issuer } = flags;
  if (serviceAccount === undefined) {
    throw new AppsctlError('USAGE', '--print-deployer-trust needs --service-account', {
      hint: 'add --service-account NAMESPACE/NAME',
    });
  }
  const { deployerTrustPolicy } = await import('../api/deployer-policies.js');
  const options = readConnectionOptions(context, flags, 'deploy');
  return deployerTrustPolicy({ ...options, podCredentials, serviceAccount, cluster, issuer });
}

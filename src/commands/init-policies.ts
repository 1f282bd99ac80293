import { type Command, Option } from 'commander';
import { type AwsFlags, readConnectionOptions, readNetworkOptions } from '../cli/input/aws-options.js';
import { checkBucketIsNamed } from '../cli/input/bucket-proposal.js';
import { checkedValue } from '../cli/input/checked-value.js';
import type { CommandContext } from '../cli/input/context.js';
import { type NameFlags, toNameOptions } from '../cli/input/name-flags.js';
import type { CommandResult } from '../cli/render/command-result.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { isAppId } from '../core/manifest/app-reference.js';
import { CI_PROVIDERS, type CiProvider } from '../core/policy/ci-trust.js';
import type { IamPolicyDocument } from '../core/policy/deploy-policy.js';
import {
  addDeployerPolicyFlags,
  type DeployerPolicyFlags,
  printDeployerPolicy,
} from './init-deployer-policies.js';

/** The flags of `aws init` that print a policy. */
export interface PolicyFlags extends DeployerPolicyFlags {
  printDeployPolicy?: boolean;
  app?: string;
  printCiTrust?: CiProvider;
  repository?: string;
  environment?: string;
  ref?: string;
}

interface Flags extends AwsFlags, NameFlags, PolicyFlags {
  create?: boolean;
  createAccessKey?: boolean;
  rotateAccessKey?: boolean;
  deleteOldKey?: boolean;
  envFileOut?: string;
  storeSecret?: string;
  format?: string;
  dryRun?: boolean;
  exitCode?: boolean;
  path?: string;
}

/** The flags of which each prints a policy. */
const PRINTS = {
  '--print-deploy-policy': 'printDeployPolicy',
  '--print-ci-trust': 'printCiTrust',
  '--print-deployer-policy': 'printDeployerPolicy',
  '--print-bundle-role-policy': 'printBundleRolePolicy',
  '--print-upload-policy': 'printUploadPolicy',
  '--print-deployer-trust': 'printDeployerTrust',
} as const satisfies Readonly<Record<string, keyof Flags>>;
type Print = keyof typeof PRINTS;

const BUNDLE_POLICIES = [
  '--print-deployer-policy',
  '--print-bundle-role-policy',
  '--print-upload-policy',
] as const;

/** The flags that are only for some of them. */
const DETAILS: Readonly<Record<string, { readonly name: keyof Flags; readonly of: readonly Print[] }>> = {
  '--app': { name: 'app', of: ['--print-deploy-policy'] },
  '--repository': { name: 'repository', of: ['--print-ci-trust'] },
  '--environment': { name: 'environment', of: ['--print-ci-trust'] },
  '--ref': { name: 'ref', of: ['--print-ci-trust'] },
  '--issuer': { name: 'issuer', of: ['--print-ci-trust', '--print-deployer-trust'] },
  '--bundle-bucket': { name: 'bundleBucket', of: BUNDLE_POLICIES },
  '--bundle-prefix': { name: 'bundlePrefix', of: BUNDLE_POLICIES },
  '--allow-app': { name: 'allowApp', of: ['--print-deployer-policy'] },
  '--service-account': { name: 'serviceAccount', of: ['--print-deployer-trust'] },
  '--cluster': { name: 'cluster', of: ['--print-deployer-trust'] },
};

/** The flags that do something else. */
const OTHERS: Readonly<Record<string, keyof Flags>> = {
  '--create': 'create',
  '--create-access-key': 'createAccessKey',
  '--rotate-access-key': 'rotateAccessKey',
  '--delete-old-key': 'deleteOldKey',
  '--env-file-out': 'envFileOut',
  '--store-secret': 'storeSecret',
  '--format': 'format',
  '--dry-run': 'dryRun',
  '--exit-code': 'exitCode',
};

/** Adds the flags to a command. */
export function addPolicyFlags(command: Command): Command {
  command
    .option('--print-deploy-policy', 'print the IAM policy for those who deploy, and do nothing else')
    .option(
      '--app <id>',
      'with --print-deploy-policy: for this app alone',
      checkedValue(isAppId, 'the ID of an app'),
    )
    .addOption(
      new Option(
        '--print-ci-trust <service>',
        'print the trust policy of a role for pipelines, and do nothing else',
      ).choices(CI_PROVIDERS),
    )
    .option('--repository <path>', 'with --print-ci-trust: OWNER/REPO, OWNER@ID/REPO@ID or GROUP/PROJECT')
    .option('--environment <name>', 'with --print-ci-trust github: the environment of the jobs')
    .option('--ref <ref>', 'with --print-ci-trust: the branch, or the ref such as refs/tags/v*');
  return addDeployerPolicyFlags(command).option(
    '--issuer <host>',
    'with --print-ci-trust: the issuer of a server of your own; with --print-deployer-trust irsa: that of the cluster',
  );
}

/**
 * The policy that the flags ask for.
 *
 * @returns undefined if they ask for none
 * @throws AppsctlError USAGE for flags without effect
 */
export async function printPolicy(context: CommandContext, flags: Flags): Promise<CommandResult | undefined> {
  checkFlags(flags);
  const document =
    (await printDeployPolicy(context, flags)) ??
    (await printCiTrust(context, flags)) ??
    (await printDeployerPolicy(context, flags));
  return document && { type: 'policy', document };
}

async function printDeployPolicy(
  context: CommandContext,
  flags: Flags,
): Promise<IamPolicyDocument | undefined> {
  if (!flags.printDeployPolicy) return undefined;
  await checkBucketIsNamed(context, flags);
  const { deployPolicy } = await import('../api/policies.js');
  return deployPolicy({
    ...readNetworkOptions(context, flags, 'deploy'),
    appId: flags.app,
    ...toNameOptions(flags),
    path: flags.path,
  });
}

async function printCiTrust(context: CommandContext, flags: Flags): Promise<IamPolicyDocument | undefined> {
  const { printCiTrust: provider, repository, environment, ref, issuer } = flags;
  if (provider === undefined) return undefined;
  if (repository === undefined) {
    throw new AppsctlError('USAGE', '--print-ci-trust needs --repository', {
      hint: `add --repository ${provider === 'github' ? 'OWNER/REPO' : 'GROUP/PROJECT'}`,
    });
  }
  const { ciTrustPolicy } = await import('../api/policies.js');
  const options = readConnectionOptions(context, flags, 'deploy');
  return ciTrustPolicy({ ...options, provider, repository, environment, ref, issuer });
}

function checkFlags(flags: Flags): void {
  const isGiven = (name: keyof Flags): boolean => ![undefined, false].includes(flags[name] as undefined);
  const prints = Object.entries(PRINTS).flatMap(([flag, name]) => (isGiven(name) ? [flag] : []));
  for (const [flag, { name, of }] of Object.entries(DETAILS)) {
    if (isGiven(name) && !of.some((print) => prints.includes(print))) throw onlyWith(flag, of);
  }
  const [print, second] = prints;
  if (print === undefined) return;
  const other = second ?? Object.entries(OTHERS).find(([, name]) => isGiven(name))?.[0];
  if (other === undefined) return;
  throw new AppsctlError('USAGE', `${print} only prints a policy: it cannot be used together with ${other}`);
}

function onlyWith(flag: string, prints: readonly string[]): AppsctlError {
  const [first = '', ...others] = prints;
  const last = others.pop();
  const names = last === undefined ? first : `${[first, ...others].join(', ')} and ${last}`;
  return new AppsctlError('USAGE', `${flag} is only for ${names}`, { hint: `add ${first}` });
}

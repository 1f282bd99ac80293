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

/** The flags of `aws init` that print a policy. */
export interface PolicyFlags {
  printDeployPolicy?: boolean;
  app?: string;
  printCiTrust?: CiProvider;
  repository?: string;
  environment?: string;
  ref?: string;
  issuer?: string;
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

/** Adds the flags to a command. */
export function addPolicyFlags(command: Command): Command {
  return command
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
    .option('--ref <ref>', 'with --print-ci-trust: the branch, or the ref such as refs/tags/v*')
    .option('--issuer <host>', 'with --print-ci-trust: the issuer of a server of your own');
}

/**
 * The policy that the flags ask for.
 *
 * @returns undefined if they ask for none
 * @throws AppsctlError USAGE for flags without effect
 */
export async function printPolicy(context: CommandContext, flags: Flags): Promise<CommandResult | undefined> {
  checkFlags(flags);
  const { printDeployPolicy, printCiTrust: provider } = flags;
  if (printDeployPolicy) {
    await checkBucketIsNamed(context, flags);
    const { deployPolicy } = await import('../api/policies.js');
    const document = await deployPolicy({
      ...readNetworkOptions(context, flags, 'deploy'),
      appId: flags.app,
      ...toNameOptions(flags),
      path: flags.path,
    });
    return { type: 'policy', document };
  }
  if (provider === undefined) return undefined;
  const { repository, environment, ref, issuer } = flags;
  if (repository === undefined) {
    throw new AppsctlError('USAGE', '--print-ci-trust needs --repository', {
      hint: `add --repository ${provider === 'github' ? 'OWNER/REPO' : 'GROUP/PROJECT'}`,
    });
  }
  const { ciTrustPolicy } = await import('../api/policies.js');
  const options = readConnectionOptions(context, flags, 'deploy');
  const document = await ciTrustPolicy({ ...options, provider, repository, environment, ref, issuer });
  return { type: 'policy', document };
}

function checkFlags(flags: Flags): void {
  const { printDeployPolicy, printCiTrust, app, repository, environment, ref, issuer } = flags;
  if (app !== undefined && !printDeployPolicy) throw onlyWith('--app', '--print-deploy-policy');
  const details = {
    '--repository': repository,
    '--environment': environment,
    '--ref': ref,
    '--issuer': issuer,
  };
  const [detail] = Object.entries(details).find(([, value]) => value !== undefined) ?? [];
  if (detail !== undefined && printCiTrust === undefined) throw onlyWith(detail, '--print-ci-trust');
  if (!printDeployPolicy && printCiTrust === undefined) return;
  const others = {
    '--print-deploy-policy': printDeployPolicy && printCiTrust !== undefined,
    '--create': flags.create,
    '--create-access-key': flags.createAccessKey,
    '--rotate-access-key': flags.rotateAccessKey,
    '--delete-old-key': flags.deleteOldKey,
    '--env-file-out': flags.envFileOut !== undefined,
    '--store-secret': flags.storeSecret !== undefined,
    '--format': flags.format !== undefined,
    '--dry-run': flags.dryRun,
    '--exit-code': flags.exitCode,
  };
  const [other] = Object.entries(others).find(([, isGiven]) => isGiven) ?? [];
  if (other === undefined) return;
  const print = printCiTrust === undefined ? '--print-deploy-policy' : '--print-ci-trust';
  throw new AppsctlError('USAGE', `${print} only prints a policy: it cannot be used together with ${other}`);
}

function onlyWith(flag: string, other: string): AppsctlError {
  return new AppsctlError('USAGE', `${flag} is only for ${other}`, { hint: `add ${other}` });
}

import { Command, Option } from 'commander';
import type { InitOptions, InitResult } from '../api/init.js';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import { checkBucketIsNamed } from '../cli/input/bucket-proposal.js';
import { checkedValue } from '../cli/input/checked-value.js';
import type { CommandContext } from '../cli/input/context.js';
import { checkDryRun, type DryRunFlags, dryRunResult } from '../cli/input/dry-run.js';
import { ACCESS_KEYS, readVariables } from '../cli/input/environment.js';
import { nameValue } from '../cli/input/function-flags.js';
import { addNameFlags, type NameFlags, toNameOptions } from '../cli/input/name-flags.js';
import {
  type CommandResult,
  INIT_FORMATS,
  type InitFormat,
  type InitOutput,
} from '../cli/render/command-result.js';
import { terminalText } from '../cli/render/terminal-text.js';
import { tagsProblem } from '../core/aws/function-limits.js';
import { isIamPath, isKmsKeyArn, isPolicyArn, isSecretArn } from '../core/aws/valid-names.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { addPolicyFlags, type PolicyFlags, printPolicy } from './init-policies.js';

interface Flags extends AwsFlags, DryRunFlags, NameFlags, PolicyFlags {
  create?: boolean;
  createAccessKey?: boolean;
  rotateAccessKey?: boolean;
  deleteOldKey?: boolean;
  yes?: boolean;
  envFileOut?: string;
  storeSecret?: string;
  format?: InitFormat;
  permissionsBoundary?: string;
  path?: string;
  tag?: Record<string, string>;
  kmsKey?: string;
}

/** `appsctl aws init` */
export function awsInitCommand(context: CommandContext): Command {
  const command = new Command('init')
    .summary('prepare an AWS account for Mattermost Apps')
    .description(
      'Prepares an AWS account for Mattermost Apps: the bucket, the user, group and policy with which the server invokes functions, and the execution role of the functions. Prints the environment variables that the Mattermost server needs.',
    )
    .option('--create', 'create what does not exist yet: bucket, user, group, policy, role')
    .option('--dry-run', 'print what --create would create and change, and change nothing')
    .option('--exit-code', 'with --dry-run: exit with 3 if something would be changed')
    .option('--create-access-key', 'create an access key for the user; it is printed only once')
    .option('--rotate-access-key', 'create an access key, test it, and disable the one that it replaces')
    .option(
      '--delete-old-key',
      'delete the replaced key; alone, delete all keys of the user but the one that the server uses: that in the file of --env-file-out, or in MM_APPS_AWS_ACCESS_KEY and MM_APPS_AWS_SECRET_KEY',
    )
    .option('-y, --yes', 'disable and delete access keys without asking')
    .option(
      '--env-file-out <file>',
      'write the variables into a file for systemd, instead of printing them',
      checkedValue((text) => text !== '', 'the name of a file'),
    )
    .option(
      '--store-secret <arn>',
      'write the variables into a secret of AWS Secrets Manager, instead of printing them',
      checkedValue(isSecretArn, 'the ARN of a secret'),
    )
    .addOption(
      new Option('--format <name>', 'the form of what is printed (default: shell)').choices(INIT_FORMATS),
    )
    .option(
      '--permissions-boundary <arn>',
      'the policy that limits the user and the role, if they are created',
      checkedValue(isPolicyArn, 'the ARN of a policy'),
    )
    .option(
      '--path <path>',
      'the IAM path of what is created, such as /mattermost/',
      checkedValue(isIamPath, 'a path such as /mattermost/'),
    )
    .option('--tag <name=value>', 'tag of what is created (repeatable)', nameValue('--tag'))
    .option(
      '--kms-key <arn>',
      'the KMS key that encrypts the bucket, if it is created',
      checkedValue(isKmsKeyArn, 'the ARN of a KMS key'),
    );
  return addAwsFlags(addPolicyFlags(addNameFlags(command)))
    .addHelpText('after', variablesHelp('deploy'))
    .action(context.action((flags: Flags) => init(context, flags)));
}

async function init(context: CommandContext, flags: Flags): Promise<CommandResult> {
  const policy = await printPolicy(context, flags);
  if (policy !== undefined) return policy;
  checkFlags(context, flags);
  await checkBucketIsNamed(context, flags);
  const options: InitOptions = {
    ...readNetworkOptions(context, flags, 'deploy'),
    createAccessKey: flags.createAccessKey ?? false,
    rotateAccessKey: flags.rotateAccessKey ?? false,
    deleteOldKey: flags.deleteOldKey ?? false,
    serverKey: readServerKey(context, flags),
    environmentFile: flags.envFileOut,
    secretArn: flags.storeSecret,
    ...toNameOptions(flags),
    permissionsBoundary: flags.permissionsBoundary,
    ...{ path: flags.path, tags: flags.tag, kmsKey: flags.kmsKey },
  };
  const api = await import('../api/init.js');
  if (flags.dryRun) return dryRunResult(await api.planInit(options), flags);
  const toOutput = (result: InitOutput): CommandResult => ({
    type: 'init',
    result,
    server: { bucket: options.aws.bucket, userName: flags.user },
    format: flags.format ?? 'shell',
  });
  const isPrinted = findStore(flags) === undefined;
  const result = await api.init({
    ...options,
    create: flags.create ?? false,
    beforeChanges: () => context.beginChanges(),
    confirmKeyChange: (ids, change) => confirm(context, flags, ids, change),
    // Printed at once: what comes later may fail.
    saveAccessKey: isPrinted ? (account) => printKey(context, toOutput(account)) : undefined,
  });
  return { ...toResult(result, flags, toOutput), next: nextStep(result, flags) };
}

/** Where the variables are written, if they are not printed. */
function findStore({ envFileOut, storeSecret }: Flags): string | undefined {
  return envFileOut ?? storeSecret;
}

/** @throws AppsctlError USAGE */
function checkFlags({ ask }: CommandContext, flags: Flags): void {
  checkDryRun(flags);
  const tags = tagsProblem(flags.tag ?? {});
  if (tags !== undefined) throw new AppsctlError('USAGE', `--tag: ${tags}`);
  const { createAccessKey, rotateAccessKey, deleteOldKey, envFileOut, format, yes, dryRun } = flags;
  if (findStore(flags) !== undefined && format !== undefined && format !== 'json') {
    const flag = envFileOut === undefined ? '--store-secret' : '--env-file-out';
    throw new AppsctlError('USAGE', `--format ${format} is only for variables that are printed`, {
      hint: `remove ${flag}, or print the other results with --format json`,
    });
  }
  if (format === 'k8s-secret' && !createAccessKey && !rotateAccessKey) {
    throw new AppsctlError('USAGE', '--format k8s-secret needs a new access key', {
      hint: 'add --create-access-key: a Secret without the key would remove it from the one in the cluster',
    });
  }
  if ((rotateAccessKey || deleteOldKey) && !yes && !dryRun && ask === undefined) {
    const flag = rotateAccessKey ? '--rotate-access-key' : '--delete-old-key';
    const message = `${flag} takes away a key that the server may use, and there is no terminal to ask`;
    throw new AppsctlError('USAGE', message, {
      hint: 'add --yes if the server may lose its access until it is restarted; without an interruption, add a key with --create-access-key, restart the server, and then use --delete-old-key --yes',
    });
  }
}

/** The key in the server's variables, if they are set: it tells the server's key from others. */
function readServerKey(
  context: CommandContext,
  { deleteOldKey, rotateAccessKey, envFileOut }: Flags,
): InitOptions['serverKey'] {
  const [keyName, secretName] = ACCESS_KEYS.server;
  const isNeeded = deleteOldKey && !rotateAccessKey && envFileOut === undefined;
  if (!isNeeded && !(context.env[keyName] && context.env[secretName])) return undefined;
  const values = readVariables(context, [keyName, secretName]);
  return { accessKeyId: values[keyName], secretAccessKey: values[secretName] };
}

async function confirm(
  { ask }: CommandContext,
  { yes }: Flags,
  ids: readonly string[],
  change: 'disable' | 'delete',
): Promise<boolean> {
  if (yes || ask === undefined) return true;
  const keys = `access key${ids.length === 1 ? '' : 's'} ${ids.map(terminalText).join(' and ')}`;
  const warning = `A Mattermost server that still uses ${keys} loses its access to AWS. Start it with the other key first.`;
  const question = `${change === 'disable' ? 'Disable' : 'Delete'} ${keys} now? (yes/no)`;
  return /^y(?:es)?$/i.test(await ask(`${warning}\n${question}`));
}

async function printKey(context: CommandContext, output: CommandResult): Promise<void> {
  try {
    await context.print(output);
  } catch (error) {
    const message = `cannot print the new access key: ${(error as Error).message}`;
    throw new AppsctlError('OUTPUT', message, { cause: error });
  }
}

/** What is left to print at the end. */
function toResult(
  result: InitResult,
  flags: Flags,
  toOutput: (result: InitOutput) => CommandResult,
): CommandResult {
  const { accessKey } = result;
  if (findStore(flags) === undefined) return accessKey === undefined ? toOutput(result) : { type: 'nothing' };
  if (flags.format !== 'json') return { type: 'nothing' };
  return toOutput({ ...result, accessKey: accessKey && { id: accessKey.id } });
}

function nextStep({ accessKey, ...result }: InitResult, flags: Flags): string {
  const store = findStore(flags);
  const start = `start the Mattermost server with ${store === undefined ? 'these variables' : `the variables in ${store}`}`;
  const gone = [...result.disabledAccessKeyIds, ...result.deletedAccessKeyIds];
  const others = (result.existingAccessKeyIds ?? []).filter((id) => !gone.includes(id));
  if (accessKey !== undefined && others.length > 0) {
    const file = flags.envFileOut === undefined ? '' : ` --env-file-out ${flags.envFileOut}`;
    return `${start}, then delete the key that it used before with appsctl aws init --delete-old-key${file}`;
  }
  if (gone.length > 0) {
    return `${start}, unless it runs with them already: ${gone.join(' and ')} cannot be used any more`;
  }
  if (accessKey === undefined && result.existingAccessKeyIds?.length === 0) {
    return 'create an access key for the Mattermost server with appsctl aws init --create-access-key';
  }
  return `${start}, then run appsctl aws deploy APP and appsctl aws test`;
}

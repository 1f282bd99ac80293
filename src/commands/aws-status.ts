import { Command } from 'commander';
import type { StatusOptions } from '../api/status.js';
import { type AppFlags, addAppFlags, toAppOptions } from '../cli/input/app-flags.js';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import { addBundleFlags, type BundleFlags, toBundleOptions } from '../cli/input/bundle-flags.js';
import type { CommandContext } from '../cli/input/context.js';
import { MATTERMOST_VARIABLES } from '../cli/input/environment.js';
import { type JsonFlag, readFormat } from '../cli/input/json-flag.js';
import {
  addMattermostFlags,
  findMattermostOptions,
  type MattermostFlags,
} from '../cli/input/mattermost-options.js';
import { addPolicyFlag } from '../cli/input/name-flags.js';
import { AppsctlError } from '../core/diagnostics/error.js';

interface Flags extends AppFlags, AwsFlags, BundleFlags, JsonFlag, MattermostFlags {
  bundle?: string;
  policy?: string;
}

/** `appsctl aws status` */
export function awsStatusCommand(context: CommandContext): Command {
  const command = new Command('status')
    .summary('check whether what is deployed is as it should be')
    .description(
      'Checks an app, a version of it, or all apps: whether the functions exist, are active and are those of the manifest, whether the server may invoke them, whether it lists the app, and what belongs to no app. Changes nothing. Exits with 0 if all is right, with 1 if not.',
    )
    .argument('[app]', 'only this app: its ID, or ID@VERSION')
    .option('--bundle <app>', 'compare with the folder or the bundle of an app, and check only its version')
    .option('--json', 'print the report as JSON');
  return addMattermostFlags(addAwsFlags(addBundleFlags(addAppFlags(addPolicyFlag(command)))))
    .addHelpText('after', variablesHelp('deploy', [], MATTERMOST_VARIABLES))
    .action(
      context.action(async (app: string | undefined, flags: Flags) => {
        const options = readOptions(context, app, flags);
        const { status } = await import('../api/status.js');
        const report = await status(options);
        const format = readFormat(flags);
        return { type: 'status', report, format, exit: report.ok ? undefined : 'failed' };
      }),
    );
}

/** The flags that are about the bundle. */
const BUNDLE_FLAGS = ['sha256', 'config', 'environment', 'runtime'] as const;

/** @throws AppsctlError USAGE, MISSING_VARIABLE, INVALID_VARIABLE */
function readOptions(context: CommandContext, app: string | undefined, flags: Flags): StatusOptions {
  const without = flags.bundle === undefined && BUNDLE_FLAGS.find((name) => flags[name] !== undefined);
  if (without) {
    throw new AppsctlError('USAGE', `--${without} is only for --bundle`, { hint: 'add --bundle' });
  }
  return {
    ...toAppOptions(context, flags),
    ...toBundleOptions(context, flags),
    ...readNetworkOptions(context, flags, 'deploy'),
    ...{ app, bundle: flags.bundle, policyName: flags.policy },
    mattermost: findMattermostOptions(context, flags),
  };
}

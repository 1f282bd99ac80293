import { Command } from 'commander';
import { toAppOptions } from '../cli/input/app-flags.js';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import {
  APP_ARGUMENT,
  addBundleFlags,
  type BundleFlags,
  toBundleOptions,
} from '../cli/input/bundle-flags.js';
import type { CommandContext } from '../cli/input/context.js';
import { settingsVariables } from '../cli/input/environment.js';

interface Flags extends AwsFlags, BundleFlags {}

/** `appsctl aws test deploy` */
export function awsTestDeployCommand(context: CommandContext): Command {
  const subcommand = new Command('deploy')
    .summary('deploy the example app to AWS')
    .description(
      'Deploys an app, usually the example app, with the default names; updates it if it exists; does not contact Mattermost.',
    )
    .argument('<app>', APP_ARGUMENT);
  return addAwsFlags(addBundleFlags(subcommand))
    .addHelpText('after', variablesHelp('deploy'))
    .action(
      context.action(async (app: string, _: Flags, command: Command) => {
        const flags: Flags = command.optsWithGlobals();
        const options = {
          ...toAppOptions(context, {}),
          ...toBundleOptions(context, flags),
          ...readNetworkOptions(context, flags, 'deploy'),
        };
        const variables = settingsVariables(context);
        const { deploy } = await import('../api/deploy.js');
        const beforeChanges = (): void => context.beginChanges();
        const result = await deploy(app, { ...options, variables, update: true, beforeChanges });
        return { type: 'deployment', result, siteUrl: undefined };
      }),
    );
}

import { Command } from 'commander';
import { toAppOptions } from '../cli/input/app-flags.js';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import type { CommandContext } from '../cli/input/context.js';
import { settingsVariables } from '../cli/input/environment.js';

/** `appsctl aws test deploy` */
export function awsTestDeployCommand(context: CommandContext): Command {
  const command = new Command('deploy')
    .summary('deploy the example app to AWS')
    .description(
      'Deploys an app, usually the example app, with the default names; updates it if it exists; does not contact Mattermost.',
    )
    .argument('<app>', 'the folder of the app, or its bundle, a .zip file');
  return addAwsFlags(command)
    .addHelpText('after', variablesHelp('deploy'))
    .action(
      context.action(async (app: string, flags: AwsFlags) => {
        const options = { ...toAppOptions(context, {}), ...readNetworkOptions(context, flags, 'deploy') };
        const variables = settingsVariables(context);
        const { deploy } = await import('../api/deploy.js');
        const beforeChanges = (): void => context.beginChanges();
        const result = await deploy(app, { ...options, variables, update: true, beforeChanges });
        return { type: 'deployment', result, siteUrl: undefined };
      }),
    );
}

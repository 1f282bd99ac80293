import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { readNetworkOptions, variablesHelp } from '../cli/input/environment.js';

/** `appsctl aws test deploy` */
export function awsTestDeployCommand(context: CommandContext): Command {
  return new Command('deploy')
    .summary('deploy the example app to AWS')
    .description(
      'Deploys a bundle, usually that of the example app, with the default names; updates it if it exists; does not contact Mattermost.',
    )
    .argument('<bundle>', 'the app bundle, a .zip file')
    .addHelpText('after', variablesHelp('deploy'))
    .action(
      context.action(async (file: string) => {
        const options = readNetworkOptions(context, 'deploy');
        const { deploy } = await import('../api/deploy.js');
        const beforeChanges = (): void => context.beginChanges();
        const result = await deploy(file, { ...options, update: true, beforeChanges });
        return { type: 'deployment', result, siteUrl: undefined };
      }),
    );
}

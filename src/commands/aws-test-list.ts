import { Command } from 'commander';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import type { CommandContext } from '../cli/input/context.js';

/** `appsctl aws test list` */
export function awsTestListCommand(context: CommandContext): Command {
  const subcommand = new Command('list')
    .summary('list the deployed apps whose IDs begin with hello')
    .description('Lists the IDs of the deployed apps whose IDs begin with hello.');
  return addAwsFlags(subcommand)
    .addHelpText('after', variablesHelp('server'))
    .action(
      context.action(async (_: AwsFlags, command: Command) => {
        const options = readNetworkOptions(context, command.optsWithGlobals(), 'server');
        const { testList } = await import('../api/test.js');
        return { type: 'test', lines: await testList(options) };
      }),
    );
}

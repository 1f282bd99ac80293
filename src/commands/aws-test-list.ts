import { Command } from 'commander';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import type { CommandContext } from '../cli/input/context.js';

/** `appsctl aws test list` */
export function awsTestListCommand(context: CommandContext): Command {
  const command = new Command('list')
    .summary('list the deployed apps whose IDs begin with hello')
    .description('Lists the IDs of the deployed apps whose IDs begin with hello.');
  return addAwsFlags(command)
    .addHelpText('after', variablesHelp('server'))
    .action(
      context.action(async (flags: AwsFlags) => {
        const options = readNetworkOptions(context, flags, 'server');
        const { testList } = await import('../api/test.js');
        return { type: 'test', lines: await testList(options) };
      }),
    );
}

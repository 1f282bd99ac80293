import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { readNetworkOptions, variablesHelp } from '../cli/input/environment.js';

/** `appsctl aws test list` */
export function awsTestListCommand(context: CommandContext): Command {
  return new Command('list')
    .summary('list the deployed apps whose IDs begin with hello')
    .description('Lists the IDs of the deployed apps whose IDs begin with hello.')
    .addHelpText('after', variablesHelp('server'))
    .action(
      context.action(async () => {
        const options = readNetworkOptions(context, 'server');
        const { testList } = await import('../api/test.js');
        return { type: 'test', lines: await testList(options) };
      }),
    );
}

import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { readNetworkOptions, variablesHelp } from '../cli/input/environment.js';

/** `appsctl aws test s3` */
export function awsTestS3Command(context: CommandContext): Command {
  return new Command('s3')
    .summary('read an asset of the example app')
    .description('Reads the asset test.txt of the example app.')
    .addHelpText('after', variablesHelp('server'))
    .action(
      context.action(async () => {
        const options = readNetworkOptions(context, 'server');
        const { testS3 } = await import('../api/test.js');
        await testS3(options);
        return { type: 'test', lines: ['OK'] };
      }),
    );
}

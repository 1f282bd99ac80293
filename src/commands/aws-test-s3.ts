import { Command } from 'commander';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import type { CommandContext } from '../cli/input/context.js';

/** `appsctl aws test s3` */
export function awsTestS3Command(context: CommandContext): Command {
  const subcommand = new Command('s3')
    .summary('read an asset of the example app')
    .description('Reads the asset test.txt of the example app.');
  return addAwsFlags(subcommand)
    .addHelpText('after', variablesHelp('server'))
    .action(
      context.action(async (_: AwsFlags, command: Command) => {
        const options = readNetworkOptions(context, command.optsWithGlobals(), 'server');
        const { testS3 } = await import('../api/test.js');
        await testS3(options);
        return { type: 'test', lines: ['OK'] };
      }),
    );
}

import { Command } from 'commander';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import type { CommandContext } from '../cli/input/context.js';

/** `appsctl aws test lambda` */
export function awsTestLambdaCommand(context: CommandContext): Command {
  const subcommand = new Command('lambda')
    .summary('invoke the function of the example app')
    .description('Invokes the function of the example app: /ping must respond with PONG.');
  return addAwsFlags(subcommand)
    .addHelpText('after', variablesHelp('server'))
    .action(
      context.action(async (_: AwsFlags, command: Command) => {
        const options = readNetworkOptions(context, command.optsWithGlobals(), 'server');
        const { testLambda } = await import('../api/test.js');
        await testLambda(options);
        return { type: 'test', lines: ['OK'] };
      }),
    );
}

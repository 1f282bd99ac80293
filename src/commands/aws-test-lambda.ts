import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { readNetworkOptions, variablesHelp } from '../cli/input/environment.js';

/** `appsctl aws test lambda` */
export function awsTestLambdaCommand(context: CommandContext): Command {
  return new Command('lambda')
    .summary('invoke the function of the example app')
    .description('Invokes the function of the example app: /ping must respond with PONG.')
    .addHelpText('after', variablesHelp('server'))
    .action(
      context.action(async () => {
        const options = readNetworkOptions(context, 'server');
        const { testLambda } = await import('../api/test.js');
        await testLambda(options);
        return { type: 'test', lines: ['OK'] };
      }),
    );
}

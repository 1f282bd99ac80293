import { Command } from 'commander';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import type { CommandContext } from '../cli/input/context.js';
import { readJsonObject } from '../cli/input/json-argument.js';
import { type JsonFlag, readFormat } from '../cli/input/json-flag.js';
import type { CommandResult } from '../cli/render/command-result.js';
import { AppsctlError } from '../core/diagnostics/error.js';

interface Flags extends AwsFlags, JsonFlag {
  data?: string;
  context?: string;
}

/** `appsctl aws invoke` */
export function awsInvokeCommand(context: CommandContext): Command {
  const command = new Command('invoke')
    .summary('call an app as the server does, and print its answer')
    .description(
      "Calls a deployed app as the Mattermost server does, with the server's access key, and prints its answer. Exits with 1 if the answer is an error. What the call does is up to the app.",
    )
    .argument(
      '<app>',
      'the ID of the app, such as com.example.app; the latest version, or another one with @VERSION',
    )
    .argument('<path>', 'the path of the call, such as /ping')
    .option('--data <json>', 'the values of the call, as a JSON object; @FILE reads a file, - standard input')
    .option('--context <json>', 'fields of the context of the call, in the same way')
    .option(
      '--json',
      'print the answer as JSON, with its function, status and duration, and the end of its log',
    );
  return addAwsFlags(command)
    .addHelpText('after', variablesHelp('server'))
    .action(
      context.action(async (app: string, path: string, flags: Flags): Promise<CommandResult> => {
        if (flags.data === '-' && flags.context === '-')
          throw new AppsctlError('USAGE', 'only one of --data and --context can be standard input');
        const network = readNetworkOptions(context, flags, 'server');
        const values = await readJsonObject(context, '--data', flags.data);
        const fields = await readJsonObject(context, '--context', flags.context);
        const { invoke } = await import('../api/invoke.js');
        context.beginCall();
        const result = await invoke(app, path, { ...network, values, context: fields });
        if (result.status !== 200) {
          const message = `function ${result.lambdaName} returned status ${result.status}: the Mattermost server takes this as an error`;
          context.onEvent({ type: 'warning', message });
        }
        const exit = result.isError ? 'failed' : undefined;
        return { type: 'answer', result, format: readFormat(flags), exit };
      }),
    );
}

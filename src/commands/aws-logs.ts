import { Command } from 'commander';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import { addValue } from '../cli/input/checked-value.js';
import type { CommandContext } from '../cli/input/context.js';
import { type JsonFlag, readFormat } from '../cli/input/json-flag.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import { parseSince } from '../core/logs/since.js';

interface Flags extends AwsFlags, JsonFlag {
  function?: readonly string[];
  since: string;
  follow?: boolean;
  filter?: string;
}

/** `appsctl aws logs` */
export function awsLogsCommand(context: CommandContext): Command {
  const command = new Command('logs')
    .summary('print what the functions of an app have logged')
    .description(
      'Prints what the functions of a deployed app have logged to CloudWatch Logs, by time, in UTC. Changes nothing.',
    )
    .argument(
      '<app>',
      'the ID of the app, such as com.example.app; the latest version, or another one with @VERSION',
    )
    .option('--function <name>', 'only the log of this function (repeatable)', addValue)
    .option('--since <time>', 'how long ago, such as 30s, 10m, 2h or 3d, or an ISO 8601 time', '10m')
    .option('--follow', 'go on with what is logged from now on, until Ctrl-C')
    .option('--filter <text>', 'only what contains this text; case matters')
    .option('--json', 'print each event as JSON, one on a line');
  return addAwsFlags(command)
    .addHelpText('after', variablesHelp('deploy'))
    .action(
      context.action(async (app: string, flags: Flags) => {
        const { follow = false, filter: text } = flags;
        const network = readNetworkOptions(context, flags, 'deploy');
        const options = {
          ...network,
          functions: flags.function,
          since: readSince(context, flags),
          text,
          follow,
        };
        const { readLogs } = await import('../api/logs.js');
        if (follow) context.runUntilInterrupted();
        for await (const event of readLogs(app, options))
          await context.print({ type: 'log event', event, format: readFormat(flags) });
        return { type: 'nothing' };
      }),
    );
}

function readSince({ clock }: CommandContext, { since }: Flags): Date {
  const time = parseSince(since, clock.now());
  if (time !== undefined) return new Date(time);
  throw new AppsctlError('USAGE', `--since ${JSON.stringify(since)} is not a time`, {
    hint: 'write how long ago, such as 30s, 10m, 2h or 3d, or a time such as 2026-11-24T10:00:00Z',
  });
}

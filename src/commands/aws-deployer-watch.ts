import { Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { addDeployerFlags, type DeployerFlags, parseTime } from '../cli/input/deployer-flags.js';
import { deployerHelp, readDeployerOptions } from '../cli/input/deployer-options.js';
import {
  LISTEN_ADDRESS_FORM,
  type ListenAddress,
  parseListenAddress,
} from '../core/deployer/listen-address.js';
import { AppsctlError } from '../core/diagnostics/error.js';

interface Flags extends DeployerFlags {
  interval?: number;
  listen: ListenAddress;
}

const DEFAULT_ADDRESS = '127.0.0.1:9464';

/** `appsctl aws deployer watch` */
export function awsDeployerWatchCommand(context: CommandContext): Command {
  const command = new Command('watch')
    .summary('deploy the bundles that are new or to be tried again, all the time')
    .description(
      'Makes one run after the other, with a pause between them, until it is interrupted. Serves the metrics of the runs at /metrics, and whether they go on at /healthz. A run that fails does not end it.',
    )
    .option('--interval <time>', 'the pause between two runs, such as 5m (default: 5m)', parseTime)
    .addOption(
      new Option('--listen <host:port>', 'where /metrics and /healthz are served')
        .argParser(parseAddress)
        .default(parseAddress(DEFAULT_ADDRESS), DEFAULT_ADDRESS),
    );
  return addDeployerFlags(command, context)
    .addHelpText('after', deployerHelp())
    .action(
      context.action(async ({ interval, listen, ...flags }: Flags) => {
        context.setLogFormat(flags.logFormat ?? 'text');
        const { options, isPlanOnly } = readDeployerOptions(context, flags);
        if (isPlanOnly) throw planOnly();
        context.runUntilInterrupted();
        const { watchDeployer } = await import('../api/deployer.js');
        return watchDeployer({ ...options, interval, listen });
      }),
    );
}

function parseAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address !== undefined) return address;
  throw new InvalidArgumentError(`Expected ${LISTEN_ADDRESS_FORM}.`);
}

function planOnly(): AppsctlError {
  return new AppsctlError('USAGE', 'TerraformApply is not true, and watch always deploys', {
    hint: 'unset it, or use: appsctl aws deployer run --dry-run',
  });
}

import { Command, Option } from 'commander';
import type { DeployerOptions } from '../api/deployer-options.js';
import { addValue } from '../cli/input/checked-value.js';
import type { CommandContext } from '../cli/input/context.js';
import { addDeployerFlags, type DeployerFlags } from '../cli/input/deployer-flags.js';
import { deployerHelp, readDeployerOptions } from '../cli/input/deployer-options.js';
import { describePlans } from '../cli/render/bundle-plans.js';
import type { CommandResult } from '../cli/render/command-result.js';
import type { DeployerEvent } from '../core/deployer/event.js';

interface Flags extends DeployerFlags {
  dryRun?: boolean;
  force?: string[];
}

/** `appsctl aws deployer run` */
export function awsDeployerRunCommand(context: CommandContext): Command {
  const command = new Command('run')
    .summary('deploy the bundles that are new or to be tried again, once')
    .description(
      'Deploys the bundles of a bucket that are new or to be tried again, each as aws deploy does, one after the other. Without a Mattermost server, apps are not listed. Does nothing while another run of the environment goes on. Exits with 1 if a bundle is not deployed.',
    )
    .option(
      '--dry-run',
      'print what would be changed for each bundle, and change nothing: no tag, no message',
    )
    .addOption(
      new Option('--force <key>', 'try this bundle, whatever was done with it before (repeatable)').argParser(
        addValue,
      ),
    );
  return addDeployerFlags(command, context)
    .addHelpText('after', deployerHelp())
    .action(
      context.action(async (flags: Flags) => {
        context.setLogFormat(flags.logFormat ?? 'text');
        const { options, isPlanOnly } = readDeployerOptions(context, flags);
        const deployer = { ...options, force: flags.force };
        return flags.dryRun || isPlanOnly
          ? plan(context, deployer, flags)
          : run({ ...deployer, onEvent: (event) => onEvent(context, event, flags) }, flags);
      }),
    );
}

async function plan(
  context: CommandContext,
  options: DeployerOptions,
  { logFormat }: Flags,
): Promise<CommandResult> {
  const { planBundles } = await import('../api/deployer.js');
  const bundles = await planBundles(options);
  const exit = bundles.some(({ error }) => error !== undefined) ? 'failed' : undefined;
  if (logFormat !== 'json') return { type: 'bundle plans', bundles, exit };
  context.note(describePlans(bundles));
  return { type: 'nothing', exit };
}

async function run(options: DeployerOptions, { logFormat }: Flags): Promise<CommandResult> {
  const { runDeployer } = await import('../api/deployer.js');
  const report = await runDeployer(options);
  const exit = report.failed.length > 0 ? 'failed' : undefined;
  return logFormat === 'json' ? { type: 'nothing', exit } : { type: 'pass', report, exit };
}

/** In the log for people, the end of the run is left to the result. */
function onEvent(context: CommandContext, event: DeployerEvent, { logFormat }: Flags): void {
  const isEnd = event.type === 'pass' && event.state === 'ended';
  if (!isEnd || logFormat === 'json') context.onEvent(event);
}

import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { awsDeployerRetryCommand } from './aws-deployer-retry.js';
import { awsDeployerRunCommand } from './aws-deployer-run.js';
import { awsDeployerStatusCommand } from './aws-deployer-status.js';
import { awsDeployerWatchCommand } from './aws-deployer-watch.js';

/** `appsctl aws deployer` */
export function awsDeployerCommand(context: CommandContext): Command {
  return new Command('deployer')
    .summary('deploy the bundles that are uploaded to a bucket, by themselves')
    .description(
      'Deploys the bundles that are uploaded to a bucket, by itself: once, as a scheduled job, or in a loop. What was done with a bundle is written to the tags of its object.',
    )
    .addCommand(awsDeployerRunCommand(context))
    .addCommand(awsDeployerWatchCommand(context))
    .addCommand(awsDeployerStatusCommand(context))
    .addCommand(awsDeployerRetryCommand(context));
}

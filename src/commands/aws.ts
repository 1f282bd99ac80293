import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { awsCleanCommand } from './aws-clean.js';
import { awsDeployCommand } from './aws-deploy.js';
import { awsDeployerCommand } from './aws-deployer.js';
import { awsInitCommand } from './aws-init.js';
import { awsInvokeCommand } from './aws-invoke.js';
import { awsListCommand } from './aws-list.js';
import { awsLogsCommand } from './aws-logs.js';
import { awsPackageCommand } from './aws-package.js';
import { awsRemoveCommand } from './aws-remove.js';
import { awsRollbackCommand } from './aws-rollback.js';
import { awsStatusCommand } from './aws-status.js';
import { awsTestCommand } from './aws-test.js';
import { awsValidateCommand } from './aws-validate.js';

/** `appsctl aws` */
export function awsCommand(context: CommandContext): Command {
  return new Command('aws')
    .summary('prepare AWS, deploy apps and look after them')
    .description('Prepares an AWS account for Mattermost Apps, deploys them there, and looks after them.')
    .addCommand(awsInitCommand(context))
    .addCommand(awsPackageCommand(context))
    .addCommand(awsValidateCommand(context))
    .addCommand(awsDeployCommand(context))
    .addCommand(awsDeployerCommand(context))
    .addCommand(awsListCommand(context))
    .addCommand(awsStatusCommand(context))
    .addCommand(awsRollbackCommand(context))
    .addCommand(awsRemoveCommand(context))
    .addCommand(awsTestCommand(context))
    .addCommand(awsInvokeCommand(context))
    .addCommand(awsLogsCommand(context))
    .addCommand(awsCleanCommand(context));
}

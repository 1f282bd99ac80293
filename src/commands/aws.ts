import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { awsCleanCommand } from './aws-clean.js';
import { awsDeployCommand } from './aws-deploy.js';
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
    .summary('prepare AWS; package, validate, deploy, list and test apps')
    .description('Prepares an AWS account, and packages, validates, deploys, lists and tests apps.')
    .summary('prepare AWS; package, validate, deploy, test and call apps')
    .description('Prepares an AWS account, and packages, validates, deploys, tests and calls apps.')
    .addCommand(awsInitCommand(context))
    .addCommand(awsPackageCommand(context))
    .addCommand(awsValidateCommand(context))
    .addCommand(awsDeployCommand(context))
    .addCommand(awsListCommand(context))
    .addCommand(awsStatusCommand(context))
    .addCommand(awsRollbackCommand(context))
    .addCommand(awsRemoveCommand(context))
    .addCommand(awsTestCommand(context))
    .addCommand(awsInvokeCommand(context))
    .addCommand(awsLogsCommand(context))
    .addCommand(awsCleanCommand(context));
}

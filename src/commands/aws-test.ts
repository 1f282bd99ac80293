import { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { awsTestDeployCommand } from './aws-test-deploy.js';
import { awsTestLambdaCommand } from './aws-test-lambda.js';
import { awsTestListCommand } from './aws-test-list.js';
import { awsTestS3Command } from './aws-test-s3.js';

/** `appsctl aws test` */
export function awsTestCommand(context: CommandContext): Command {
  return new Command('test')
    .summary('test that the server can reach the example app')
    .description(
      "Tests, with the Mattermost server's access key, that the example app hello-serverless can be reached. Deploy it first with: appsctl aws test deploy APP",
    )
    .addCommand(awsTestLambdaCommand(context))
    .addCommand(awsTestS3Command(context))
    .addCommand(awsTestListCommand(context))
    .addCommand(awsTestDeployCommand(context));
}

import { Command } from 'commander';
import { readAppArgument } from '../cli/input/app-argument.js';
import { type AwsFlags, addAwsFlags, readNetworkOptions, variablesHelp } from '../cli/input/aws-options.js';
import type { CommandContext } from '../cli/input/context.js';
import { type JsonFlag, readFormat } from '../cli/input/json-flag.js';
import type { CommandResult } from '../cli/render/command-result.js';
import { awsTestDeployCommand } from './aws-test-deploy.js';
import { awsTestLambdaCommand } from './aws-test-lambda.js';
import { awsTestListCommand } from './aws-test-list.js';
import { awsTestS3Command } from './aws-test-s3.js';

interface Flags extends AwsFlags, JsonFlag {
  path?: string;
}

/** `appsctl aws test` */
export function awsTestCommand(context: CommandContext): Command {
  const command = new Command('test')
    .summary('test that the server can reach an app, and nothing else')
    .description(
      "Tests, with the Mattermost server's access key, that the server can read and call an app, and that it can do nothing else on AWS. Without an app, tests the example app hello-serverless, if it is deployed. Exits with 1 if a check fails.",
    )
    .argument(
      '[app]',
      'the ID of the app, such as com.example.app, or with a version, com.example.app@v1.2.0; or its folder or bundle',
    )
    .option('--path <path>', 'the path that each function is called with (default: /ping)')
    .option('--json', 'print the checks as JSON');
  return addAwsFlags(command)
    .addHelpText('after', variablesHelp('server'))
    .hook('preSubcommand', refuseFlags)
    .action(context.action((app: string | undefined, flags: Flags) => testApp(context, app, flags)))
    .addCommand(awsTestLambdaCommand(context))
    .addCommand(awsTestS3Command(context))
    .addCommand(awsTestListCommand(context))
    .addCommand(awsTestDeployCommand(context));
}

/** Commander takes the flags of a command also behind the name of a sub-command, which has only some of them. */
function refuseFlags(command: Command, subcommand: Command): void {
  const { path, json }: Flags = command.opts();
  const flag = path !== undefined ? '--path' : json !== undefined ? '--json' : undefined;
  if (flag !== undefined) subcommand.error(`error: unknown option '${flag}'`, UNKNOWN_OPTION);
}

const UNKNOWN_OPTION = { code: 'commander.unknownOption' };

async function testApp(
  context: CommandContext,
  app: string | undefined,
  flags: Flags,
): Promise<CommandResult> {
  const network = readNetworkOptions(context, flags, 'server');
  const named = app === undefined ? {} : readAppArgument(app);
  const api = await import('../api/test-app.js');
  const report = await api.testApp({ ...network, ...named, path: flags.path });
  const exit = report.passed ? undefined : 'failed';
  return { type: 'app test', report, format: readFormat(flags), exit };
}

import type { Command } from 'commander';
import { DEFAULT_NAMES } from '../core/defaults.js';
import { deployBundle, deploySettings } from './aws-deploy.js';
import type { CommandContext } from './context.js';
import { readAwsEnvironment, variablesHelp } from './environment.js';

/** Declares `aws test` and its subcommands. */
export function declareAwsTest(parent: Command, context: CommandContext): void {
  const test = parent
    .command('test')
    .summary('prove that the server can reach a deployed app')
    .description(
      'Proves, with the access key of the Mattermost server, that the example app hello-serverless can be reached. Deploy it first with: appsctl aws test deploy BUNDLE',
    )
    .addHelpText('after', variablesHelp('invoke'));
  test
    .command('lambda')
    .description('call the function of the example app: /ping must answer PONG')
    .action(async () => {
      const { connection, bucketName } = readAwsEnvironment(context, 'invoke');
      const [{ testFunction }, { LambdaFunctions }] = await Promise.all([
        import('../operations/test.js'),
        import('../aws/functions.js'),
      ]);
      await testFunction(new LambdaFunctions(connection, bucketName));
      context.print('OK');
    });
  test
    .command('s3')
    .description('read the static asset test.txt of the example app')
    .action(async () => {
      const { testAsset, bucket } = await loadBucketTest(context);
      await testAsset(bucket);
      context.print('OK');
    });
  test
    .command('list')
    .description('list the ids of the apps whose manifests begin with hello')
    .action(async () => {
      const { testList, bucket } = await loadBucketTest(context);
      for (const id of await testList(bucket)) context.print(id);
    });
  test
    .command('deploy')
    .description(
      'deploy the example app with the default names, updating it if it exists; Mattermost is not told',
    )
    .argument('<bundle>', 'the bundle of the example app')
    .action(async (file: string) => {
      const environment = readAwsEnvironment(context, 'deploy');
      const { policy, executeRole } = DEFAULT_NAMES;
      const settings = {
        ...deploySettings({ update: true, policy, executeRole }, context, environment),
        install: false,
      };
      await deployBundle(context, file, { settings, environment, server: undefined, dryRun: false });
    });
}

async function loadBucketTest(context: CommandContext) {
  const { connection, bucketName } = readAwsEnvironment(context, 'invoke');
  const [{ testAsset, testList }, { S3Bucket }] = await Promise.all([
    import('../operations/test.js'),
    import('../aws/bucket.js'),
  ]);
  return { testAsset, testList, bucket: new S3Bucket(connection, bucketName) };
}

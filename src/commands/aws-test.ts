import type { Command } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { readAwsEnvironment, variablesHelp } from '../cli/input/environment.js';
import { parseAccount } from '../core/aws/arn.js';
import { DEFAULT_NAMES } from '../core/defaults.js';
import type { ObjectReader } from '../core/ports/s3.js';
import { deployBundle, deploySettings } from './aws-deploy.js';

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
      const { connection } = readAwsEnvironment(context, 'invoke');
      const [{ pingTestApp, retryWithNewKey }, { LambdaCaller }] = await Promise.all([
        import('../operations/smoke-test/smoke-test.js'),
        import('../aws/lambda/lambda-caller.js'),
      ]);
      const caller = new LambdaCaller(connection);
      await retryWithNewKey(context, connection.credentialsSource, () => pingTestApp(caller));
      context.print('OK');
    });
  test
    .command('s3')
    .description('read the static asset test.txt of the example app')
    .action(async () => {
      const { readTestAsset } = await import('../operations/smoke-test/smoke-test.js');
      await withBucket(context, readTestAsset);
      context.print('OK');
    });
  test
    .command('list')
    .description('list the ids of the apps whose manifests begin with hello')
    .action(async () => {
      const { listTestApps } = await import('../operations/smoke-test/smoke-test.js');
      for (const id of await withBucket(context, listTestApps)) context.print(id);
    });
  test
    .command('deploy')
    .description(
      'deploy the example app with the default names, updating it if it exists; Mattermost is not told',
    )
    .argument('<bundle>', 'the bundle of the example app')
    .action(async (file: string) => {
      const environment = readAwsEnvironment(context, 'deploy');
      const { policy, executionRole: executeRole } = DEFAULT_NAMES;
      const settings = {
        ...deploySettings({ update: true, policy, executeRole }, context, environment),
        install: false,
      };
      await deployBundle(context, file, { settings, environment, server: undefined, dryRun: false });
    });
}

/** Works on the bucket with the key of the server. */
async function withBucket<T>(
  context: CommandContext,
  work: (bucket: ObjectReader) => Promise<T>,
): Promise<T> {
  const { connection, bucketName } = readAwsEnvironment(context, 'invoke');
  const [{ retryWithNewKey }, { S3Objects }, { StsIdentity }] = await Promise.all([
    import('../operations/smoke-test/smoke-test.js'),
    import('../aws/s3/s3-objects.js'),
    import('../aws/sts/sts-identity.js'),
  ]);
  return retryWithNewKey(context, connection.credentialsSource, async () => {
    const { accountId } = parseAccount(await new StsIdentity(connection).arn());
    return work(new S3Objects(connection, bucketName, accountId));
  });
}

import type { Command } from 'commander';
import { DEFAULT_NAMES } from '../core/defaults.js';
import type { Mattermost } from '../core/ports.js';
import type { CommandContext } from './context.js';
import { readAwsEnvironment, readMattermostEnvironment } from './environment.js';

interface Options {
  update?: boolean;
  install?: boolean;
  policy: string;
  executeRole: string;
  migrateRuntimes?: boolean;
}

/** Declares `aws deploy`. */
export function declareAwsDeploy(parent: Command, context: CommandContext): void {
  parent
    .command('deploy')
    .summary('deploy an app bundle to AWS and list it in Mattermost')
    .description(
      'Deploys an app bundle: its functions to Lambda, its assets and manifest to S3; lets the server invoke the functions; lists the app in Mattermost. Checks everything that can be checked before it changes anything.',
    )
    .argument('<bundle>', 'the app bundle, a .zip file')
    .option('--update', 'update functions that exist and differ from the bundle')
    .option('--install', 'install the app in Mattermost once it is listed')
    .option('--migrate-runtimes', 'run functions of the retired runtime go1.x on provided.al2023')
    .option('--policy <name>', 'the policy that allows the server to invoke functions', DEFAULT_NAMES.policy)
    .option('--execute-role <name>', 'the role that functions run in', DEFAULT_NAMES.executeRole)
    .action(async (file: string, options: Options) => {
      const needed = ['MM_SERVICESETTINGS_SITEURL', 'MM_ADMIN_TOKEN'] as const;
      const environment = readAwsEnvironment(context, 'deploy', needed);
      const { siteUrl, token } = readMattermostEnvironment(context);
      const { MattermostServer } = await import('../mattermost/server.js');
      await deployBundle(context, file, {
        ...options,
        environment,
        mattermost: new MattermostServer(siteUrl, token),
      });
    });
}

/** Options with what they work on. */
export interface Deployment extends Options {
  readonly environment: ReturnType<typeof readAwsEnvironment>;
  readonly mattermost: Mattermost | undefined;
}

/** Opens the bundle, deploys it and prints what came of it. */
export async function deployBundle(
  context: CommandContext,
  file: string,
  deployment: Deployment,
): Promise<void> {
  const { connection, bucketName } = deployment.environment;
  const [{ openBundle }, { deploy }, { Iam }, { S3Bucket }, { LambdaFunctions }] = await Promise.all([
    import('../bundle/open-bundle.js'),
    import('../operations/deploy.js'),
    import('../aws/access-management.js'),
    import('../aws/bucket.js'),
    import('../aws/functions.js'),
  ]);
  const bundle = await openBundle(file);
  try {
    const settings = {
      update: deployment.update ?? false,
      install: deployment.install ?? false,
      policyName: deployment.policy,
      executeRoleName: deployment.executeRole,
      migrateRuntimes: deployment.migrateRuntimes ?? false,
      now: context.clock.now(),
      region: connection.region,
    };
    const ports = {
      access: new Iam(connection),
      functions: new LambdaFunctions(connection),
      bucket: new S3Bucket(connection, bucketName),
      mattermost: deployment.mattermost,
    };
    const result = await deploy(bundle, settings, ports, context.onEvent);
    const { app_id: id, version, display_name: name } = bundle.manifest;
    const unchanged = result.functionArns.length - result.createdFunctions - result.updatedFunctions;
    context.print(`${name} (${id} ${version}) is deployed to AWS.`);
    context.print(
      `Functions: ${result.createdFunctions} created, ${result.updatedFunctions} updated, ${unchanged} unchanged`,
    );
    context.print(`Assets: ${result.uploadedAssets} uploaded, ${result.unchangedAssets} unchanged`);
    context.print(`Execute role: ${result.executeRoleArn}`);
    context.print(`Invoke policy: ${result.policyArn}`);
    if (settings.install) context.print(`Installed in ${deployment.mattermost?.siteUrl}`);
    else if (deployment.mattermost !== undefined)
      context.print(`Install it in Mattermost with: /apps install listed ${id}`);
  } finally {
    await bundle.close();
  }
}

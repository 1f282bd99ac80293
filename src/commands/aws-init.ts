import type { Command } from 'commander';
import { DEFAULT_NAMES } from '../core/defaults.js';
import type { InitResult } from '../operations/init.js';
import type { CommandContext } from './context.js';
import { type AwsEnvironment, readAwsEnvironment, variablesHelp } from './environment.js';

interface Options {
  create?: boolean;
  createAccessKey?: boolean;
  user: string;
  group: string;
  policy: string;
  executeRole: string;
}

/** Declares `aws init`. */
export function declareAwsInit(parent: Command, context: CommandContext): void {
  parent
    .command('init')
    .summary('prepare an AWS account for Mattermost Apps')
    .description(
      'Prepares an AWS account for Mattermost Apps: the bucket, the user, group and policy by which the server invokes functions, and the role that functions run in. Prints the variables that the Mattermost server needs.',
    )
    .option('--create', 'create what does not exist yet: bucket, user, group, policy, role')
    .option('--create-access-key', 'create an access key for the user and print it, once')
    .option('--user <name>', 'the user by which the server invokes functions', DEFAULT_NAMES.user)
    .option('--group <name>', 'the group that connects user and policy', DEFAULT_NAMES.group)
    .option('--policy <name>', 'the policy that allows the server to invoke functions', DEFAULT_NAMES.policy)
    .option('--execute-role <name>', 'the role that functions run in', DEFAULT_NAMES.executeRole)
    .addHelpText('after', variablesHelp('deploy'))
    .action(async (options: Options) => {
      const environment = readAwsEnvironment(context, 'deploy');
      const { connection, bucketName } = environment;
      const [{ init }, { Iam }, { S3Bucket }] = await Promise.all([
        import('../operations/init.js'),
        import('../aws/access-management.js'),
        import('../aws/bucket.js'),
      ]);
      const settings = {
        userName: options.user,
        groupName: options.group,
        policyName: options.policy,
        executeRoleName: options.executeRole,
        create: options.create ?? false,
        createAccessKey: options.createAccessKey ?? false,
      };
      const ports = {
        access: new Iam(connection),
        bucket: new S3Bucket(connection, bucketName),
        signal: context.signal,
      };
      const result = await init(settings, ports, context.onEvent);
      for (const line of serverVariables(options.user, environment, result)) context.print(line);
    });
}

/** Shell lines that set the four variables; those that are not known are comments, so that the lines can be evaluated. */
function serverVariables(
  user: string,
  { connection, bucketName }: AwsEnvironment,
  result: InitResult,
): string[] {
  const { accessKey, existingAccessKeyIds: existing } = result;
  const known = [
    `export MM_APPS_AWS_REGION='${connection.region}'`,
    `export MM_APPS_S3_BUCKET='${bucketName}'`,
  ];
  if (accessKey !== undefined) {
    return [
      '# Start the Mattermost server with these variables. The secret key cannot be shown again.',
      `export MM_APPS_AWS_ACCESS_KEY='${accessKey.id}'`,
      `export MM_APPS_AWS_SECRET_KEY='${accessKey.secret}'`,
      ...known,
    ];
  }
  const keys = existing.length > 0 ? `has the access key ${existing.join(' and ')}` : 'has no access key yet';
  return [
    `# Start the Mattermost server with these variables. User ${user} ${keys}; --create-access-key creates one.`,
    `# export MM_APPS_AWS_ACCESS_KEY='…'`,
    `# export MM_APPS_AWS_SECRET_KEY='…'`,
    ...known,
  ];
}

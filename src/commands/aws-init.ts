import { type Command, InvalidArgumentError } from 'commander';
import type { CommandContext } from '../cli/input/context.js';
import { type AwsEnvironment, readAwsEnvironment, variablesHelp } from '../cli/input/environment.js';
import { CLI_VOCABULARY } from '../cli/input/vocabulary.js';
import { DEFAULT_NAMES } from '../core/defaults.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { InitResult } from '../operations/init/init.js';
import type { InitPorts } from '../operations/init/ports.js';

interface Options {
  create?: boolean;
  createAccessKey?: boolean;
  user: string;
  group: string;
  policy: string;
  executeRole: string;
  permissionsBoundary?: string;
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
    .option('--execute-role <name>', 'the role that functions run in', DEFAULT_NAMES.executionRole)
    .option(
      '--permissions-boundary <arn>',
      'the policy that limits the user and the role, if they are created',
      policyArnArgument,
    )
    .addHelpText('after', variablesHelp('deploy'))
    .action(async (options: Options) => {
      const environment = readAwsEnvironment(context, 'deploy');
      const [{ prepareInit }, ports] = await Promise.all([
        import('../operations/init/init.js'),
        openPorts(context, environment),
      ]);
      const settings = {
        userName: options.user,
        groupName: options.group,
        policyName: options.policy,
        executionRoleName: options.executeRole,
        create: options.create ?? false,
        createAccessKey: options.createAccessKey ?? false,
        permissionsBoundary: options.permissionsBoundary,
      };
      const planned = await prepareInit(settings, ports);
      await context.changing(async () => {
        const result = await planned.apply();
        for (const line of serverVariables(options.user, environment, result)) context.print(line);
        await keepOnlyWhatIsPrinted(context, options.user, result, ports);
      });
    });
}

function policyArnArgument(text: string): string {
  if (/^arn:[a-z-]+:iam::(?:aws|\d{12}):policy\/.+$/.test(text)) return text;
  throw new InvalidArgumentError('Write the ARN of a policy.');
}

async function openPorts(
  context: CommandContext,
  { connection, bucketName }: AwsEnvironment,
): Promise<InitPorts> {
  const { clock, signal, onEvent } = context;
  const [
    { IamService },
    { IamAccessKeys },
    { IamUsers },
    { IamRoles },
    { IamPolicies },
    { StsIdentity },
    s3,
  ] = await Promise.all([
    import('../aws/iam/iam-service.js'),
    import('../aws/iam/iam-access-keys.js'),
    import('../aws/iam/iam-users.js'),
    import('../aws/iam/iam-roles.js'),
    import('../aws/iam/iam-policies.js'),
    import('../aws/sts/sts-identity.js'),
    import('../aws/s3/s3-bucket-setup.js'),
  ]);
  const iam = new IamService(connection);
  const accessKeys = new IamAccessKeys(iam);
  return {
    identity: new StsIdentity(connection),
    users: new IamUsers(iam, accessKeys),
    roles: new IamRoles(iam),
    policies: new IamPolicies(iam),
    accessKeys,
    openBucket: (accountId) => new s3.S3BucketSetup(connection, bucketName, accountId),
    ...{ clock, signal, onEvent, words: CLI_VOCABULARY },
  };
}

/**
 * Deletes a new access key whose secret could not be printed: nobody can ever use it, and a user has only two.
 *
 * @throws AppsctlError OUTPUT when that is so
 */
async function keepOnlyWhatIsPrinted(
  { flush }: CommandContext,
  user: string,
  { accessKey }: InitResult,
  { accessKeys }: InitPorts,
): Promise<void> {
  if (accessKey === undefined) return;
  try {
    await flush();
  } catch (error) {
    await accessKeys.delete(user, accessKey.id);
    const message = `cannot print the new access key: ${(error as Error).message}`;
    throw new AppsctlError('OUTPUT', message, {
      hint: `the key ${accessKey.id} is deleted again; run the same command with another output`,
      cause: error,
    });
  }
}

/** Shell lines that set the four variables; those that are not known are comments, so that the lines can be evaluated. */
function serverVariables(
  user: string,
  { connection, bucketName }: AwsEnvironment,
  { accessKey, existingAccessKeyIds }: InitResult,
): string[] {
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
  return [
    `# Start the Mattermost server with these variables. ${describeKeys(user, existingAccessKeyIds)}`,
    `# export MM_APPS_AWS_ACCESS_KEY='…'`,
    `# export MM_APPS_AWS_SECRET_KEY='…'`,
    ...known,
  ];
}

function describeKeys(user: string, ids: readonly string[] | undefined): string {
  const create = '--create-access-key creates one.';
  if (ids === undefined) return `The access keys of user ${user} may not be listed.`;
  if (ids.length === 0) return `User ${user} has no access key yet; ${create}`;
  if (ids.length === 1) return `User ${user} has the access key ${ids[0]}; ${create}`;
  return `User ${user} has ${ids.length} access keys (${ids.join(', ')}), as many as AWS allows: delete one to create another.`;
}

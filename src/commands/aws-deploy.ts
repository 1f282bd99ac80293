import type { Command } from 'commander';
import type { OpenBundle } from '../bundle/open-bundle.js';
import type { CommandContext } from '../cli/input/context.js';
import {
  type AwsEnvironment,
  MATTERMOST_VARIABLES,
  readAwsEnvironment,
  readMattermostEnvironment,
  variablesHelp,
} from '../cli/input/environment.js';
import { declareFunctionFlags, type FunctionFlags, functionSettings } from '../cli/input/function-flags.js';
import { CLI_VOCABULARY } from '../cli/input/vocabulary.js';
import { guessAccount } from '../core/aws/guess-account.js';
import { DEFAULT_NAMES } from '../core/defaults.js';
import type { Action, DeployPlan, DeploySettings } from '../core/deploy/plan.js';
import type { DeployPorts } from '../operations/deploy/ports.js';

interface Flags extends FunctionFlags {
  update?: boolean;
  install?: boolean;
  dryRun?: boolean;
  migrateRuntimes?: boolean;
  policy: string;
  executeRole: string;
}

/** Declares `aws deploy`. */
export function declareAwsDeploy(parent: Command, context: CommandContext): void {
  const command = parent
    .command('deploy')
    .summary('deploy an app bundle to AWS and list it in Mattermost')
    .description(
      'Deploys an app bundle: its functions to Lambda, its assets and manifest to S3; lets the server invoke the functions; lists the app in Mattermost. Checks everything that can be checked before it changes anything, and leaves alone what is already as it should be.',
    )
    .argument('<bundle>', 'the app bundle, a .zip file')
    .option('--update', 'update functions that exist and differ from the bundle or the flags')
    .option('--install', 'install the app in Mattermost once it is listed')
    .option('--dry-run', 'print what would be done, and do nothing')
    .option('--migrate-runtimes', 'run functions of the retired runtime go1.x on provided.al2023')
    .option('--policy <name>', 'the policy that allows the server to invoke functions', DEFAULT_NAMES.policy)
    .option('--execute-role <name>', 'the role that functions run in', DEFAULT_NAMES.executeRole);
  command.addHelpText('after', variablesHelp('deploy', MATTERMOST_VARIABLES));
  declareFunctionFlags(command).action(async (file: string, flags: Flags) => {
    const environment = readAwsEnvironment(context, 'deploy', MATTERMOST_VARIABLES);
    await deployBundle(context, file, {
      settings: deploySettings(flags, context, environment),
      environment,
      server: readMattermostEnvironment(context),
      dryRun: flags.dryRun ?? false,
    });
  });
}

/** What the flags of a deployment say. */
export function deploySettings(
  flags: Flags,
  context: CommandContext,
  { connection }: AwsEnvironment,
): DeploySettings {
  return {
    update: flags.update ?? false,
    install: flags.install ?? false,
    migrateRuntimes: flags.migrateRuntimes ?? false,
    policyName: flags.policy,
    executeRoleName: flags.executeRole,
    region: connection.region,
    functions: functionSettings(flags),
    now: context.clock.now(),
  };
}

/** A deployment as the command line asks for it. */
export interface Deployment {
  readonly settings: DeploySettings;
  readonly environment: AwsEnvironment;
  /** Undefined for a deployment without a Mattermost server. */
  readonly server: { readonly siteUrl: string; readonly token: string } | undefined;
  readonly dryRun: boolean;
}

/** Opens the bundle, plans, and prints the plan or applies it and prints the result. */
export async function deployBundle(
  context: CommandContext,
  file: string,
  { settings, environment, server, dryRun }: Deployment,
): Promise<void> {
  const ports = await openPorts(context, environment, server);
  const [{ prepareDeployment }, { installationResult }] = await Promise.all([
    import('../operations/deploy/deploy.js'),
    import('../core/deploy/mattermost-plan.js'),
  ]);
  let bundle: OpenBundle | undefined;
  const open = async (): Promise<OpenBundle> => {
    const { openBundle } = await import('../bundle/open-bundle.js');
    bundle = await openBundle(file);
    return bundle;
  };
  try {
    const planned = await prepareDeployment(open, settings, ports);
    if (dryRun) {
      context.printPlan(planned.plan, planned.manifest.app_id);
      return;
    }
    const result = await context.changing(() => planned.apply());
    const { app_id: id, version, display_name: name } = planned.manifest;
    context.print(`${name} (${id} ${version}) is deployed to AWS.`);
    for (const line of countLines(planned.plan)) context.print(line);
    context.print(`Execute role: ${result.executeRoleArn}`);
    context.print(`Invoke policy: ${result.policyArns.join(', ')}`);
    if (server !== undefined)
      context.print(installationResult(planned.manifest, planned.plan, server.siteUrl));
  } finally {
    await bundle?.close();
  }
}

async function openPorts(
  context: CommandContext,
  { connection, bucketName }: AwsEnvironment,
  server: Deployment['server'],
): Promise<DeployPorts> {
  const { clock, signal, onEvent, process, timeouts } = context;
  const [{ IamService }, { IamPolicies }, { IamRoles }] = await Promise.all([
    import('../aws/iam/iam-service.js'),
    import('../aws/iam/iam-policies.js'),
    import('../aws/iam/iam-roles.js'),
  ]);
  const iam = new IamService(connection);
  return {
    roles: new IamRoles(iam),
    policies: new IamPolicies(iam),
    openFunctions: async () => {
      const { LambdaFunctions } = await import('../aws/lambda/lambda-functions.js');
      return new LambdaFunctions(connection, bucketName, process);
    },
    openBucket: async (accountId) => {
      const { S3Objects } = await import('../aws/s3/s3-objects.js');
      return new S3Objects(connection, bucketName, accountId);
    },
    likelyAccount: guessAccount(connection.credentials.accessKeyId, connection.region),
    openMattermost: async () => {
      if (server === undefined) return undefined;
      const { MattermostServer } = await import('../mattermost/mattermost-server.js');
      return new MattermostServer(server.siteUrl, server.token, timeouts?.idle, onEvent);
    },
    ...{ clock, process, signal, onEvent, words: CLI_VOCABULARY },
  };
}

function countLines({ functions, assets }: DeployPlan): string[] {
  const count = (steps: readonly { action: Action }[]): string =>
    (['create', 'update', 'unchanged'] as const)
      .map((action) => `${steps.filter((step) => step.action === action).length} ${PAST[action]}`)
      .join(', ');
  return [`Functions: ${count(functions)}`, `Assets: ${count(assets)}`];
}

const PAST: Readonly<Record<Action, string>> = {
  create: 'created',
  update: 'updated',
  unchanged: 'unchanged',
};

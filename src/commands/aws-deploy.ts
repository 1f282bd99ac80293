import type { Command } from 'commander';
import { DEFAULT_NAMES } from '../core/defaults.js';
import type { Action, DeploySettings } from '../core/deploy-plan.js';
import { installationResult } from '../core/mattermost-plan.js';
import type { AccessManagement, Bucket, Functions, Mattermost } from '../core/ports.js';
import type { CommandContext } from './context.js';
import {
  type AwsEnvironment,
  readAwsEnvironment,
  readMattermostEnvironment,
  variablesHelp,
} from './environment.js';
import { declareFunctionFlags, type FunctionFlags, functionSettings } from './function-flags.js';
import { LateBinding } from './late-bound.js';

interface Flags extends FunctionFlags {
  update?: boolean;
  install?: boolean;
  dryRun?: boolean;
  migrateRuntimes?: boolean;
  policy: string;
  executeRole: string;
}

const MATTERMOST_VARIABLES = ['MM_SERVICESETTINGS_SITEURL', 'MM_ADMIN_TOKEN'] as const;

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
    const environment = readAwsEnvironment(context, 'deploy', [
      'MM_SERVICESETTINGS_SITEURL',
      'MM_ADMIN_TOKEN',
    ]);
    const { siteUrl, token } = readMattermostEnvironment(context);
    const settings = deploySettings(flags, context, environment);
    await deployBundle(context, file, {
      settings,
      environment,
      server: { siteUrl, token },
      dryRun: flags.dryRun ?? false,
    });
  });
}

/** What the flags of a deployment come to. */
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
    complete: flags.dryRun ?? false,
    now: context.clock.now(),
  };
}

/** A deployment as the command line asks for it. */
export interface Deployment {
  readonly settings: DeploySettings;
  readonly environment: AwsEnvironment;
  /** Undefined for a deployment that Mattermost is not told of. */
  readonly server: { readonly siteUrl: string; readonly token: string } | undefined;
  readonly dryRun: boolean;
}

/** Opens the bundle, plans, and prints the plan or applies it and prints what came of it. */
export async function deployBundle(
  context: CommandContext,
  file: string,
  deployment: Deployment,
): Promise<void> {
  const { settings, server, environment } = deployment;
  const { connection, bucketName } = environment;
  // Access management first: its answers are the ones that further requests wait for.
  const adapters = new LateBinding();
  const access = adapters.bind<AccessManagement>(
    async () => new (await import('../aws/access-management.js')).Iam(connection),
  );
  const mattermost =
    server &&
    adapters.bind<Mattermost>(
      async () => {
        const { MattermostServer } = await import('../mattermost/server.js');
        return new MattermostServer(server.siteUrl, server.token, context.timeouts?.idle, context.onEvent);
      },
      { siteUrl: server.siteUrl },
    );
  const bucket = adapters.bind<Bucket>(
    async () => new (await import('../aws/bucket.js')).S3Bucket(connection, bucketName),
    {
      name: bucketName,
    },
  );
  const functions = adapters.bind<Functions>(
    async () => new (await import('../aws/functions.js')).LambdaFunctions(connection, bucketName),
  );
  const { prepareDeployment } = await import('../operations/deploy.js');
  const opening = import('../bundle/open-bundle.js').then(({ openBundle }) => openBundle(file));
  try {
    const ports = { access, functions, bucket, mattermost, clock: context.clock, signal: context.signal };
    const planned = await prepareDeployment(adapters.afterLoading(opening), settings, ports, context.onEvent);
    const bundle = await opening;
    const { plan } = planned;
    if (deployment.dryRun) {
      context.printPlan(plan, bundle.manifest.app_id);
      return;
    }
    await planned.apply();
    const { app_id: id, version, display_name: name } = bundle.manifest;
    const count = (steps: readonly { action: Action }[]): string =>
      (['create', 'update', 'unchanged'] as const)
        .map((action) => `${steps.filter((step) => step.action === action).length} ${PAST[action]}`)
        .join(', ');
    context.print(`${name} (${id} ${version}) is deployed to AWS.`);
    context.print(`Functions: ${count(plan.functions)}`);
    context.print(`Assets: ${count(plan.assets)}`);
    context.print(`Execute role: ${planned.executeRoleArn}`);
    context.print(`Invoke policy: ${planned.policyArns.join(', ')}`);
    if (mattermost !== undefined)
      context.print(installationResult(bundle.manifest, plan, mattermost.siteUrl));
  } finally {
    await opening.then(
      (bundle) => bundle.close(),
      () => undefined,
    );
  }
}

const PAST: Readonly<Record<Action, string>> = {
  create: 'created',
  update: 'updated',
  unchanged: 'unchanged',
};

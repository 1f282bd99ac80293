import type { OpenPartialBundle } from '../bundle/open-bundle.js';
import { functionArn, parseAccount } from '../core/aws/arn.js';
import { guessAccount } from '../core/aws/guess-account.js';
import { DEFAULT_NAMES } from '../core/defaults.js';
import { OUTCOME_OF } from '../core/deploy/action.js';
import { type Change, toChanges } from '../core/deploy/changes.js';
import type { InstallationStatus } from '../core/deploy/installation.js';
import { installationStatus } from '../core/deploy/mattermost-plan.js';
import type { DeploySettings } from '../core/deploy/plan.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { Outcome } from '../core/diagnostics/event.js';
import type { Vocabulary } from '../core/diagnostics/vocabulary.js';
import type { LogService } from '../core/ports/logs.js';
import type { PreparedDeployment } from '../operations/deploy/deploy.js';
import type { DeployPorts } from '../operations/deploy/ports.js';
import { type FunctionOptions, toAppFunctionSettings } from './function-options.js';
import {
  checkIamName,
  checkMattermostOptions,
  type MattermostOptions,
  type NetworkContext,
  type NetworkOptions,
  resolveNetwork,
} from './network-options.js';

/** Options of {@link planDeployment}. */
export interface PlanOptions extends NetworkOptions {
  /**
   * The Mattermost server that lists the app.
   *
   * @default none: the app is deployed to AWS, and not listed
   */
  readonly mattermost?: MattermostOptions | undefined;
  /** The settings of all functions. */
  readonly functions?: FunctionOptions | undefined;
  /**
   * The settings of single functions, by their names in the manifest. They take precedence over `functions`; variables and
   * tags are merged by name.
   */
  readonly functionsByName?: Readonly<Record<string, FunctionOptions>> | undefined;
  /**
   * Whether new functions take over nothing from the latest version of the app that has them.
   *
   * @default false
   */
  readonly freshSettings?: boolean | undefined;
  /**
   * Whether functions, assets and the manifest on AWS are replaced if they differ from the bundle or the options; without
   * it, that is an error of {@link deploy}.
   *
   * @default false
   */
  readonly update?: boolean | undefined;
  /**
   * Whether the app is installed in Mattermost once it is listed.
   *
   * @default false
   */
  readonly install?: boolean | undefined;
  /**
   * Whether functions with the retired runtime go1.x are deployed to provided.al2023.
   *
   * @default false
   */
  readonly migrateRuntimes?: boolean | undefined;
  /**
   * The name of the policy that allows the server to invoke functions.
   *
   * @default mattermost-apps-invoke-policy
   */
  readonly policyName?: string | undefined;
  /**
   * The name of the execution role of the functions.
   *
   * @default mattermost-apps-execute-lambda-role
   */
  readonly executionRoleName?: string | undefined;
}

/** Options of {@link deploy}. */
export interface DeployOptions extends PlanOptions {
  /** Called with the plan before anything is changed; what it throws ends the deployment. */
  readonly beforeChanges?: ((plan: DeploymentPlan) => void | Promise<void>) | undefined;
}

/** The app that a deployment is about. */
export interface App {
  readonly id: string;
  readonly version: string;
  readonly displayName: string;
}

/** What a deployment would do. */
export interface DeploymentPlan {
  readonly app: App;
  /** Everything that a deployment creates, updates or leaves unchanged, in the order of a deployment. */
  readonly changes: readonly Change[];
}

/** A function that was deployed. */
export interface DeployedFunction {
  /** The name on AWS. */
  readonly name: string;
  readonly arn: string;
  readonly outcome: Outcome;
}

/** The outcome of a deployment. */
export interface DeployResult extends DeploymentPlan {
  readonly functions: readonly DeployedFunction[];
  readonly executionRoleArn: string;
  /** The policies that allow the server to invoke functions. */
  readonly invokePolicyArns: readonly string[];
  /** How the app is installed in Mattermost; undefined for a deployment without a server. */
  readonly installation: InstallationStatus | undefined;
}

/**
 * Plans a deployment: reads the bundle and what is on AWS and in Mattermost, and checks everything that can be checked
 * without a change. Changes nothing.
 *
 * @param file the path of the bundle
 * @throws AppsctlError INVALID_BUNDLE for a bundle that is not valid, UNSUPPORTED_RUNTIME for one that AWS cannot run,
 *   DIFFERS for functions that differ without `update`, MISSING_VARIABLE for required variables that a function would lack, NOT_FOUND for a missing bucket, policy or role, CONFLICT for
 *   something that belongs to another app, LIMIT when the invoke policies are full, ACCESS_DENIED, CREDENTIALS, NETWORK
 *   and SERVICE for requests that failed, USAGE for an invalid option, INTERRUPTED
 */
export function planDeployment(file: string, options: PlanOptions): Promise<DeploymentPlan> {
  return withDeployment(file, options, async (planned) => describe(planned, options));
}

/**
 * Deploys an app bundle: its functions to Lambda, its assets and manifest to S3; allows the server to invoke the
 * functions; lists and installs the app in Mattermost. What is as it should be is not touched. A deployment that was
 * interrupted or has failed can be repeated with the same options.
 *
 * @param file the path of the bundle
 * @throws AppsctlError as {@link planDeployment} does, before anything is changed; CONFLICT, DIFFERS, LIMIT, the errors of
 *   requests and INTERRUPTED also after that
 */
export function deploy(file: string, options: DeployOptions): Promise<DeployResult> {
  return withDeployment(file, options, async (planned, { connection }) => {
    const plan = describe(planned, options);
    const beforeChanges = () => options.beforeChanges?.(plan);
    const { executionRoleArn, policyArns, functionOutcomes } = await planned.apply(beforeChanges);
    const account = parseAccount(executionRoleArn);
    const functions = planned.plan.functions.map(({ spec: { name }, action }) => ({
      name,
      arn: functionArn(account, connection.region, name),
      outcome: functionOutcomes.get(name) ?? OUTCOME_OF[action],
    }));
    const installation = options.mattermost && installationStatus(planned.plan);
    return { ...plan, functions, executionRoleArn, invokePolicyArns: policyArns, installation };
  });
}

function describe({ manifest, plan }: PreparedDeployment, options: PlanOptions): DeploymentPlan {
  const { policyName = DEFAULT_NAMES.policy, mattermost } = options;
  const { app_id: id, version, display_name: displayName } = manifest;
  const changes = toChanges(manifest, plan, policyName, mattermost !== undefined);
  return { app: { id, version, displayName }, changes };
}

async function withDeployment<Result>(
  file: string,
  options: PlanOptions,
  work: (planned: PreparedDeployment, context: NetworkContext) => Promise<Result>,
): Promise<Result> {
  const context = resolveNetwork(options);
  checkOptions(options, context.vocabulary);
  const ports = await openPorts(context, options);
  const { prepareDeployment } = await import('../operations/deploy/deploy.js');
  let bundle: OpenPartialBundle | undefined;
  const open = async (): Promise<OpenPartialBundle> => {
    const { openPartialBundle } = await import('../bundle/open-bundle.js');
    bundle = await openPartialBundle(file);
    return bundle;
  };
  try {
    return await work(await prepareDeployment(open, toSettings(options, context), ports), context);
  } finally {
    await bundle?.close();
  }
}

/** @throws AppsctlError USAGE */
function checkOptions(
  { mattermost, install = false, policyName, executionRoleName }: PlanOptions,
  vocabulary: Vocabulary,
): void {
  if (mattermost !== undefined) checkMattermostOptions(mattermost);
  if (install && mattermost === undefined) {
    throw new AppsctlError('USAGE', 'install requires mattermost, the server to install the app in');
  }
  checkIamName(vocabulary.policy, policyName, 'policy');
  checkIamName(vocabulary.executionRole, executionRoleName, 'role');
}

function toSettings(options: PlanOptions, { connection, clock }: NetworkContext): DeploySettings {
  const { update = false, install = false, migrateRuntimes = false, freshSettings = false } = options;
  const { policyName = DEFAULT_NAMES.policy, executionRoleName = DEFAULT_NAMES.executionRole } = options;
  return {
    ...{ update, install, migrateRuntimes, freshSettings, policyName, executionRoleName },
    region: connection.region,
    functions: toAppFunctionSettings(options.functions, options.functionsByName),
    now: clock.now(),
  };
}

/** Adapters are loaded when they are first needed, while the first responses are on their way. */
async function openPorts(
  { connection, bucket, process, clock, signal, onEvent, vocabulary }: NetworkContext,
  { mattermost }: PlanOptions,
): Promise<DeployPorts> {
  const [{ IamService }, { IamPolicies }, { IamRoles }] = await Promise.all([
    import('../aws/iam/iam-service.js'),
    import('../aws/iam/iam-policies.js'),
    import('../aws/iam/iam-roles.js'),
  ]);
  const iam = new IamService(connection);
  let logs: Promise<LogService> | undefined;
  return {
    roles: new IamRoles(iam),
    policies: new IamPolicies(iam),
    openFunctions: async () => {
      const { LambdaFunctions } = await import('../aws/lambda/lambda-functions.js');
      return new LambdaFunctions(connection, bucket, process);
    },
    openLogs: () => {
      logs ??= import('../aws/logs/log-groups.js').then(({ LogGroups }) => new LogGroups(connection));
      return logs;
    },
    openBucket: async (accountId) => {
      const { S3Objects } = await import('../aws/s3/s3-objects.js');
      return new S3Objects(connection, bucket, accountId);
    },
    // Only a plain access key has an id to guess from.
    likelyAccount:
      typeof connection.credentials === 'object'
        ? guessAccount(connection.credentials.accessKeyId, connection.region)
        : undefined,
    openMattermost: async () => {
      if (mattermost === undefined) return undefined;
      const { MattermostServer } = await import('../mattermost/mattermost-server.js');
      return new MattermostServer(mattermost.url, mattermost.token, connection.timeouts.mattermost, onEvent);
    },
    ...{ clock, process, signal, onEvent, vocabulary },
  };
}

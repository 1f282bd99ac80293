import type { AwsConnection } from '../aws/client/connection.js';
import { functionArn, parseAccount } from '../core/aws/arn.js';
import { OUTCOME_OF } from '../core/deploy/action.js';
import type { Change } from '../core/deploy/changes.js';
import type { InstallationStatus } from '../core/deploy/installation.js';
import { installationStatus } from '../core/deploy/mattermost-plan.js';
import type { Outcome } from '../core/diagnostics/event.js';
import type { PreparedDeployment } from '../operations/deploy/deploy.js';
import { checkOptions, type PlanOptions } from './deploy-options.js';
import { openDeployPorts } from './deploy-ports.js';
import { withLocalApp } from './local-app.js';
import { withLocalDeployment } from './local-deployment.js';
import { type NetworkContext, resolveNetwork } from './network-options.js';

export type { PlanOptions };

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
 * @param path the folder of the app, or its bundle: a path, an https URL, or `s3://bucket/key` with an optional
 *   `?versionId=…`
 * @throws AppsctlError INVALID_BUNDLE for a bundle that is not valid, UNSUPPORTED_RUNTIME for one that AWS cannot run,
 *   INVALID_SETTINGS for a settings file that is not valid, BUILD_FAILED for its build command, MISSING_VARIABLE for
 *   required variables that a function would lack, NOT_FOUND for a missing bucket, policy, role or bundle, CONFLICT for
 *   something that belongs to another app, LIMIT when the invoke policies are full or a bundle from elsewhere is too large,
 *   ACCESS_DENIED, CREDENTIALS, NETWORK and SERVICE for requests that failed, OUTPUT for a bundle that cannot be saved,
 *   USAGE for an invalid option, INTERRUPTED
 */
export function planDeployment(path: string, options: PlanOptions): Promise<DeploymentPlan> {
  return withDeployment(path, options, async (planned) => describe(planned));
}

/**
 * Deploys an app bundle: its functions to Lambda, its assets and manifest to S3; allows the server to invoke the
 * functions; lists and installs the app in Mattermost. What is as it should be is not touched. A deployment that was
 * interrupted or has failed can be repeated with the same options.
 *
 * @param path the folder of the app, or its bundle: a path, an https URL, or `s3://bucket/key` with an optional
 *   `?versionId=…`
 * @throws AppsctlError as {@link planDeployment} does, and DIFFERS for what differs without `update`, before anything is
 *   changed; CONFLICT, DIFFERS, LIMIT, the errors of requests and INTERRUPTED also after that
 */
export function deploy(path: string, options: DeployOptions): Promise<DeployResult> {
  return withDeployment(path, options, async (planned, { connection }) => {
    const plan = describe(planned);
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

function describe({ manifest, changes }: PreparedDeployment): DeploymentPlan {
  const { app_id: id, version, display_name: displayName } = manifest;
  return { app: { id, version, displayName }, changes };
}

async function withDeployment<Result>(
  path: string,
  options: PlanOptions,
  work: (planned: PreparedDeployment, context: NetworkContext) => Promise<Result>,
): Promise<Result> {
  const context = await resolveNetwork(options);
  checkOptions(options);
  const connect = async (): Promise<AwsConnection> => context.connection;
  return withLocalApp(path, options, connect, (local) =>
    withLocalDeployment(
      local,
      options,
      context,
      () => openDeployPorts(context, options),
      (planned) => work(planned, context),
    ),
  );
}

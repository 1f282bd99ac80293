import type { AwsConnection } from '../aws/client/connection.js';
import type { RoleToAssume } from '../aws/credentials/assume-role.js';
import type { LambdaCaller } from '../aws/lambda/lambda-caller.js';
import type { LambdaFunctions } from '../aws/lambda/lambda-functions.js';
import type { LogEvents } from '../aws/logs/log-events.js';
import type { LogGroups } from '../aws/logs/log-groups.js';
import type { S3BundleBucket } from '../aws/s3/bundle-bucket.js';
import type { S3BucketRemoval } from '../aws/s3/s3-bucket-removal.js';
import type { S3BucketSetup } from '../aws/s3/s3-bucket-setup.js';
import type { S3Objects } from '../aws/s3/s3-objects.js';
import type { Secrets } from '../aws/secrets/secrets.js';
import type { StsIdentity } from '../aws/sts/sts-identity.js';
import { type Account, parseAccount } from '../core/aws/arn.js';
import type { DeployerListener } from '../core/deployer/event.js';
import type { PushTarget } from '../core/deployer/pushgateway-url.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { EventListener } from '../core/diagnostics/event.js';
import type { Mattermost } from '../core/ports/mattermost.js';
import type { Notifier } from '../core/ports/notifier.js';
import type { Timeouts } from '../core/timeouts.js';
import type { HttpNetwork } from '../http/network.js';
import type { CollectedMetrics } from '../metrics/open-metrics.js';
import type { Context } from './common-options.js';
import type { MetricsOptions } from './deployer-options.js';
import {
  checkMattermostOptions,
  checkWebhookUrl,
  type MattermostOptions,
  type NetworkContext,
  type WebhookUrls,
} from './network-options.js';
import { readPackageInfo } from './package-info.js';

/**
 * The adapters of AWS and Mattermost. Each is loaded when it is first needed, so that no function of the library loads a
 * client that it does not use.
 */

/** Asks AWS for the account of the credentials, which needs no permission. */
export async function findAccount(context: Pick<NetworkContext, 'connection'>): Promise<Account> {
  const identity = await openIdentity(context);
  return parseAccount(await identity.arn());
}

export async function openIdentity({ connection }: Pick<NetworkContext, 'connection'>): Promise<StsIdentity> {
  const { StsIdentity } = await import('../aws/sts/sts-identity.js');
  return new StsIdentity(connection);
}

/** @param accountId the account that the bucket must belong to */
export async function openBucket(
  { connection, bucket }: NetworkContext,
  accountId: string,
): Promise<S3Objects> {
  const { S3Objects } = await import('../aws/s3/s3-objects.js');
  return new S3Objects(connection, bucket, accountId);
}

/** @param accountId the account that the bucket must belong to */
export async function openBucketSetup(
  { connection, bucket }: Pick<NetworkContext, 'connection' | 'bucket'>,
  accountId: string,
): Promise<S3BucketSetup> {
  const { S3BucketSetup } = await import('../aws/s3/s3-bucket-setup.js');
  return new S3BucketSetup(connection, bucket, accountId);
}

/** @param accountId the account that the bucket must belong to */
export async function openBucketRemoval(
  { connection, bucket }: NetworkContext,
  accountId: string,
): Promise<S3BucketRemoval> {
  const { S3BucketRemoval } = await import('../aws/s3/s3-bucket-removal.js');
  return new S3BucketRemoval(connection, bucket, accountId);
}

/** The same connection with the credentials of a role, which is assumed when it is first needed. */
export async function assumeRole(connection: AwsConnection, role: RoleToAssume): Promise<AwsConnection> {
  const { withRole } = await import('../aws/credentials/assume-role.js');
  return withRole(connection, role);
}

/** @param owner the account that the bucket must belong to; undefined for any account */
export async function openBundleBucket(
  connection: AwsConnection,
  name: string,
  owner: string | undefined,
): Promise<S3BundleBucket> {
  const { S3BundleBucket } = await import('../aws/s3/bundle-bucket.js');
  return new S3BundleBucket(connection, name, owner);
}

export async function openFunctions({
  connection,
  bucket,
  process,
}: NetworkContext): Promise<LambdaFunctions> {
  const { LambdaFunctions } = await import('../aws/lambda/lambda-functions.js');
  return new LambdaFunctions(connection, bucket, process);
}

/** @param isRepeatable whether a call may be sent again after it may have been carried out */
export async function openCaller(
  { connection }: NetworkContext,
  isRepeatable: boolean,
): Promise<LambdaCaller> {
  const { LambdaCaller } = await import('../aws/lambda/lambda-caller.js');
  return new LambdaCaller(connection, isRepeatable);
}

export async function openLogs({ connection }: NetworkContext): Promise<LogGroups> {
  const { LogGroups } = await import('../aws/logs/log-groups.js');
  return new LogGroups(connection);
}

export async function openLogReader({ connection }: NetworkContext): Promise<LogEvents> {
  const { LogEvents } = await import('../aws/logs/log-events.js');
  return new LogEvents(connection);
}

/** @param arn of the secret, whose region may be another one */
export async function openSecrets({ connection }: NetworkContext, arn: string): Promise<Secrets> {
  const { Secrets } = await import('../aws/secrets/secrets.js');
  return new Secrets(connection, arn.split(':')[3] ?? connection.region);
}

/** The users, groups, roles, policies and access keys of the account, which share a client. */
export async function openIam({ connection }: NetworkContext) {
  const [{ IamService }, { IamAccessKeys }, { IamUsers }, { IamRoles }, { IamPolicies }] = await Promise.all([
    import('../aws/iam/iam-service.js'),
    import('../aws/iam/iam-access-keys.js'),
    import('../aws/iam/iam-users.js'),
    import('../aws/iam/iam-roles.js'),
    import('../aws/iam/iam-policies.js'),
  ]);
  const iam = new IamService(connection);
  const accessKeys = new IamAccessKeys(iam);
  return {
    users: new IamUsers(iam, accessKeys),
    roles: new IamRoles(iam),
    policies: new IamPolicies(iam),
    accessKeys,
  };
}

/** What deletes entities of IAM, and the policies, which share a client. */
export async function openIamRemoval({ connection }: NetworkContext) {
  const [{ IamService }, { IamPolicies }, { IamRemoval }] = await Promise.all([
    import('../aws/iam/iam-service.js'),
    import('../aws/iam/iam-policies.js'),
    import('../aws/iam/iam-removal.js'),
  ]);
  const service = new IamService(connection);
  return { iam: new IamRemoval(service), policies: new IamPolicies(service) };
}

/** How a Mattermost server is reached. */
interface ServerContext {
  readonly connection: {
    readonly timeouts: Partial<Timeouts> | undefined;
    readonly network?: HttpNetwork | undefined;
  };
  readonly onEvent: EventListener | undefined;
}

/** @throws AppsctlError USAGE for options that are not valid */
export async function openMattermost(
  { connection: { timeouts, network }, onEvent }: ServerContext,
  server: MattermostOptions,
): Promise<Mattermost> {
  checkMattermostOptions(server);
  const { MattermostServer } = await import('../mattermost/mattermost-server.js');
  return new MattermostServer(server.url, server.token, timeouts?.mattermost, onEvent, network);
}

/** How webhooks are reached. */
type NotifierContext = Pick<Context, 'clock' | 'signal' | 'vocabulary'> & {
  readonly connection: { readonly network?: HttpNetwork | undefined };
};

/**
 * @param onEvent called with what could not be sent
 * @throws AppsctlError USAGE for URLs that are not valid
 */
export async function openNotifier(
  { connection: { network }, clock, signal, vocabulary }: NotifierContext,
  { notifications, alerts }: WebhookUrls,
  onEvent: DeployerListener,
): Promise<Notifier> {
  checkWebhookUrl('webhooks.notifications', notifications);
  checkWebhookUrl('webhooks.alerts', alerts);
  const { WebhookNotifier } = await import('../mattermost/webhook.js');
  return new WebhookNotifier({ notifications, alerts }, { clock, signal, vocabulary, onEvent, network });
}

/** What the metrics of a deployer need. */
interface MetricsRequest extends MetricsOptions {
  readonly environment: string;
  /** Whether it makes one pass after the other. */
  readonly isLoop: boolean;
}

/** @throws AppsctlError USAGE for a URL that is not valid */
export async function openMetrics(
  { connection: { network }, onEvent }: NetworkContext,
  { environment, isLoop, file, pushgateway, writeEmf }: MetricsRequest,
): Promise<CollectedMetrics> {
  const [metrics, target] = await Promise.all([
    import('../metrics/open-metrics.js'),
    pushgateway === undefined ? undefined : findPushTarget(pushgateway, environment),
  ]);
  const source = { environment, version: readPackageInfo().version };
  const outputs = { file, pushTarget: target, writeEmf, isLoop };
  return metrics.openMetrics(source, outputs, { agents: network?.createAgents(1), onEvent });
}

async function findPushTarget(url: string, environment: string): Promise<PushTarget> {
  const { pushTarget } = await import('../core/deployer/pushgateway-url.js');
  const target = pushTarget(url, environment);
  if (target !== undefined) return target;
  // It may have a password.
  throw new AppsctlError(
    'USAGE',
    'metrics.pushgateway is not a valid http(s) URL without query and fragment',
  );
}

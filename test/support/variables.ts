import type { LocalAws } from './local-aws/index.js';
import type { LocalMattermost } from './local-mattermost/index.js';

/** The variables of a user who prepares accounts and deploys. */
export type DeployerVariables = Readonly<
  Record<
    | 'AWS_ENDPOINT_URL'
    | 'MM_APPS_AWS_REGION'
    | 'MM_APPS_S3_BUCKET'
    | 'MM_APPS_DEPLOY_AWS_ACCESS_KEY'
    | 'MM_APPS_DEPLOY_AWS_SECRET_KEY'
    | 'MM_SERVICESETTINGS_SITEURL'
    | 'MM_ADMIN_TOKEN',
    string
  >
>;

/** The variables of somebody who deploys to a local AWS and lists in a local Mattermost. */
export function deployerVariables(
  aws: Pick<LocalAws, 'endpoint' | 'region' | 'admin'>,
  mattermost: Pick<LocalMattermost, 'siteUrl' | 'adminToken'>,
  bucket: string,
): DeployerVariables {
  return {
    AWS_ENDPOINT_URL: aws.endpoint,
    MM_APPS_AWS_REGION: aws.region,
    MM_APPS_S3_BUCKET: bucket,
    MM_APPS_DEPLOY_AWS_ACCESS_KEY: aws.admin.accessKeyId,
    MM_APPS_DEPLOY_AWS_SECRET_KEY: aws.admin.secretAccessKey,
    MM_SERVICESETTINGS_SITEURL: mattermost.siteUrl,
    MM_ADMIN_TOKEN: mattermost.adminToken,
  };
}

/** The variables of the Mattermost server that `aws init` has printed. */
export function serverVariables(stdout: string): Record<string, string> {
  const lines = [...stdout.matchAll(/^export (\w+)='(.*)'$/gm)];
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
}

/** Starts the local Mattermost with its variables; without them it has no access to AWS. */
export function configureServer(
  { endpoint }: Pick<LocalAws, 'endpoint'>,
  mattermost: Pick<LocalMattermost, 'configureAws'>,
  variables: Readonly<Record<string, string>>,
): void {
  const region = variables['MM_APPS_AWS_REGION'];
  const settings = region !== undefined && {
    endpoint,
    region,
    bucket: variables['MM_APPS_S3_BUCKET'] ?? '',
    accessKeyId: variables['MM_APPS_AWS_ACCESS_KEY'] ?? '',
    secretAccessKey: variables['MM_APPS_AWS_SECRET_KEY'] ?? '',
  };
  mattermost.configureAws(settings || undefined);
}

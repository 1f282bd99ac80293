import type { LocalAws } from '../stand-ins/aws/index.js';
import type { LocalMattermost } from '../stand-ins/mattermost/index.js';

/** The variables of a user who prepares a local AWS, deploys to it and lists apps in a local Mattermost. */
export function deployerVariables(
  aws: Pick<LocalAws, 'endpoint' | 'region' | 'admin'>,
  mattermost: Pick<LocalMattermost, 'siteUrl' | 'adminToken'>,
  bucket: string,
) {
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

/** Parses the variables for the Mattermost server that `aws init` prints. */
export function serverVariables(stdout: string): Record<string, string> {
  const lines = [...stdout.matchAll(/^export (\w+)='(.*)'$/gm)];
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
}

/** Gives a local Mattermost the variables that `aws init` printed, if it created an access key. */
export function configureServer(
  { endpoint }: Pick<LocalAws, 'endpoint'>,
  mattermost: Pick<LocalMattermost, 'configureAws'>,
  variables: Readonly<Record<string, string>>,
): void {
  const accessKeyId = variables['MM_APPS_AWS_ACCESS_KEY'];
  if (accessKeyId === undefined) return;
  mattermost.configureAws({
    endpoint,
    region: variables['MM_APPS_AWS_REGION'] ?? '',
    bucket: variables['MM_APPS_S3_BUCKET'] ?? '',
    accessKeyId,
    secretAccessKey: variables['MM_APPS_AWS_SECRET_KEY'] ?? '',
  });
}

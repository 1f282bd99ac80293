import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { LocalAws } from '../stand-ins/aws/index.js';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface Clients {
  iam: IAMClient;
  lambda: LambdaClient;
  logs: CloudWatchLogsClient;
  s3: S3Client;
  secrets: SecretsManagerClient;
  destroy(): void;
}

/** The real SDK against an endpoint on this machine, without retries, so that a test sees each response. */
export function clientsFor(endpoint: string, credentials: Credentials, region = 'us-east-1'): Clients {
  const settings = { endpoint, region, credentials, maxAttempts: 1 };
  const clients = {
    iam: new IAMClient(settings),
    lambda: new LambdaClient(settings),
    logs: new CloudWatchLogsClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    secrets: new SecretsManagerClient(settings),
  };
  return {
    ...clients,
    destroy() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

/** The clients of the administrator of a local AWS. */
export function adminClients(aws: Pick<LocalAws, 'endpoint' | 'region' | 'admin'>): Clients {
  return clientsFor(aws.endpoint, aws.admin, aws.region);
}

import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import JSZip from 'jszip';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface Clients {
  iam: IAMClient;
  lambda: LambdaClient;
  s3: S3Client;
  destroy(): void;
}

/** The real SDK against an endpoint on this machine; one attempt, so that a test sees each answer. */
export function clientsFor(endpoint: string, credentials: Credentials, region = 'us-east-1'): Clients {
  const settings = { endpoint, region, credentials, maxAttempts: 1 };
  const clients = {
    iam: new IAMClient(settings),
    lambda: new LambdaClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
  };
  return {
    ...clients,
    destroy() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

export async function zipOf(files: Record<string, string>): Promise<Uint8Array> {
  const zip = new JSZip();
  for (const [name, content] of Object.entries(files)) zip.file(name, content);
  return zip.generateAsync({ type: 'uint8array', compression: 'DEFLATE' });
}

/** Lets Lambda assume the role. */
export const LAMBDA_TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

/** An identity policy of one statement, or of several. */
export function policyOf(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** The name of the error with which a promise is refused; fails the test where it is not. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return errorName(error);
  }
  throw new Error('The request was not refused');
}

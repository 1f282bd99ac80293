import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type AwsCredentials, clientConfig } from '../../../../src/aws/client/connection.js';
import { shareCredentials } from '../../../../src/aws/credentials/share-credentials.js';
import { S3BucketSetup } from '../../../../src/aws/s3/s3-bucket-setup.js';
import { S3Objects } from '../../../../src/aws/s3/s3-objects.js';
import { StsIdentity } from '../../../../src/aws/sts/sts-identity.js';
import { parseAccount } from '../../../../src/core/aws/arn.js';
import { startLocalAws } from '../../../stand-ins/aws/index.js';
import { connectionTo } from '../../../support/connection.js';
import { tempFolder } from '../../../support/temp-folder.js';

const folder = await tempFolder();
const { connection } = connectionTo({
  ...{ endpoint: '', region: 'us-east-1' },
  admin: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
});
const onAws = {
  ...connection,
  endpoints: { iam: undefined, lambda: undefined, logs: undefined, s3: undefined, sts: undefined },
};

const before = process.env['AWS_CONFIG_FILE'];
beforeEach(async () => {
  const file = join(folder, 'config');
  await writeFile(
    file,
    '[default]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:9\nuse_fips_endpoint = true\n',
  );
  process.env['AWS_CONFIG_FILE'] = file;
});
afterEach(() => {
  if (before === undefined) delete process.env['AWS_CONFIG_FILE'];
  else process.env['AWS_CONFIG_FILE'] = before;
});

interface CapturedRequest {
  readonly hostname: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Captures the request that a client sends, instead of sending it. */
async function captureRequest(
  send: (requestHandler: object) => Promise<unknown>,
): Promise<CapturedRequest | undefined> {
  let captured: CapturedRequest | undefined;
  const handle = async (request: CapturedRequest): Promise<never> => {
    captured = request;
    throw new Error('not sent');
  };
  await send({ handle }).catch(() => undefined);
  return captured;
}

test.each<[string, (requestHandler: object) => Promise<unknown>]>([
  [
    'iam.amazonaws.com',
    (requestHandler) =>
      new IAMClient({ ...clientConfig(onAws, 'iam'), requestHandler }).send(new ListUsersCommand({})),
  ],
  [
    'lambda.us-east-1.amazonaws.com',
    (requestHandler) =>
      new LambdaClient({ ...clientConfig(onAws, 'lambda'), requestHandler }).send(
        new ListFunctionsCommand({}),
      ),
  ],
  [
    'a-bucket.s3.us-east-1.amazonaws.com',
    (requestHandler) =>
      new S3Client({ ...clientConfig(onAws, 's3'), requestHandler }).send(
        new ListObjectsV2Command({ Bucket: 'a-bucket' }),
      ),
  ],
  [
    'sts.us-east-1.amazonaws.com',
    (requestHandler) =>
      new STSClient({ ...clientConfig(onAws, 'sts'), requestHandler }).send(new GetCallerIdentityCommand({})),
  ],
])('requests go to %s, whatever the AWS configuration files say', async (host, send) => {
  expect((await captureRequest(send))?.hostname).toBe(host);
});

describe('requests are signed with', () => {
  const captureHeaders = async (credentials: AwsCredentials) => {
    const config = clientConfig({ ...onAws, credentials }, 'sts');
    const request = await captureRequest((requestHandler) =>
      new STSClient({ ...config, requestHandler }).send(new GetCallerIdentityCommand({})),
    );
    return request?.headers ?? {};
  };
  const key = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };
  const temporaryKey = { ...key, accessKeyId: 'ASIAEXAMPLE', sessionToken: 'a-session-token' };

  test('an access key', async () => {
    const headers = await captureHeaders(key);
    expect(headers['authorization']).toContain('Credential=AKIAEXAMPLE/');
    expect(headers['x-amz-security-token']).toBeUndefined();
  });

  test('a temporary access key and its session token', async () => {
    const headers = await captureHeaders(temporaryKey);
    expect(headers['authorization']).toContain('Credential=ASIAEXAMPLE/');
    expect(headers['x-amz-security-token']).toBe('a-session-token');
  });

  test('the access key of a provider', async () => {
    const headers = await captureHeaders(async () => temporaryKey);
    expect(headers['authorization']).toContain('Credential=ASIAEXAMPLE/');
    expect(headers['x-amz-security-token']).toBe('a-session-token');
  });

  test('the access key of a provider, which gets what the SDK passes to providers', async () => {
    const options: unknown[] = [];
    const provider = async (...received: unknown[]) => {
      options.push(...received);
      return key;
    };
    await captureHeaders(shareCredentials(provider));
    expect(options).toMatchObject([{ callerClientConfig: { region: expect.any(Function) } }]);
  });

  test('a provider for all requests to a bucket', async () => {
    const aws = await startLocalAws();
    onTestFinished(() => aws.stop());
    const local = { ...connectionTo(aws).connection, credentials: async () => aws.admin };
    const { accountId } = parseAccount(await new StsIdentity(local).arn());
    await new S3BucketSetup(local, 'a-bucket', accountId).create({ partition: 'aws' });
    const objects = new S3Objects(local, 'a-bucket', accountId);
    // The second object is uploaded without the SDK's middleware.
    for (const name of ['a', 'b']) await objects.put(`static/${name}`, Buffer.from(name), 'text/plain');
    expect([...aws.bucket('a-bucket').objects.keys()]).toEqual(['static/a', 'static/b']);
  });
});

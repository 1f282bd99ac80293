import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clientConfig } from '../../../../src/aws/client/connection.js';
import { connectionTo } from '../../../support/connection.js';
import { tempFolder } from '../../../support/temp-folder.js';

const folder = await tempFolder();
const { connection } = connectionTo({
  ...{ endpoint: '', region: 'us-east-1' },
  admin: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
});
const onAws = {
  ...connection,
  endpoints: { iam: undefined, lambda: undefined, s3: undefined, sts: undefined },
};

const before = process.env['AWS_CONFIG_FILE'];
beforeEach(async () => {
  const file = join(folder, 'config');
  await writeFile(file, '[default]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:9\n');
  process.env['AWS_CONFIG_FILE'] = file;
});
afterEach(() => {
  if (before === undefined) delete process.env['AWS_CONFIG_FILE'];
  else process.env['AWS_CONFIG_FILE'] = before;
});

/** The host that a request is sent to, which nobody answers. */
async function hostOf(send: (requestHandler: object) => Promise<unknown>): Promise<string> {
  let host = '';
  const handle = async (request: { hostname: string }): Promise<never> => {
    host = request.hostname;
    throw new Error('not sent');
  };
  await send({ handle }).catch(() => undefined);
  return host;
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
])('requests go to %s, whatever endpoint the AWS configuration files name', async (host, send) => {
  expect(await hostOf(send)).toBe(host);
});

import { readdir, readFile } from 'node:fs/promises';
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import JSZip from 'jszip';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalAws, startLocalAws } from '../../aws/index.js';
import { type LocalMattermost, startLocalMattermost } from '../index.js';
import { type Answer, post } from './mattermost-requests.js';

const example = new URL('../../../../examples/hello-serverless/', import.meta.url);
const functionName = 'hello-serverless_v1-2-0_hello-serverless';
const bucket = 'apps-bucket';

let aws: LocalAws;
let mattermost: LocalMattermost;
let clients: { iam: IAMClient; lambda: LambdaClient; s3: S3Client };

beforeEach(async () => {
  aws = await startLocalAws();
  mattermost = await startLocalMattermost();
  const access = { endpoint: aws.endpoint, region: aws.region, credentials: aws.admin };
  clients = {
    iam: new IAMClient(access),
    lambda: new LambdaClient(access),
    s3: new S3Client({ ...access, forcePathStyle: true }),
  };
});

afterEach(async () => {
  for (const client of Object.values(clients)) {
    client.destroy();
  }
  await mattermost.stop();
  await aws.stop();
});

const lambdaTrust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

async function functionArchive(): Promise<Uint8Array> {
  const folder = new URL('hello-serverless/', example);
  const zip = new JSZip();
  for (const name of await readdir(folder)) {
    zip.file(name, await readFile(new URL(name, folder)));
  }
  return zip.generateAsync({ type: 'uint8array' });
}

/** Puts the function and the icon on AWS; returns the ARN of the function. */
async function deployExample(): Promise<string> {
  const { Role } = await clients.iam.send(
    new CreateRoleCommand({ RoleName: 'execute', AssumeRolePolicyDocument: JSON.stringify(lambdaTrust) }),
  );
  const created = await clients.lambda.send(
    new CreateFunctionCommand({
      FunctionName: functionName,
      Role: Role?.Arn,
      Handler: 'index.handler',
      Runtime: 'nodejs22.x',
      Timeout: 20,
      Code: { ZipFile: await functionArchive() },
    }),
  );
  const waiting = { client: clients.lambda, maxWaitTime: 10, minDelay: 1, maxDelay: 1 };
  await waitUntilFunctionActiveV2(waiting, { FunctionName: functionName });

  await clients.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const Key = 'static/hello-serverless_v1.2.0_app/icon.png';
  const Body = await readFile(new URL('static/icon.png', example));
  await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  return created.FunctionArn ?? '';
}

/** Gives the server a key that may do what the statements say. */
async function configureInvokeKey(Statement: object[]): Promise<void> {
  const { iam } = clients;
  const document = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new CreateUserCommand({ UserName: 'invoke' }));
  await iam.send(new CreateGroupCommand({ GroupName: 'invokers' }));
  await iam.send(new AddUserToGroupCommand({ GroupName: 'invokers', UserName: 'invoke' }));
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'invoke', PolicyDocument: document }),
  );
  await iam.send(new AttachGroupPolicyCommand({ GroupName: 'invokers', PolicyArn: Policy?.Arn }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'invoke' }));
  mattermost.configureAws({
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    region: aws.region,
    bucket,
    endpoint: aws.endpoint,
  });
}

async function listAndInstall(): Promise<Answer> {
  const manifest = JSON.parse(await readFile(new URL('manifest.json', example), 'utf8'));
  await post(mattermost, 'update-app-listing', { ...manifest, add_deploys: ['aws_lambda'] });
  return post(mattermost, 'install-app', { app_id: 'hello-serverless', deploy_type: 'aws_lambda' });
}

const readAssets = {
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${bucket}/static/*`,
};
const invoke = (arn: string) => ({ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: arn });

describe('an install through the local AWS', () => {
  it('runs the function, fetches the icon, and then the app responds', async () => {
    const arn = await deployExample();
    await configureInvokeKey([invoke(arn), readAssets]);

    expect(await listAndInstall()).toMatchObject({ status: 200 });

    const icon = await readFile(new URL('static/icon.png', example));
    expect(mattermost.installed.get('hello-serverless')).toMatchObject({
      pong: { type: 'ok', text: 'PONG' },
      iconBytes: icon.length,
      onInstall: { type: 'ok' },
    });
    expect(await mattermost.call('hello-serverless', '/bindings')).toMatchObject({
      type: 'ok',
      data: [{ location: '/command' }, { location: '/channel_header' }],
    });
    expect(
      await mattermost.call('hello-serverless', '/send', { values: { message: 'good morning' } }),
    ).toEqual({ type: 'ok', text: 'You said:\n```\ngood morning\n```' });
    await expect(mattermost.call('hello-serverless', '/nothing')).rejects.toThrow(
      'function failed with status code 404',
    );
  });

  it('fails with what AWS says when the invoke key may not call the function', async () => {
    await deployExample();
    await configureInvokeKey([readAssets]);

    const answer = await listAndInstall();

    expect(answer.status).toBe(500);
    expect(answer.text).toContain('AccessDeniedException');
    expect(answer.text).toContain('lambda:InvokeFunction');
  });

  it('fails with what AWS says when the invoke key may not read the icon', async () => {
    const arn = await deployExample();
    await configureInvokeKey([invoke(arn)]);

    const answer = await listAndInstall();

    expect(answer.status).toBe(500);
    expect(answer.text).toMatch(
      /^failed to get bot icon: .*AccessDenied: .*\n\tstatus code: 403, request id: /,
    );
  });

  it('succeeds without a function, although the app is useless', async () => {
    await deployExample();
    await configureInvokeKey([invoke('arn:aws:lambda:*:*:function:*'), readAssets]);
    await clients.lambda.send(new DeleteFunctionCommand({ FunctionName: functionName }));

    expect(await listAndInstall()).toMatchObject({ status: 200 });

    const app = mattermost.installed.get('hello-serverless');
    expect(app).not.toHaveProperty('pong');
    expect(app).toMatchObject({ onInstall: { type: 'error', text: expect.stringContaining('not found') } });
  });
});

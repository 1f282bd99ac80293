import {
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  GetUserCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { GetFunctionCommand, InvokeCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { clientsFor } from '../../../support/aws-clients.js';
import { createPolicy, LAMBDA_TRUST, refusal } from './helpers.js';
import { clientsAs, creation, newInvokeUser, newKey, newRole, startSession } from './session.js';

const FUNCTIONS = 'arn:aws:lambda:us-east-1:123456789012:function:';
const INVOKE = new InvokeCommand({ FunctionName: 'hello', Payload: Buffer.from('{}') });

function allow(Action: string | string[], Resource: string | string[], Condition?: object): object {
  return { Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) };
}

it('lets the invoke user invoke what the policy of its group names, and nothing else', async () => {
  const session = await startSession();
  await newRole(session);
  await session.lambda.send(await creation(session));
  await session.lambda.send(await creation(session, { FunctionName: 'other' }));
  const user = await newInvokeUser(
    session,
    createPolicy(allow('lambda:InvokeFunction', `${FUNCTIONS}hello`)),
  );

  expect((await user.lambda.send(INVOKE)).StatusCode).toBe(200);
  await expect(user.lambda.send(new InvokeCommand({ FunctionName: 'other' }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: `User: arn:aws:iam::123456789012:user/invoke is not authorized to perform: lambda:InvokeFunction on resource: ${FUNCTIONS}other because no identity-based policy allows the lambda:InvokeFunction action`,
  });
  expect(await refusal(user.lambda.send(new GetFunctionCommand({ FunctionName: 'hello' })))).toBe(
    'AccessDeniedException',
  );
  expect(await refusal(user.lambda.send(new ListFunctionsCommand({})))).toBe('AccessDeniedException');
  expect(await refusal(user.iam.send(new GetUserCommand({})))).toBe('AccessDenied');
  expect(await refusal(user.s3.send(new CreateBucketCommand({ Bucket: 'bucket' })))).toBe('AccessDenied');
});

it('follows the default version from one request to the next', async () => {
  const session = await startSession();
  await newRole(session);
  await session.lambda.send(await creation(session));
  const user = await newInvokeUser(session, createPolicy(allow('lambda:InvokeFunction', `${FUNCTIONS}none`)));
  const change = (PolicyDocument: string, SetAsDefault: boolean) =>
    session.iam.send(
      new CreatePolicyVersionCommand({
        PolicyArn: 'arn:aws:iam::123456789012:policy/invoke',
        PolicyDocument,
        SetAsDefault,
      }),
    );
  await change(createPolicy(allow('lambda:InvokeFunction', `${FUNCTIONS}*`)), false);
  expect(await refusal(user.lambda.send(INVOKE))).toBe('AccessDeniedException');
  await change(createPolicy(allow('lambda:InvokeFunction', `${FUNCTIONS}h?llo`)), true);
  expect((await user.lambda.send(INVOKE)).StatusCode).toBe(200);
});

it.each([
  ['an action in another case', true, createPolicy(allow('LAMBDA:invokefunction', '*'))],
  ['an action with a wildcard', true, createPolicy(allow(['lambda:Inv*'], '*'))],
  ['all actions', true, createPolicy(allow('*', `${FUNCTIONS}hel*`))],
  ['a resource in another case', false, createPolicy(allow('lambda:InvokeFunction', `${FUNCTIONS}Hello`))],
  ['another action', false, createPolicy(allow('lambda:InvokeAsync', '*'))],
  [
    'a Deny beside the Allow',
    false,
    createPolicy(allow('lambda:*', '*'), { Effect: 'Deny', Action: 'lambda:InvokeFunction', Resource: '*' }),
  ],
  ['NotAction', true, createPolicy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })],
  [
    'NotAction of this action',
    false,
    createPolicy({ Effect: 'Allow', NotAction: 'lambda:*', Resource: '*' }),
  ],
  [
    'NotResource',
    false,
    createPolicy({ Effect: 'Allow', Action: 'lambda:*', NotResource: `${FUNCTIONS}hello` }),
  ],
  ['TLS', true, createPolicy(allow('lambda:*', '*', { Bool: { 'aws:SecureTransport': 'true' } }))],
  ['no TLS', false, createPolicy(allow('lambda:*', '*', { Bool: { 'aws:SecureTransport': 'false' } }))],
  [
    'an unknown operator',
    false,
    createPolicy(allow('lambda:*', '*', { Sometimes: { 'aws:username': 'invoke' } })),
  ],
  [
    'the name of the user',
    true,
    createPolicy(allow('lambda:*', '*', { StringLike: { 'aws:username': 'inv*' } })),
  ],
  [
    'a policy of one statement',
    true,
    JSON.stringify({ Version: '2012-10-17', Statement: allow('lambda:*', '*') }),
  ],
])('decides on %s: %s', async (_, allowed, document) => {
  const session = await startSession();
  await newRole(session);
  await session.lambda.send(await creation(session, { Runtime: 'python3.12' }));
  const user = await newInvokeUser(session, document);
  const invoked = user.lambda.send(new InvokeCommand({ FunctionName: 'hello', InvocationType: 'DryRun' }));
  if (allowed) expect((await invoked).StatusCode).toBe(204);
  else expect(await refusal(invoked)).toBe('AccessDeniedException');
});

it('hides which keys exist from users who cannot list them', async () => {
  const session = await startSession();
  await session.s3.send(new CreateBucketCommand({ Bucket: 'apps' }));
  await session.s3.send(new PutObjectCommand({ Bucket: 'apps', Key: 'static/a', Body: 'x' }));
  await session.s3.send(new PutObjectCommand({ Bucket: 'apps', Key: 'other/a', Body: 'x' }));
  const user = await newInvokeUser(
    session,
    createPolicy(allow('s3:GetObject', 'arn:aws:s3:::apps/static/*')),
  );
  const get = (Key: string) => user.s3.send(new GetObjectCommand({ Bucket: 'apps', Key }));
  expect(await (await get('static/a')).Body?.transformToString()).toBe('x');
  expect(await refusal(get('static/missing'))).toBe('AccessDenied');
  expect(await refusal(get('other/a'))).toBe('AccessDenied');
  await expect(
    user.s3.send(new HeadObjectCommand({ Bucket: 'apps', Key: 'static/missing' })),
  ).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  await expect(user.s3.send(new HeadBucketCommand({ Bucket: 'apps' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });

  const PolicyDocument = createPolicy(allow('s3:ListBucket', 'arn:aws:s3:::apps'));
  await session.iam.send(
    new PutUserPolicyCommand({ UserName: 'invoke', PolicyName: 'list', PolicyDocument }),
  );
  expect(await refusal(get('static/missing'))).toBe('NoSuchKey');
});

it('lists only below the prefix that a condition names', async () => {
  const session = await startSession();
  await session.s3.send(new CreateBucketCommand({ Bucket: 'apps' }));
  const condition = { StringLike: { 's3:prefix': ['static/*'] } };
  const user = await newInvokeUser(
    session,
    createPolicy(allow('s3:ListBucket', 'arn:aws:s3:::apps', condition)),
  );
  const list = (Prefix?: string) => user.s3.send(new ListObjectsV2Command({ Bucket: 'apps', Prefix }));
  expect((await list('static/app')).KeyCount).toBe(0);
  expect(await refusal(list('manifests/'))).toBe('AccessDenied');
  expect(await refusal(list())).toBe('AccessDenied');
});

it('wants the right to read for a write that compares entity tags', async () => {
  const session = await startSession();
  await session.s3.send(new CreateBucketCommand({ Bucket: 'apps' }));
  const { ETag } = await session.s3.send(new PutObjectCommand({ Bucket: 'apps', Key: 'lock', Body: 'x' }));
  const actions = ['s3:PutObject', 's3:DeleteObject'];
  const user = await newInvokeUser(session, createPolicy(allow(actions, 'arn:aws:s3:::apps/*')));
  const lock = { Bucket: 'apps', Key: 'lock' };
  expect(await refusal(user.s3.send(new PutObjectCommand({ ...lock, IfNoneMatch: '*', Body: 'y' })))).toBe(
    'PreconditionFailed',
  );
  expect(await refusal(user.s3.send(new PutObjectCommand({ ...lock, IfMatch: ETag, Body: 'y' })))).toBe(
    'AccessDenied',
  );
  expect(await refusal(user.s3.send(new DeleteObjectCommand({ ...lock, IfMatch: ETag })))).toBe(
    'AccessDenied',
  );
  await user.s3.send(new DeleteObjectCommand(lock));
});

it('decides on each key of a deletion, and lets a bucket policy give and take', async () => {
  const session = await startSession();
  const Bucket = 'apps';
  await session.s3.send(new CreateBucketCommand({ Bucket }));
  const user = await newInvokeUser(session, createPolicy(allow('s3:*', 'arn:aws:s3:::apps/mine/*')));
  const deleted = await user.s3.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'mine/a' }, { Key: 'yours/a' }] } }),
  );
  expect(deleted.Deleted).toEqual([{ Key: 'mine/a' }]);
  expect(deleted.Errors).toMatchObject([{ Key: 'yours/a', Code: 'AccessDenied' }]);

  const me = { AWS: 'arn:aws:iam::123456789012:user/invoke' };
  const Policy = createPolicy(
    { ...allow('s3:PutObject', 'arn:aws:s3:::apps/yours/*'), Principal: me },
    { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: 'arn:aws:s3:::apps/mine/*' },
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: ['arn:aws:s3:::apps', 'arn:aws:s3:::apps/*'],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  );
  await session.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  await user.s3.send(new PutObjectCommand({ Bucket, Key: 'yours/a', Body: 'x' }));
  await expect(user.s3.send(new PutObjectCommand({ Bucket, Key: 'mine/a', Body: 'x' }))).rejects.toThrow(
    'with an explicit deny in a resource-based policy',
  );
});

it('wants iam:PassRole of who gives a role to a function', async () => {
  const session = await startSession();
  await newRole(session);
  const user = await newInvokeUser(session, createPolicy(allow('lambda:CreateFunction', '*')));
  await expect(user.lambda.send(await creation(session))).rejects.toThrow(
    `is not authorized to perform: iam:PassRole on resource: ${session.roleArn} because`,
  );
});

it('refuses unknown keys, keys that were switched off, and wrong secrets', async () => {
  const session = await startSession();
  await newInvokeUser(session, createPolicy(allow('*', '*')));
  const key = await newKey(session.iam, 'invoke');
  const user = clientsAs(session.aws, key);
  expect((await user.iam.send(new ListUsersCommand({}))).Users).toHaveLength(1);

  const AccessKeyId = key.accessKeyId;
  await session.iam.send(new UpdateAccessKeyCommand({ UserName: 'invoke', AccessKeyId, Status: 'Inactive' }));
  expect(await refusal(user.iam.send(new ListUsersCommand({})))).toBe('InvalidClientTokenId');
  expect(await refusal(user.lambda.send(new ListFunctionsCommand({})))).toBe('UnrecognizedClientException');
  expect(await refusal(user.s3.send(new ListObjectsV2Command({ Bucket: 'x' })))).toBe('InvalidAccessKeyId');

  const forged = clientsAs(session.aws, { ...session.aws.admin, secretAccessKey: key.secretAccessKey });
  expect(await refusal(forged.iam.send(new ListUsersCommand({})))).toBe('SignatureDoesNotMatch');
  expect(await refusal(forged.lambda.send(new ListFunctionsCommand({})))).toBe('InvalidSignatureException');
  expect(await refusal(forged.s3.send(new ListObjectsV2Command({ Bucket: 'x' })))).toBe(
    'SignatureDoesNotMatch',
  );
});

it('has one region, returns its own partition, and nothing without a signature', async () => {
  const session = await startSession({
    region: 'cn-north-1',
    partition: 'aws-cn',
    accountId: '210987654321',
  });
  const RoleName = 'execute';
  const { Role } = await session.iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: LAMBDA_TRUST }),
  );
  expect(Role?.Arn).toBe('arn:aws-cn:iam::210987654321:role/execute');
  const created = await session.lambda.send(await creation(session, { Role: Role?.Arn }));
  expect(created.FunctionArn).toBe('arn:aws-cn:lambda:cn-north-1:210987654321:function:hello');

  const elsewhere = clientsFor(session.aws.endpoint, session.aws.admin, 'eu-west-1');
  expect(await refusal(elsewhere.s3.send(new ListObjectsV2Command({ Bucket: 'x' })))).toBe(
    'AuthorizationHeaderMalformed',
  );
  expect(await refusal(elsewhere.lambda.send(new ListFunctionsCommand({})))).toBe(
    'InvalidSignatureException',
  );
  elsewhere.destroy();
  expect((await fetch(`${session.aws.endpoint}/bucket/key`)).status).toBe(403);
});

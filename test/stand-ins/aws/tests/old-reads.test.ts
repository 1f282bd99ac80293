import {
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  type IAMClient,
  ListAttachedGroupPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
} from '@aws-sdk/client-iam';
import {
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListFunctionsCommand,
  ListTagsCommand,
  TagResourceCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import type { LocalAwsOptions } from '../index.js';
import { createPolicy, refusal } from './helpers.js';
import { creation, newRole, type Session, startSession } from './session.js';

const ALLOW = createPolicy({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' });
const FunctionName = 'hello';

interface AgedSession extends Session {
  /** Runs an action whose requests meet the fault `old`. */
  old<Result>(action: () => Promise<Result>): Promise<Result>;
}

async function startAgedSession(options: LocalAwsOptions = {}): Promise<AgedSession> {
  let isOld = false;
  const session = await startSession({ ...options, intercept: () => (isOld ? { kind: 'old' } : undefined) });
  return {
    ...session,
    async old(action) {
      isOld = true;
      return action().finally(() => {
        isOld = false;
      });
    },
  };
}

async function newPolicy(iam: IAMClient): Promise<string> {
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: ALLOW }));
  return Policy?.Arn ?? '';
}

/** Everything that IAM says about the versions of a policy. */
async function versionsOf(iam: IAMClient, PolicyArn: string) {
  const listed = await iam.send(new ListPoliciesCommand({ Scope: 'Local' }));
  const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  return {
    inList: listed.Policies?.map((policy) => policy.DefaultVersionId),
    default: (await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.DefaultVersionId,
    versions: Versions.map((version) => version.VersionId),
    defaults: Versions.filter((version) => version.IsDefaultVersion).map((version) => version.VersionId),
  };
}

it('returns the state of IAM before the last change, consistently', async () => {
  const { iam, old } = await startAgedSession();
  const PolicyArn = await newPolicy(iam);
  expect(await refusal(old(() => iam.send(new GetPolicyCommand({ PolicyArn }))))).toBe(
    'NoSuchEntityException',
  );
  for (let count = 0; count < 2; count++)
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: ALLOW, SetAsDefault: true }));
  expect(await old(() => versionsOf(iam, PolicyArn))).toEqual({
    inList: ['v2'],
    default: 'v2',
    versions: ['v2', 'v1'],
    defaults: ['v2'],
  });
  const newest = new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v3' });
  expect(await refusal(old(() => iam.send(newest)))).toBe('NoSuchEntityException');
  expect((await iam.send(newest)).PolicyVersion?.IsDefaultVersion).toBe(true);
  expect(await versionsOf(iam, PolicyArn)).toMatchObject({ default: 'v3', versions: ['v3', 'v2', 'v1'] });
});

it('returns attachments as before the last change', async () => {
  const { iam, old } = await startAgedSession();
  const PolicyArn = await newPolicy(iam);
  const GroupName = 'g';
  await iam.send(new CreateGroupCommand({ GroupName }));
  await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
  const attachments = async () => [
    (await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName }))).AttachedPolicies?.length,
    (await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }))).PolicyGroups?.length,
    (await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount,
  ];
  expect(await old(attachments)).toEqual([0, 0, 0]);
  expect(await attachments()).toEqual([1, 1, 1]);
  // A refused request is not a change: the last one is still the attachment.
  expect(await refusal(iam.send(new DeletePolicyCommand({ PolicyArn })))).toBe('DeleteConflictException');
  expect(await old(attachments)).toEqual([0, 0, 0]);
});

it('returns the state of IAM before each change for the configured number of reads', async () => {
  const { iam } = await startSession({ iam: { staleReads: 2 } });
  const PolicyArn = await newPolicy(iam);
  const read = () => iam.send(new GetPolicyCommand({ PolicyArn }));
  expect([await refusal(read()), await refusal(read())]).toEqual([
    'NoSuchEntityException',
    'NoSuchEntityException',
  ]);
  const defaults = [(await read()).Policy?.DefaultVersionId];
  await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: ALLOW, SetAsDefault: true }));
  for (let count = 0; count < 3; count++) defaults.push((await read()).Policy?.DefaultVersionId);
  expect(defaults).toEqual(['v1', 'v1', 'v1', 'v2']);
});

it('returns functions as before the last change', async () => {
  const session = await startAgedSession();
  const { lambda, old } = session;
  await newRole(session);
  const { FunctionArn } = await lambda.send(await creation(session, { Timeout: 5 }));
  const read = async () =>
    (await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.Timeout;
  const list = async () => (await lambda.send(new ListFunctionsCommand({}))).Functions?.length;
  expect(await refusal(old(read))).toBe('ResourceNotFoundException');
  expect([await old(list), await list()]).toEqual([0, 1]);
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 }));
  expect([await old(read), await read()]).toEqual([5, 9]);
  await lambda.send(new TagResourceCommand({ Resource: FunctionArn, Tags: { app: 'hello' } }));
  const tags = async () => (await lambda.send(new ListTagsCommand({ Resource: FunctionArn }))).Tags;
  expect([await old(tags), await tags()]).toEqual([{}, { app: 'hello' }]);
  await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  expect([await old(read), await refusal(read())]).toEqual([9, 'ResourceNotFoundException']);
});

it('does not count an old read as one that shows progress', async () => {
  const session = await startAgedSession({ lambda: { inProgressReads: 1 } });
  const { lambda, old } = session;
  await newRole(session);
  await lambda.send(await creation(session));
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 }));
  const read = async () => {
    const { Timeout, LastUpdateStatus } = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName }),
    );
    return [Timeout, LastUpdateStatus];
  };
  expect(await old(read)).toEqual([3, 'Successful']);
  expect([await read(), await read()]).toEqual([
    [9, 'InProgress'],
    [9, 'Successful'],
  ]);
});

it('does not find a new function for the configured number of reads', async () => {
  const session = await startSession({ lambda: { missingReads: 2, pendingReads: 1 } });
  const { lambda } = session;
  await newRole(session);
  await lambda.send(await creation(session));
  const read = async () => (await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.State;
  expect(await refusal(read())).toBe('ResourceNotFoundException');
  const configuration = lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  expect(await refusal(configuration)).toBe('ResourceNotFoundException');
  expect([await read(), await read()]).toEqual(['Pending', 'Active']);
});

it('does not find a bucket that was just created, and returns old settings of a bucket', async () => {
  const { s3, old } = await startAgedSession();
  const Bucket = 'apps';
  const put = () => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  await old(() => s3.send(new CreateBucketCommand({ Bucket })));
  expect(await refusal(old(() => s3.send(new HeadBucketCommand({ Bucket }))))).toBe('NotFound');
  expect(await refusal(old(put))).toBe('NoSuchBucket');
  expect((await old(() => s3.send(new ListBucketsCommand({})))).Buckets ?? []).toEqual([]);
  await put();

  const Policy = createPolicy({
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: `arn:aws:s3:::${Bucket}/x`,
  });
  const earlier = Policy.replace('/x', '/y');
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: earlier }));
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const read = async () => (await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy;
  expect([await old(read), await read()]).toEqual([earlier, Policy]);
});

it('never returns old objects', async () => {
  const { s3, old } = await startAgedSession();
  const Bucket = 'apps';
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: createPolicy({
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: `arn:aws:s3:::${Bucket}/x`,
      }),
    }),
  );
  await old(() => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'new' })));
  const { Body } = await old(() => s3.send(new GetObjectCommand({ Bucket, Key: 'k' })));
  expect(await Body?.transformToString()).toBe('new');
});

import {
  AttachGroupPolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteUserPermissionsBoundaryCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetUserCommand,
  ListEntitiesForPolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutUserPermissionsBoundaryCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { createPolicy, LAMBDA_TRUST, refusal } from './helpers.js';
import { newInvokeUser, type Session, startSession } from './session.js';

const Bucket = 'apps';
const BOUNDARY = 'arn:aws:iam::123456789012:policy/boundary';
const UserName = 'invoke';

/** A session with a user whose policies allow everything, within a boundary. */
async function startBounded(...statements: object[]) {
  const session = await startSession();
  await session.s3.send(new CreateBucketCommand({ Bucket }));
  await session.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  const user = await newInvokeUser(session, createPolicy({ Effect: 'Allow', Action: '*', Resource: '*' }));
  await newBoundary(session, ...statements);
  await session.iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: BOUNDARY }));
  return { session, user };
}

async function newBoundary({ iam }: Session, ...statements: object[]): Promise<void> {
  const PolicyDocument = createPolicy(...statements);
  await iam.send(new CreatePolicyCommand({ PolicyName: 'boundary', PolicyDocument }));
}

const READ = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };

it('allows a user only what both its policies and its boundary allow', async () => {
  const { session, user } = await startBounded(READ);
  await user.s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  await expect(user.s3.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('because no permissions boundary allows the s3:ListBucket action'),
  });
  await session.iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName }));
  await user.s3.send(new ListObjectsV2Command({ Bucket }));
});

it('lets a boundary deny, and a bucket policy allow what the boundary leaves out', async () => {
  const { session, user } = await startBounded(
    { Effect: 'Allow', NotAction: 's3:*', Resource: '*' },
    {
      ...READ,
      Effect: 'Deny',
    },
  );
  const Policy = createPolicy({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::123456789012:user/${UserName}` },
    Action: 's3:*',
    Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
  });
  await session.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  await user.s3.send(new ListObjectsV2Command({ Bucket }));
  await expect(user.s3.send(new GetObjectCommand({ Bucket, Key: 'k' }))).rejects.toThrow(
    'with an explicit deny in a permissions boundary',
  );
});

it('shows the boundaries of users and roles, and does not delete a policy used as one', async () => {
  const session = await startSession();
  const { iam } = session;
  const PermissionsBoundary = BOUNDARY;
  expect(await refusal(iam.send(new CreateUserCommand({ UserName, PermissionsBoundary })))).toBe(
    'NoSuchEntityException',
  );
  await newBoundary(session, READ);
  const shown = { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: BOUNDARY };
  const created = await iam.send(new CreateUserCommand({ UserName, PermissionsBoundary }));
  expect(created.User?.PermissionsBoundary).toEqual(shown);
  const { User } = await iam.send(new GetUserCommand({ UserName }));
  expect(User?.PermissionsBoundary).toEqual(shown);
  const RoleName = 'execute';
  const role = new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: LAMBDA_TRUST });
  expect((await iam.send(role)).Role?.PermissionsBoundary).toBeUndefined();
  await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
  expect((await iam.send(new GetRoleCommand({ RoleName }))).Role?.PermissionsBoundary).toEqual(shown);

  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: BOUNDARY }));
  expect([Policy?.PermissionsBoundaryUsageCount, Policy?.AttachmentCount]).toEqual([2, 0]);
  const entities = async (PolicyUsageFilter?: 'PermissionsPolicy' | 'PermissionsBoundary') => {
    const list = new ListEntitiesForPolicyCommand({ PolicyArn: BOUNDARY, PolicyUsageFilter });
    const { PolicyUsers, PolicyRoles } = await iam.send(list);
    return [PolicyUsers?.map((user) => user.UserName), PolicyRoles?.map((one) => one.RoleName)];
  };
  expect([
    await entities(),
    await entities('PermissionsBoundary'),
    await entities('PermissionsPolicy'),
  ]).toEqual([
    [[UserName], [RoleName]],
    [[UserName], [RoleName]],
    [[], []],
  ]);
  expect(await refusal(iam.send(new DeletePolicyCommand({ PolicyArn: BOUNDARY })))).toBe(
    'DeleteConflictException',
  );
});

it('lets a policy require a permissions boundary on new users', async () => {
  const session = await startSession();
  await newBoundary(session, READ);
  const Condition = { StringEquals: { 'iam:PermissionsBoundary': BOUNDARY } };
  const user = await newInvokeUser(
    session,
    createPolicy({ Effect: 'Allow', Action: 'iam:CreateUser', Resource: '*', Condition }),
  );
  expect(await refusal(user.iam.send(new CreateUserCommand({ UserName: 'free' })))).toBe('AccessDenied');
  await user.iam.send(new CreateUserCommand({ UserName: 'bound', PermissionsBoundary: BOUNDARY }));
});

it('lets a policy restrict which policies may be attached', async () => {
  const session = await startSession();
  const user = await newInvokeUser(
    session,
    createPolicy({
      Effect: 'Allow',
      Action: 'iam:AttachGroupPolicy',
      Resource: '*',
      Condition: { ArnLike: { 'iam:PolicyARN': 'arn:aws:iam::123456789012:policy/mine*' } },
    }),
  );
  const attach = async (PolicyName: string) => {
    const { Policy } = await session.iam.send(
      new CreatePolicyCommand({ PolicyName, PolicyDocument: createPolicy(READ) }),
    );
    return user.iam.send(new AttachGroupPolicyCommand({ GroupName: 'invoke', PolicyArn: Policy?.Arn }));
  };
  await attach('mine-2');
  await expect(attach('yours')).rejects.toMatchObject({ name: 'AccessDenied' });
});

it.each(['s3:ResourceAccount', 'aws:ResourceAccount'])(
  'lets a policy restrict by %s whose buckets may be used',
  async (key) => {
    const session = await startSession({
      others: [{ bucket: 'theirs', accountId: '111122223333', letsIn: true }],
    });
    await session.s3.send(new CreateBucketCommand({ Bucket }));
    const user = await newInvokeUser(
      session,
      createPolicy({
        Effect: 'Allow',
        Action: 's3:PutObject',
        Resource: '*',
        Condition: { StringEquals: { [key]: '123456789012' } },
      }),
    );
    const put = (bucket: string) =>
      user.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'x' }));
    await put(Bucket);
    expect(await refusal(put('theirs'))).toBe('AccessDenied');
  },
);

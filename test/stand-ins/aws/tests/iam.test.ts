import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteUserCommand,
  DetachGroupPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetPolicyVersionCommand,
  GetUserCommand,
  ListAttachedGroupPoliciesCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
} from '@aws-sdk/client-iam';
import { expect, it } from 'vitest';
import { createPolicy, LAMBDA_TRUST, refusal } from './helpers.js';
import { newInvokeUser, newRole, startSession } from './session.js';

const ALLOW = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };

it.each([
  ['with a space', 'a b'],
  ['with a slash', 'a/b'],
  ['of 65', 'u'.repeat(65)],
])('refuses the name of a user %s', async (_, UserName) => {
  const { iam } = await startSession();
  await expect(iam.send(new CreateUserCommand({ UserName }))).rejects.toMatchObject({
    name: 'ValidationError',
    $metadata: { httpStatusCode: 400 },
  });
});

it('takes names of groups and policies up to 128, of roles up to 64', async () => {
  const { iam } = await startSession();
  const name = 'n'.repeat(128);
  await iam.send(new CreateGroupCommand({ GroupName: name }));
  await iam.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument: createPolicy(ALLOW) }));
  expect(await refusal(iam.send(new CreateGroupCommand({ GroupName: `${name}n` })))).toBe('ValidationError');
  const role = new CreateRoleCommand({ RoleName: 'r'.repeat(65), AssumeRolePolicyDocument: LAMBDA_TRUST });
  expect(await refusal(iam.send(role))).toBe('ValidationError');
});

it('finds names equal that differ in case', async () => {
  const { iam } = await startSession();
  await iam.send(new CreateUserCommand({ UserName: 'Invoke' }));
  expect(await refusal(iam.send(new CreateUserCommand({ UserName: 'invoke' })))).toBe(
    'EntityAlreadyExistsException',
  );
});

it('counts 6,144 characters without white space', async () => {
  const { iam } = await startSession();
  const documentOf = (length: number): string => {
    const empty = createPolicy({ ...ALLOW, Sid: '' });
    return createPolicy({ ...ALLOW, Sid: 'S'.repeat(length - empty.length) });
  };
  const fits = documentOf(6144);
  const spaced = JSON.stringify(JSON.parse(fits), undefined, 8);
  expect([fits.length, spaced.length > 6144]).toEqual([6144, true]);
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'fits', PolicyDocument: spaced }));
  const tooLong = { PolicyArn: Policy?.Arn, PolicyDocument: documentOf(6145) };
  await expect(iam.send(new CreatePolicyVersionCommand(tooLong))).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for PolicySize: 6144',
    $metadata: { httpStatusCode: 409 },
  });
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: LAMBDA_TRUST }));
  const inline = { RoleName: 'r', PolicyName: 'p', PolicyDocument: documentOf(10_241) };
  expect(await refusal(iam.send(new PutRolePolicyCommand(inline)))).toBe('LimitExceededException');
});

it('encodes documents in responses, and never reuses version numbers', async () => {
  const { iam } = await startSession();
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: createPolicy(ALLOW) }),
  );
  const PolicyArn = Policy?.Arn;
  const version = () =>
    iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: createPolicy(ALLOW) }));
  const read = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  expect(read.PolicyVersion?.Document).toMatch(/^%7B%22Version/);
  await version();
  await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
  expect((await version()).PolicyVersion?.VersionId).toBe('v3');
  await expect(iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
    message: `Policy ${PolicyArn} version v2 does not exist or is not attachable.`,
  });
  const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  expect(Versions?.map(({ VersionId }) => VersionId)).toEqual(['v3', 'v1']);
});

it('deletes nothing that something else still holds', async () => {
  const session = await startSession();
  const { iam } = session;
  const PolicyArn = 'arn:aws:iam::123456789012:policy/invoke';
  await newInvokeUser(session, createPolicy(ALLOW));
  const refused: [() => Promise<unknown>, string][] = [
    [() => iam.send(new DeleteUserCommand({ UserName: 'invoke' })), 'must delete access keys first'],
    [() => iam.send(new DeleteGroupCommand({ GroupName: 'invoke' })), 'must remove users from group first'],
    [() => iam.send(new DeletePolicyCommand({ PolicyArn })), 'Cannot delete a policy attached to entities.'],
    [() => iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v1' })), 'default version'],
  ];
  for (const [attempt, message] of refused) {
    await expect(attempt()).rejects.toMatchObject({
      name: 'DeleteConflictException',
      message: expect.stringContaining(message),
      $metadata: { httpStatusCode: 409 },
    });
  }
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'two', PolicyDocument: createPolicy(ALLOW) }),
  );
  await iam.send(
    new CreatePolicyVersionCommand({ PolicyArn: Policy?.Arn, PolicyDocument: createPolicy(ALLOW) }),
  );
  await expect(iam.send(new DeletePolicyCommand({ PolicyArn: Policy?.Arn }))).rejects.toThrow(
    'more than one version',
  );
});

it('attaches ten policies to a group, puts a user into ten groups', async () => {
  const { iam } = await startSession();
  const attach = async (n: number) => {
    const creating = new CreatePolicyCommand({ PolicyName: `p${n}`, PolicyDocument: createPolicy(ALLOW) });
    const { Policy } = await iam.send(creating);
    await iam.send(new AttachGroupPolicyCommand({ GroupName: 'g0', PolicyArn: Policy?.Arn }));
  };
  await iam.send(new CreateUserCommand({ UserName: 'u' }));
  const join = async (n: number) => {
    await iam.send(new CreateGroupCommand({ GroupName: `g${n}` }));
    await iam.send(new AddUserToGroupCommand({ GroupName: `g${n}`, UserName: 'u' }));
  };
  for (let n = 0; n < 10; n++) await join(n);
  expect(await refusal(join(10))).toBe('LimitExceededException');
  for (let n = 0; n < 10; n++) await attach(n);
  await expect(attach(10)).rejects.toThrow('Cannot exceed quota for PoliciesPerGroup: 10');
});

it('pages every listing at the page size that was set', async () => {
  const session = await startSession({ pageSize: 2 });
  const { iam } = session;
  await iam.send(new CreateGroupCommand({ GroupName: 'g' }));
  const arns: (string | undefined)[] = [];
  for (const PolicyName of ['a', 'b', 'c', 'd', 'e']) {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName, PolicyDocument: createPolicy(ALLOW) }),
    );
    await iam.send(new AttachGroupPolicyCommand({ GroupName: 'g', PolicyArn: Policy?.Arn }));
    arns.push(Policy?.Arn);
  }
  const first = await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName: 'g' }));
  expect([first.AttachedPolicies?.length, first.IsTruncated]).toEqual([2, true]);
  // An entry that goes between two pages takes no other with it.
  await iam.send(new DetachGroupPolicyCommand({ GroupName: 'g', PolicyArn: arns[1] }));
  const rest: (string | undefined)[] = [];
  let { Marker } = first;
  while (Marker !== undefined) {
    const page = await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName: 'g', Marker }));
    rest.push(...(page.AttachedPolicies ?? []).map((policy) => policy.PolicyArn));
    Marker = page.Marker;
  }
  expect(rest).toEqual(arns.slice(2));
  const local = await iam.send(new ListPoliciesCommand({ Scope: 'Local', MaxItems: 100 }));
  expect([local.Policies?.length, local.IsTruncated]).toEqual([2, true]);
  const attached = await iam.send(new ListPoliciesCommand({ OnlyAttached: true, Scope: 'AWS' }));
  expect(attached.Policies).toEqual([]);
});

it('knows when a key was used, tags roles, and has the execution policy of AWS', async () => {
  const session = await startSession();
  const { iam } = session;
  const user = await newInvokeUser(
    session,
    createPolicy({ Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' }),
  );
  expect((await user.iam.send(new GetUserCommand({}))).User?.UserName).toBe('invoke');
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'invoke' }));
  const used = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: AccessKey?.AccessKeyId }));
  expect([used.UserName, used.AccessKeyLastUsed?.ServiceName]).toEqual(['invoke', 'N/A']);

  await newRole(session);
  await iam.send(new TagRoleCommand({ RoleName: 'execute', Tags: [{ Key: 'app', Value: 'a&b' }] }));
  const tags = await iam.send(new ListRoleTagsCommand({ RoleName: 'execute' }));
  expect(tags.Tags).toEqual([{ Key: 'app', Value: 'a&b' }]);
  const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'execute', PolicyArn }));
  expect(await refusal(iam.send(new DeletePolicyCommand({ PolicyArn })))).toBe('AccessDenied');
});

it('refuses a principal in an identity policy, another partition, and an operation that it does not know', async () => {
  const { iam } = await startSession();
  const documents = [
    createPolicy({ ...ALLOW, Principal: '*' }),
    createPolicy({ ...ALLOW, Resource: 'arn:aws-cn:s3:::bucket' }),
    createPolicy({ ...ALLOW, Sid: 'not-alphanumeric' }),
    createPolicy(),
  ];
  for (const PolicyDocument of documents) {
    expect(await refusal(iam.send(new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument })))).toBe(
      'MalformedPolicyDocumentException',
    );
  }
  await expect(
    iam.send(new CreateSAMLProviderCommand({ Name: 'x', SAMLMetadataDocument: 'x'.repeat(1000) })),
  ).rejects.toMatchObject({ name: 'NotImplemented', message: expect.stringContaining('CreateSAMLProvider') });
});

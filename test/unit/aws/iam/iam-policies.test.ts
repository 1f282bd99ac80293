import {
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { describe, expect, onTestFinished, test } from 'vitest';
import { IamAccessKeys } from '../../../../src/aws/iam/iam-access-keys.js';
import { IamPolicies } from '../../../../src/aws/iam/iam-policies.js';
import { IamRoles } from '../../../../src/aws/iam/iam-roles.js';
import { IamService } from '../../../../src/aws/iam/iam-service.js';
import { IamUsers } from '../../../../src/aws/iam/iam-users.js';
import { LAMBDA_TRUST_POLICY } from '../../../../src/core/policy/policy-templates.js';
import { type Fault, type LocalAwsOptions, startLocalAws } from '../../../stand-ins/aws/index.js';
import { connectionTo } from '../../../support/connection.js';

const ARN = 'arn:aws:iam::123456789012:policy/p';
const document = (resource: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${resource}/*` }],
});

async function setUp(options: LocalAwsOptions = {}) {
  let fault: ((operation: string) => Fault | undefined) | undefined;
  const aws = await startLocalAws({ intercept: ({ operation }) => fault?.(operation), ...options });
  const { connection, requests } = connectionTo(aws);
  const service = new IamService(connection);
  const iam = new IAMClient({ endpoint: aws.endpoint, region: aws.region, credentials: aws.admin });
  onTestFinished(async () => {
    iam.destroy();
    await aws.stop();
  });
  const policies = new IamPolicies(service);
  return {
    ...{ aws, iam, policies, requests, roles: new IamRoles(service) },
    users: new IamUsers(service, new IamAccessKeys(service)),
    failOn: (next: typeof fault) => {
      fault = next;
    },
  };
}

describe('a policy', () => {
  test('is found by its ARN, with its version, its document and the identities that it is attached to', async () => {
    const { iam, policies } = await setUp();
    expect(await policies.findPolicy(ARN)).toBeUndefined();
    await policies.createPolicy(ARN, document('a'));
    await iam.send(new CreateGroupCommand({ GroupName: 'g' }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName: 'g', PolicyArn: ARN }));
    expect(await policies.findPolicy(ARN)).toEqual({
      ...{ name: 'p', arn: ARN, version: 1, document: document('a') },
      attachedTo: [{ kind: 'group', name: 'g' }],
    });
  });

  test('is not attached to identities for which it is a permissions boundary', async () => {
    const { iam, policies } = await setUp();
    await policies.createPolicy(ARN, document('a'));
    await iam.send(new CreateUserCommand({ UserName: 'u', PermissionsBoundary: ARN }));
    expect(await policies.findPolicy(ARN)).toMatchObject({ attachedTo: [] });
  });

  test('that does not exist takes one request', async () => {
    const { policies, requests } = await setUp();
    await policies.findPolicy(ARN);
    expect(requests()).toHaveLength(1);
  });

  test('is read again when IAM returns two different states of its versions', async () => {
    const { policies, failOn } = await setUp();
    await policies.createPolicy(ARN, document('a'));
    const first = await policies.findPolicy(ARN, { forUpdate: true });
    if (first === undefined) throw new Error('the policy does not exist');
    await policies.addVersion(first, document('b'));
    let staleReads = 2;
    failOn((operation) =>
      operation === 'ListPolicyVersions' && staleReads-- > 0 ? { kind: 'old' } : undefined,
    );
    expect(await policies.findPolicy(ARN, { forUpdate: true })).toMatchObject({
      ...{ version: 2, document: document('b') },
      versions: { latest: 2 },
    });
  });

  test('with five versions loses the oldest one that is not the default version', async () => {
    const { iam, policies } = await setUp();
    await policies.createPolicy(ARN, document('1'));
    for (let version = 2; version <= 5; version++) {
      const PolicyDocument = JSON.stringify(document(`${version}`));
      await iam.send(new CreatePolicyVersionCommand({ PolicyArn: ARN, PolicyDocument }));
    }
    const found = await policies.findPolicy(ARN, { forUpdate: true });
    expect(found).toMatchObject({ version: 1, versions: { latest: 5, deleteFirst: 2 } });
    expect(found && (await policies.addVersion(found, document('6')))).toBe(6);
  });
});

describe('a quota', () => {
  test('that is exceeded fails the request without retries', async () => {
    const { iam, policies, requests } = await setUp();
    await iam.send(new CreateGroupCommand({ GroupName: 'g' }));
    for (let number = 0; number < 10; number++) {
      const PolicyDocument = JSON.stringify(document(`${number}`));
      const { Policy } = await iam.send(
        new CreatePolicyCommand({ PolicyName: `other-${number}`, PolicyDocument }),
      );
      await iam.send(new AttachGroupPolicyCommand({ GroupName: 'g', PolicyArn: Policy?.Arn }));
    }
    await policies.createPolicy(ARN, document('a'));
    const start = requests().length;
    await expect(policies.attachPolicy(ARN, { kind: 'group', name: 'g' })).rejects.toMatchObject({
      code: 'LIMIT',
    });
    expect(requests().slice(start)).toEqual([`AttachGroupPolicy ${ARN}: 409 LimitExceededException`]);
  });

  test('is known before it is exceeded', async () => {
    const { iam, policies } = await setUp({ iam: { policiesQuota: 3 } });
    await iam.send(new CreateGroupCommand({ GroupName: 'g' }));
    await policies.createPolicy(ARN, document('a'));
    expect(await policies.policyQuotas({ kind: 'group', name: 'g' })).toEqual({
      policies: 2,
      attachments: 10,
    });
  });
});

test('quotas that the key is not allowed to read are unknown', async () => {
  const { iam, policies, failOn } = await setUp();
  await iam.send(new CreateGroupCommand({ GroupName: 'g' }));
  failOn((operation) =>
    operation === 'GetAccountSummary'
      ? { kind: 'error', status: 403, code: 'AccessDenied', message: 'not allowed' }
      : undefined,
  );
  expect(await policies.policyQuotas({ kind: 'group', name: 'g' })).toBeUndefined();
});

test('a document that is too long is an error, not a changed policy', async () => {
  const { policies } = await setUp();
  await policies.createPolicy(ARN, document('a'));
  const found = await policies.findPolicy(ARN, { forUpdate: true });
  if (found === undefined) throw new Error('the policy does not exist');
  await expect(policies.addVersion(found, document('x'.repeat(7000)))).rejects.toMatchObject({
    code: 'LIMIT',
  });
});

test('users and roles are created despite concurrent modifications', async () => {
  const { users, roles, failOn } = await setUp();
  let refusals = 6;
  failOn((operation) =>
    operation.startsWith('Create') && refusals-- > 0
      ? { kind: 'error', status: 409, code: 'ConcurrentModification', message: 'being modified' }
      : undefined,
  );
  expect(await users.createUser('user')).toMatchObject({ arn: expect.stringContaining('user/user') });
  expect(await roles.createRole('role', LAMBDA_TRUST_POLICY)).toMatchObject({
    arn: expect.stringContaining('role/role'),
  });
});

test('creating a policy again is detected although IAM does not return the first one yet', async () => {
  const { policies } = await setUp({ iam: { staleReads: 3 } });
  const created = await policies.createPolicy(ARN, document('a'));
  expect(created).toMatchObject({ version: 1 });
  expect(await policies.createPolicy(ARN, document('b'))).toBeUndefined();
});

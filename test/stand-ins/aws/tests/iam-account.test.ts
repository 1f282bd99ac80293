import { CreatePolicyCommand, CreateUserCommand, GetAccountSummaryCommand } from '@aws-sdk/client-iam';
import { expect, it } from 'vitest';
import { createPolicy } from './helpers.js';
import { newInvokeUser, newKey, newRole, startSession } from './session.js';

const ALLOW = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };

it('summarizes the account, and creates no more policies than the quota', async () => {
  const session = await startSession({ iam: { policiesQuota: 2 } });
  const { iam } = session;
  await newInvokeUser(session, createPolicy(ALLOW));
  await newRole(session);
  await iam.send(new CreatePolicyCommand({ PolicyName: 'two', PolicyDocument: createPolicy(ALLOW) }));
  const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}));
  expect(SummaryMap).toMatchObject({
    Users: 1,
    Groups: 1,
    Roles: 1,
    Policies: 2,
    PoliciesQuota: 2,
    PolicyVersionsInUse: 2,
    PolicySizeQuota: 6144,
    VersionsPerPolicyQuota: 5,
    AttachedPoliciesPerGroupQuota: 10,
    AccessKeysPerUserQuota: 2,
  });
  const third = new CreatePolicyCommand({ PolicyName: 'three', PolicyDocument: createPolicy(ALLOW) });
  await expect(iam.send(third)).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for PoliciesPerAccount: 2',
  });
});

it('encodes the account in access key ids, as AWS does', async () => {
  const session = await startSession({ accountId: '012345678901' });
  await session.iam.send(new CreateUserCommand({ UserName: 'u' }));
  const { accessKeyId } = await newKey(session.iam, 'u');
  for (const id of [accessKeyId, session.aws.admin.accessKeyId]) {
    expect(id).toMatch(/^AKIA[Q-Z2-7][A-Z2-7]{15}$/);
    expect(accountIn(id)).toBe('012345678901');
  }
});

/** Decodes the account id of an access key, as public tools have done since 2019. */
function accountIn(accessKeyId: string): string {
  const letters = [...accessKeyId.slice('AKIA'.length)];
  const bits = letters.map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter));
  const key = bits.reduce((number, five) => number * 32n + BigInt(five), 0n);
  const sixBytes = key >> BigInt(bits.length * 5 - 48);
  return String((sixBytes & 0x7fffffffff80n) >> 7n).padStart(12, '0');
}

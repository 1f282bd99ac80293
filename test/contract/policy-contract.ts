import {
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DetachGroupPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  SetDefaultPolicyVersionCommand,
} from '@aws-sdk/client-iam';
import { expect, it } from 'vitest';
import { createPolicy, refusal } from '../stand-ins/aws/tests/helpers.js';
import type { Clients } from '../support/aws-clients.js';
import { allPages, freshName } from './target.js';

function invokePolicy(functionName: string): string {
  return createPolicy({
    Sid: 'AllowLambda',
    Effect: 'Allow',
    Action: ['lambda:InvokeFunction'],
    Resource: [`arn:aws:lambda:us-east-1:123456789012:function:${functionName}`],
  });
}

export function policyContract(clients: () => Clients): void {
  async function newPolicy(document = invokePolicy('first')): Promise<string> {
    const PolicyName = freshName('policy');
    const { Policy } = await clients().iam.send(
      new CreatePolicyCommand({ PolicyName, PolicyDocument: document }),
    );
    return Policy?.Arn ?? '';
  }

  it('returns a document as it was written', async () => {
    const { iam } = clients();
    const document = JSON.stringify(JSON.parse(invokePolicy('a-b_c')), undefined, '\t');
    const PolicyArn = await newPolicy(document);
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
    expect(decodeURIComponent(PolicyVersion?.Document ?? '')).toBe(document);
    expect(PolicyVersion?.IsDefaultVersion).toBe(true);
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.DefaultVersionId).toBe('v1');
  });

  it('has one policy of a name', async () => {
    const { iam } = clients();
    const arn = await newPolicy();
    const PolicyName = arn.slice(arn.lastIndexOf('/') + 1);
    const creating = new CreatePolicyCommand({ PolicyName, PolicyDocument: invokePolicy('f') });
    expect(await refusal(iam.send(creating))).toBe('EntityAlreadyExistsException');
    expect(await refusal(iam.send(new GetPolicyCommand({ PolicyArn: `${arn}-not` })))).toBe(
      'NoSuchEntityException',
    );
  });

  it.each([
    ['no JSON', '{'],
    ['no statement', '{"Version":"2012-10-17"}'],
    ['an unknown effect', createPolicy({ Effect: 'Perhaps', Action: 's3:GetObject', Resource: '*' })],
    ['no action', createPolicy({ Effect: 'Allow', Resource: '*' })],
    ['an action without a service', createPolicy({ Effect: 'Allow', Action: 'GetObject', Resource: '*' })],
    ['no resource', createPolicy({ Effect: 'Allow', Action: 's3:GetObject' })],
    [
      'a resource that is not an ARN',
      createPolicy({ Effect: 'Allow', Action: 's3:GetObject', Resource: 'bucket' }),
    ],
    ['an unknown field', createPolicy({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*', Extra: 1 })],
    [
      'one Sid twice',
      createPolicy(
        { Sid: 'A', Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
        { Sid: 'A', Effect: 'Deny', Action: 's3:PutObject', Resource: '*' },
      ),
    ],
  ])('refuses a document with %s', async (_, PolicyDocument) => {
    const creating = new CreatePolicyCommand({ PolicyName: freshName('policy'), PolicyDocument });
    expect(await refusal(clients().iam.send(creating))).toBe('MalformedPolicyDocumentException');
  });

  it('takes a single statement, a single action, conditions and NotAction', async () => {
    const document = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Deny',
        NotAction: 's3:GetObject',
        Resource: '*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    });
    expect(await newPolicy(document)).not.toBe('');
  });

  it('stores five versions, never reuses their numbers, and does not delete the default one', async () => {
    const { iam } = clients();
    const PolicyArn = await newPolicy();
    for (let n = 2; n <= 5; n++) {
      const creating = new CreatePolicyVersionCommand({
        PolicyArn,
        PolicyDocument: invokePolicy(`f${n}`),
        SetAsDefault: n === 3,
      });
      expect((await iam.send(creating)).PolicyVersion?.VersionId).toBe(`v${n}`);
    }
    const sixth = new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: invokePolicy('f6') });
    expect(await refusal(iam.send(sixth))).toBe('LimitExceededException');
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.DefaultVersionId).toBe('v3');
    expect(await refusal(iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v3' })))).toBe(
      'DeleteConflictException',
    );

    await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
    expect((await iam.send(sixth)).PolicyVersion?.VersionId).toBe('v6');
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v6' }));
    const listed = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    expect(listed.Versions?.filter((version) => version.IsDefaultVersion).map((v) => v.VersionId)).toEqual([
      'v6',
    ]);
    for (const version of listed.Versions ?? []) {
      if (version.IsDefaultVersion) continue;
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: version.VersionId }));
    }
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
    expect(await refusal(iam.send(new GetPolicyCommand({ PolicyArn })))).toBe('NoSuchEntityException');
  });

  it('names the groups that a policy is attached to', async () => {
    const { iam } = clients();
    const PolicyArn = await newPolicy();
    const GroupName = freshName('group');
    await iam.send(new CreateGroupCommand({ GroupName }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    const entities = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }));
    expect(entities.PolicyGroups?.map((group) => group.GroupName)).toEqual([GroupName]);
    expect([entities.PolicyUsers, entities.PolicyRoles]).toEqual([[], []]);
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount).toBe(1);
    await iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn }));
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
  });

  it('pages the policies of the account', async () => {
    const { iam } = clients();
    const arns = [await newPolicy(), await newPolicy(), await newPolicy()];
    const { items, pages } = await allPages(async (Marker) => {
      const page = await iam.send(new ListPoliciesCommand({ Scope: 'Local', Marker, MaxItems: 2 }));
      expect(page.Policies?.length).toBeLessThanOrEqual(2);
      return { items: page.Policies, next: page.Marker };
    });
    expect(items.map((policy) => policy.Arn)).toEqual(expect.arrayContaining(arns));
    expect(new Set(items.map((policy) => policy.Arn)).size).toBe(items.length);
    expect(pages).toBe(Math.ceil(items.length / 2));
  });
}

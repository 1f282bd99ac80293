import { describe, expect, test } from 'vitest';
import { DEFAULT_NAMES } from '../../../../src/core/defaults.js';
import { deployPolicy, type IamPolicyDocument } from '../../../../src/core/policy/deploy-policy.js';
import {
  bundleRolePolicy,
  deployerPolicy,
  uploadPolicy,
} from '../../../../src/core/policy/deployer-policy.js';
import { deployerTrustPolicy } from '../../../../src/core/policy/deployer-trust.js';
import { documentedPolicies } from '../../../support/documented-policies.js';

const account = { partition: 'aws', accountId: '111122223333' };
const { group: groupName, policy: policyName, executionRole: executionRoleName } = DEFAULT_NAMES;
const scope = {
  ...{ account, region: 'REGION', bucket: 'BUCKET', groupName, policyName, executionRoleName, path: '/' },
  apps: undefined,
};
const bundles = { account, bucket: 'BUNDLES', prefix: 'PREFIX' };
const CLUSTER = 'arn:aws:eks:us-east-1:111122223333:cluster/main';
const ROLE = 'arn:aws:iam::444455556666:role/bundles';

const sids = ({ Statement }: IamPolicyDocument) => Statement.map(({ Sid }) => Sid);
const actions = ({ Statement }: IamPolicyDocument) => Statement.flatMap(({ Action }) => Action);

describe('the policy of a deployer', () => {
  const policy = deployerPolicy(scope, bundles, undefined);
  const deploy = deployPolicy(scope);

  test('is that of a deployment, and what the documentation has for bundles', () => {
    const [documented, upload] = documentedPolicies('Deploy from a bucket:');
    expect(documented).toEqual(bundleRolePolicy(bundles));
    expect(upload).toEqual(uploadPolicy(bundles));
    expect(policy.Statement).toEqual([...(documented?.Statement ?? []), ...deploy.Statement]);
  });

  test('is short enough for a managed policy, with several apps too', () => {
    const apps = ['com.mattermost.*', 'com.example.first', 'com.example.second'];
    for (const document of [policy, deployerPolicy({ ...scope, apps }, bundles, undefined)])
      expect(JSON.stringify(document).length).toBeLessThan(6144 - 500);
  });

  test('with a role for the bundles allows nothing but to assume that role', () => {
    const { Statement } = deployerPolicy(scope, bundles, ROLE);
    expect(Statement.slice(0, -deploy.Statement.length)).toEqual([
      {
        ...{ Sid: 'AssumeBundleRole', Effect: 'Allow', Resource: ROLE },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
      },
    ]);
  });

  test('for some apps names them, and allows no new invoke policies', () => {
    const some = deployerPolicy({ ...scope, apps: ['com.example.*', 'a.b'] }, bundles, undefined);
    const text = JSON.stringify(some);
    for (const name of [
      'static/com.example.*_*',
      'manifests/a.b_*',
      ':function:com-example-*_*',
      ':function:a-b_*',
    ])
      expect(text).toContain(name);
    expect(text).not.toContain('*_*_*');
    expect(actions(policy)).toContain('iam:CreatePolicy');
    expect(actions(some)).not.toContain('iam:CreatePolicy');
    expect(actions(some)).not.toContain('iam:AttachGroupPolicy');
  });

  test('takes the characters of a prefix as they are, and has no condition without one', () => {
    const [list, read] = bundleRolePolicy({ ...bundles, prefix: 'a*/$b?' }).Statement;
    expect(list?.Condition?.['StringLike']).toEqual({ 's3:prefix': 'a${*}/${$}b${?}*' });
    expect(read?.Resource).toBe('arn:aws:s3:::BUNDLES/a${*}/${$}b${?}*.zip');
    const [all] = bundleRolePolicy({ ...bundles, prefix: '' }).Statement;
    expect(Object.keys(all?.Condition ?? {})).toEqual(['StringEquals']);
  });
});

test('those who upload bundles can neither read nor tag nor remove them', () => {
  expect(actions(uploadPolicy(bundles))).toEqual(['s3:PutObject']);
  expect(sids(uploadPolicy(bundles))).toEqual(['UploadBundles']);
});

describe('the trust policy of a deployer', () => {
  const trust = (source: object) =>
    deployerTrustPolicy(account, {
      ...{
        credentials: 'pod-identity',
        serviceAccount: 'apps/deployer',
        cluster: undefined,
        issuer: undefined,
      },
      ...source,
    }).Statement[0];
  const pod = {
    'aws:RequestTag/kubernetes-namespace': 'apps',
    'aws:RequestTag/kubernetes-service-account': 'deployer',
  };

  test.each([
    [{}, pod],
    [{ cluster: CLUSTER }, { 'aws:RequestTag/eks-cluster-arn': CLUSTER, ...pod }],
  ])('with Pod Identity is for one service account, %j', (source, tags) => {
    expect(trust(source)).toEqual({
      Effect: 'Allow',
      Principal: { Service: 'pods.eks.amazonaws.com' },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
      Condition: { StringEquals: tags },
    });
  });

  test.each(['oidc.eks.us-east-1.amazonaws.com/id/ABC', 'https://oidc.eks.us-east-1.amazonaws.com/id/ABC/'])(
    'with IRSA checks subject and audience: %s',
    (issuer) => {
      const host = 'oidc.eks.us-east-1.amazonaws.com/id/ABC';
      expect(trust({ credentials: 'irsa', issuer })).toEqual({
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${host}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            [`${host}:aud`]: 'sts.amazonaws.com',
            [`${host}:sub`]: 'system:serviceaccount:apps:deployer',
          },
        },
      });
    },
  );

  test.each([
    { credentials: 'irsa' },
    { credentials: 'irsa', issuer: 'a', cluster: CLUSTER },
    { issuer: 'a' },
    { cluster: 'main' },
    { serviceAccount: 'deployer' },
    { serviceAccount: 'apps/*' },
  ])('is refused for %j', (source) => {
    expect(() => trust(source)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

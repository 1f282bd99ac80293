import { CreatePolicyVersionCommand } from '@aws-sdk/client-iam';
import { DEFAULT_NAMES } from '../../src/core/defaults.js';
import {
  MAX_POLICY_CHARACTERS,
  type PolicyDocument,
  parsePolicyDocument,
  policySize,
  toStatements,
} from '../../src/core/policy/policy-document.js';
import { INVOKE_GRANT, withGrantedResources } from '../../src/core/policy/policy-grants.js';
import type { TestEnvironment } from './environment.js';

/** The most versions of a policy that IAM stores. */
const MAX_VERSIONS = 5;

/** Fills the invoke policy: with a statement for another purpose, and with three functions that do not exist in a region. */
export async function fillPolicy(environment: TestEnvironment, region: string): Promise<void> {
  const { arn, versions, defaultVersion } = findInvokePolicy(environment);
  const before = parsePolicyDocument(arn, versions.find(({ id }) => id === defaultVersion)?.document ?? '');
  const scope = `arn:aws:lambda:${region}:${environment.aws.accountId}:function:gone-`;
  const withOthers = (length: number): PolicyDocument => {
    const others = {
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${'x'.repeat(length)}`,
    };
    const document = { ...before, Statement: [...toStatements(before), others] };
    return withGrantedResources(document, INVOKE_GRANT, [`${scope}1`, `${scope}2`, `${scope}3`]);
  };
  const document = withOthers(MAX_POLICY_CHARACTERS - policySize(withOthers(0)));
  // At the limit of versions, one must be removed first.
  if (versions.length === MAX_VERSIONS)
    versions.splice(
      versions.findIndex(({ id }) => id !== defaultVersion),
      1,
    );
  await addVersion(environment, arn, JSON.stringify(document), true);
}

/** Gives the invoke policy as many versions as IAM allows. */
export async function fillPolicyVersions(environment: TestEnvironment): Promise<void> {
  const { arn, versions } = findInvokePolicy(environment);
  const nothing = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: 's3:*', Resource: '*' }] };
  for (let count = versions.length; count < MAX_VERSIONS; count++)
    await addVersion(environment, arn, JSON.stringify(nothing), false);
}

/** The default version of a stored policy. */
export function currentVersion({ versions, defaultVersion }: ReturnType<typeof findInvokePolicy>) {
  const version = versions.find(({ id }) => id === defaultVersion);
  if (version === undefined) throw new Error('the policy has no default version');
  return version;
}

/** The invoke policy: the first one, not an additional one. */
export function findInvokePolicy({ aws }: TestEnvironment) {
  const policy = [...aws.stored.policies.values()].find(({ name }) => name === DEFAULT_NAMES.policy);
  if (policy === undefined) throw new Error('there is no invoke policy');
  return policy;
}

async function addVersion(
  { clients }: TestEnvironment,
  PolicyArn: string,
  PolicyDocument: string,
  SetAsDefault: boolean,
): Promise<void> {
  await clients.iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault }));
}

import { CreatePolicyVersionCommand, IAMClient } from '@aws-sdk/client-iam';
import { DEFAULT_NAMES } from '../../src/core/defaults.js';
import {
  MAX_POLICY_CHARACTERS,
  type PolicyDocument,
  parsePolicyDocument,
  policySize,
  toStatements,
} from '../../src/core/policy/policy-document.js';
import { INVOKE_GRANT, withGrantedResources } from '../../src/core/policy/policy-grants.js';
import type { Lab } from './lab.js';

/** IAM keeps this many versions of a policy. */
const MAX_VERSIONS = 5;

/** Fills the policy: with a statement of somebody else, and with three functions of a region that do not exist. */
export async function fillPolicy(lab: Lab, region: string): Promise<void> {
  const { arn, versions, defaultVersion } = invokePolicy(lab);
  const before = parsePolicyDocument(arn, versions.find(({ id }) => id === defaultVersion)?.document ?? '');
  const scope = `arn:aws:lambda:${region}:${lab.aws.accountId}:function:gone-`;
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
  // Where there are as many versions as IAM keeps, one has to go.
  if (versions.length === MAX_VERSIONS)
    versions.splice(
      versions.findIndex(({ id }) => id !== defaultVersion),
      1,
    );
  await addVersion(lab, arn, JSON.stringify(document), true);
}

/** Gives the invoke policy as many versions as IAM keeps. */
export async function fillPolicyVersions(lab: Lab): Promise<void> {
  const { arn, versions } = invokePolicy(lab);
  const nothing = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: 's3:*', Resource: '*' }] };
  for (let count = versions.length; count < MAX_VERSIONS; count++)
    await addVersion(lab, arn, JSON.stringify(nothing), false);
}

/** The first policy that lets the server invoke functions. */
export function invokePolicy({ aws }: Lab) {
  const policy = [...aws.kept.policies.values()].find(({ name }) => name === DEFAULT_NAMES.policy);
  if (policy === undefined) throw new Error('there is no invoke policy');
  return policy;
}

async function addVersion(
  { aws }: Lab,
  PolicyArn: string,
  PolicyDocument: string,
  SetAsDefault: boolean,
): Promise<void> {
  const iam = new IAMClient({ endpoint: aws.endpoint, region: aws.region, credentials: aws.admin });
  await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault }));
  iam.destroy();
}

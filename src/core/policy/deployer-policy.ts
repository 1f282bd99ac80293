import { type Account, s3Arn } from '../aws/arn.js';
import {
  allow,
  type DeployScope,
  deployPolicy,
  type IamPolicyDocument,
  type IamStatement,
  ownedBy,
} from './deploy-policy.js';

/** The bundles that a deployer deploys. */
export interface BundleScope {
  /** The account that the bucket belongs to. */
  readonly account: Account;
  readonly bucket: string;
  /** Of their keys; empty for all. */
  readonly prefix: string;
}

/**
 * Returns the policy for the AWS user or role of a deployer: what a deployment needs, and the bundles.
 *
 * @param bundleRole the ARN of the role that reads and tags the bundles; undefined if the deployer does so itself
 */
export function deployerPolicy(
  scope: DeployScope,
  bundles: BundleScope,
  bundleRole: string | undefined,
): IamPolicyDocument {
  const { Version, Statement } = deployPolicy(scope);
  const access =
    bundleRole === undefined
      ? bundleStatements(bundles)
      : // sts:TagSession for the tags of sessions of EKS Pod Identity, which are passed on.
        [allow('AssumeBundleRole', ['sts:AssumeRole', 'sts:TagSession'], bundleRole)];
  return { Version, Statement: [...access, ...Statement] };
}

/** Returns the policy for a role of its own that reads and tags the bundles. */
export function bundleRolePolicy(bundles: BundleScope): IamPolicyDocument {
  return { Version: '2012-10-17', Statement: bundleStatements(bundles) };
}

/** Returns the policy for those who upload bundles: not to tag them, which would make a bundle count as deployed. */
export function uploadPolicy({ account, bucket, prefix }: BundleScope): IamPolicyDocument {
  const upload = allow('UploadBundles', 's3:PutObject', bundleArn(account, bucket, prefix));
  return { Version: '2012-10-17', Statement: [{ ...upload, Condition: ownedBy(account) }] };
}

function bundleStatements({ account, bucket, prefix }: BundleScope): IamStatement[] {
  const Condition = ownedBy(account);
  const bundles = bundleArn(account, bucket, prefix);
  const read = ['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectTagging', 's3:GetObjectVersionTagging'];
  return [
    {
      ...allow('ListBundles', 's3:ListBucket', s3Arn(account, bucket)),
      Condition: {
        ...Condition,
        ...(prefix !== '' && { StringLike: { 's3:prefix': `${literal(prefix)}*` } }),
      },
    },
    { ...allow('ReadBundles', read, bundles), Condition },
    { ...allow('TagBundles', ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'], bundles), Condition },
  ];
}

function bundleArn(account: Account, bucket: string, prefix: string): string {
  return s3Arn(account, bucket, `${literal(prefix)}*.zip`);
}

/** Rule: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html */
function literal(text: string): string {
  return text.replace(/[*?$]/g, (character) => `\${${character}}`);
}

import { parseAccount } from '../core/aws/arn.js';
import { isIamPath } from '../core/aws/valid-names.js';
import type { IamPolicyDocument } from '../core/policy/deploy-policy.js';
import type { BundleScope } from '../core/policy/deployer-policy.js';
import type { PodCredentials } from '../core/policy/deployer-trust.js';
import { findAccount } from './adapters.js';
import { invalidOption, resolveConnection } from './connection.js';
import { type BundleBucketOptions, checkAllowedApps, checkBundleBucket } from './deployer-options.js';
import { resolveNames } from './name-options.js';
import { type ConnectionOptions, resolveNetwork } from './network-options.js';
import type { DeployPolicyOptions } from './policies.js';

/** Options of {@link bundleRolePolicy} and {@link uploadPolicy}. */
export interface BundlePolicyOptions extends ConnectionOptions {
  readonly bundles: Omit<BundleBucketOptions, 'externalId'>;
}

/** Options of {@link deployerPolicy}. */
export interface DeployerPolicyOptions extends Omit<DeployPolicyOptions, 'appId'> {
  readonly bundles: BundlePolicyOptions['bundles'];
  /**
   * The IDs of the only apps that may be deployed, in which `*` is any text.
   *
   * @default all
   */
  readonly allowedApps?: readonly string[] | undefined;
}

/** Options of {@link deployerTrustPolicy}. */
export interface DeployerTrustOptions extends ConnectionOptions {
  /** How the pods get the credentials of the role: EKS Pod Identity, or IAM roles for service accounts. */
  readonly podCredentials: PodCredentials;
  /** The service account of the pods: `NAMESPACE/NAME`. */
  readonly serviceAccount: string;
  /**
   * For `pod-identity`: the ARN of the cluster.
   *
   * @default all clusters of the account
   */
  readonly cluster?: string | undefined;
  /** For `irsa`: the OpenID Connect issuer of the cluster. */
  readonly issuer?: string | undefined;
}

/**
 * Returns the policy for the AWS user or role of a deployer. With a role for the bundles, it allows to assume that role,
 * which needs the policy of {@link bundleRolePolicy}. Nothing of it has to exist: only the account is looked up.
 *
 * @throws AppsctlError USAGE for an invalid option; CREDENTIALS, NETWORK and SERVICE
 */
export async function deployerPolicy(options: DeployerPolicyOptions): Promise<IamPolicyDocument> {
  const { connection, bucket, vocabulary } = await resolveNetwork(options);
  const { path = '/', allowedApps, bundles } = options;
  const names = resolveNames(options, vocabulary);
  if (!isIamPath(path)) throw invalidOption('path', path, 'a path such as /mattermost/');
  checkAllowedApps(allowedApps);
  checkBundleBucket(bundles);
  const policy = await import('../core/policy/deployer-policy.js');
  const account = await findAccount({ connection });
  const scope = { account, region: connection.region, bucket, ...names, path, apps: allowedApps };
  return policy.deployerPolicy(scope, toScope(bundles, account), bundles.roleArn);
}

/**
 * Returns the policy for a role of its own that reads and tags the bundles, for example in the account of their bucket.
 *
 * @throws AppsctlError USAGE for an invalid option; CREDENTIALS, NETWORK and SERVICE
 */
export async function bundleRolePolicy(options: BundlePolicyOptions): Promise<IamPolicyDocument> {
  const scope = await findBundles(options);
  const policy = await import('../core/policy/deployer-policy.js');
  return policy.bundleRolePolicy(scope);
}

/**
 * Returns the policy for pipelines that upload bundles, and do nothing else.
 *
 * @throws AppsctlError USAGE for an invalid option; CREDENTIALS, NETWORK and SERVICE
 */
export async function uploadPolicy(options: BundlePolicyOptions): Promise<IamPolicyDocument> {
  const scope = await findBundles(options);
  const policy = await import('../core/policy/deployer-policy.js');
  return policy.uploadPolicy(scope);
}

/**
 * Returns the trust policy of the role of a deployer that runs in a cluster of Amazon EKS.
 *
 * @throws AppsctlError USAGE for an invalid option; CREDENTIALS, NETWORK and SERVICE
 */
export async function deployerTrustPolicy(options: DeployerTrustOptions): Promise<IamPolicyDocument> {
  const { connection } = await resolveConnection(options);
  const { podCredentials: credentials, serviceAccount, cluster, issuer } = options;
  const trust = await import('../core/policy/deployer-trust.js');
  const account = await findAccount({ connection });
  return trust.deployerTrustPolicy(account, { credentials, serviceAccount, cluster, issuer });
}

async function findBundles({ bundles, ...options }: BundlePolicyOptions): Promise<BundleScope> {
  checkBundleBucket(bundles);
  const { connection } = await resolveConnection(options);
  return toScope(bundles, await findAccount({ connection }));
}

/** @param account that of the credentials */
function toScope(
  { name, prefix = '', roleArn, owner }: BundlePolicyOptions['bundles'],
  account: BundleScope['account'],
): BundleScope {
  const ofRole = roleArn === undefined ? account : parseAccount(roleArn);
  return { account: { ...ofRole, ...(owner !== undefined && { accountId: owner }) }, bucket: name, prefix };
}

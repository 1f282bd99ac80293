import { proposedBucket } from '../core/aws/account-bucket.js';
import { isIamPath } from '../core/aws/valid-names.js';
import { isAppId } from '../core/manifest/app-reference.js';
import type { CiProvider } from '../core/policy/ci-trust.js';
import type { IamPolicyDocument } from '../core/policy/deploy-policy.js';
import { findAccount } from './adapters.js';
import { invalidOption, resolveConnection } from './connection.js';
import { type NameOptions, resolveNames } from './name-options.js';
import { type ConnectionOptions, type NetworkOptions, resolveNetwork } from './network-options.js';

/** Options of {@link deployPolicy}. */
export interface DeployPolicyOptions extends NetworkOptions, Omit<NameOptions, 'userName'> {
  /**
   * The ID of the only app that may be deployed.
   *
   * @default all apps
   */
  readonly appId?: string | undefined;
  /**
   * The path of group, policy and role.
   *
   * @default /
   */
  readonly path?: string | undefined;
}

/** Options of {@link ciTrustPolicy}. */
export interface CiTrustOptions extends ConnectionOptions {
  readonly provider: CiProvider;
  /** GitHub: `OWNER/REPO`, or `OWNER@ID/REPO@ID` with the IDs of both; GitLab: the path of the project. */
  readonly repository: string;
  /**
   * GitHub: the environment of the jobs.
   *
   * @default none
   */
  readonly environment?: string | undefined;
  /**
   * The branch of the pipelines, or their ref `refs/heads/…` or `refs/tags/…`; `*` is any text.
   *
   * @default none
   */
  readonly ref?: string | undefined;
  /**
   * The issuer of a server of your own, such as gitlab.example.com.
   *
   * @default token.actions.githubusercontent.com or gitlab.com
   */
  readonly issuer?: string | undefined;
}

/**
 * Returns the policy for an AWS user or role that deploys. Nothing of it has to exist: only the account is looked up.
 *
 * @throws AppsctlError USAGE for an invalid option; CREDENTIALS, NETWORK and SERVICE
 */
export async function deployPolicy(options: DeployPolicyOptions): Promise<IamPolicyDocument> {
  const { connection, bucket, vocabulary } = await resolveNetwork(options);
  const { path = '/', appId } = options;
  const names = resolveNames(options, vocabulary);
  if (appId !== undefined && !isAppId(appId)) throw invalidOption('appId', appId, 'the ID of an app');
  if (!isIamPath(path)) throw invalidOption('path', path, 'a path such as /mattermost/');
  const policy = await import('../core/policy/deploy-policy.js');
  const account = await findAccount({ connection });
  const apps = appId === undefined ? undefined : [appId];
  return policy.deployPolicy({ account, region: connection.region, bucket, ...names, path, apps });
}

/**
 * Returns the trust policy of a role that pipelines of GitHub or GitLab assume with OpenID Connect.
 *
 * @throws AppsctlError USAGE for an invalid option; CREDENTIALS, NETWORK and SERVICE
 */
export async function ciTrustPolicy(options: CiTrustOptions): Promise<IamPolicyDocument> {
  const { connection } = await resolveConnection(options);
  const { provider, repository, environment, ref, issuer } = options;
  const trust = await import('../core/policy/ci-trust.js');
  const source = { provider, repository, environment, ref, issuer };
  const document = trust.ciTrustPolicy(await findAccount({ connection }), source);
  if (provider === 'github' && !trust.hasImmutableIds(repository)) {
    const message = `repositories that were created, renamed or transferred since July 15, 2026 have IDs in their subject: if ${repository} is one, name it OWNER@ID/REPO@ID`;
    options.onEvent?.({ type: 'warning', message });
  }
  return document;
}

/**
 * Proposes a name for the bucket, in the namespace of the account and region: no other account can take it.
 *
 * @throws AppsctlError CREDENTIALS, NETWORK and SERVICE
 */
export async function proposeBucket(options: ConnectionOptions): Promise<string> {
  const { connection } = await resolveConnection(options);
  return proposedBucket(await findAccount({ connection }), connection.region);
}

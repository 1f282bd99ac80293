import { basicExecutionPolicyArn } from '../aws/arn.js';
import type { Action } from '../deploy/action.js';
import type { PolicyDocument } from '../policy/policy-document.js';
import { initialInvokePolicy, withBucket } from '../policy/policy-templates.js';
import { type AccessKeyPlan, planAccessKeys } from './access-keys.js';
import type { InitSettings } from './settings.js';
import type { InitState } from './state.js';

/** What `init` does to each resource: pure data, to be checked, shown or applied. */
export interface InitPlan {
  readonly user: Action;
  /** An update makes a bucket private whose creation was interrupted. */
  readonly bucket: Action;
  /** The lifecycle rules that remove abandoned uploads. */
  readonly cleanupRules: Action;
  readonly group: Action;
  /** An update allows the server to read the bucket. */
  readonly policy: Action;
  /** What the policy will be. */
  readonly policyDocument: PolicyDocument;
  /** The policy on the group. */
  readonly attachment: Action;
  /** The user in the group. */
  readonly membership: Action;
  readonly role: Action;
  /** The permission of the role to write logs. */
  readonly logging: Action;
  readonly accessKeys: AccessKeyPlan;
}

/**
 * Plans what is needed to prepare an account, whether or not it may be created.
 *
 * @throws AppsctlError as {@link planAccessKeys} does
 */
export function planInit(settings: InitSettings, state: InitState): InitPlan {
  const { account, bucket, user, group, groupPolicies, policy, role, rolePolicies } = state;
  const createUnless = (isThere: boolean): Action => (isThere ? 'unchanged' : 'create');
  const policyDocument =
    policy === undefined
      ? initialInvokePolicy(bucket.name, account.partition, settings.kmsKey)
      : withBucket(policy.document, bucket.name, account.partition, settings.kmsKey);
  return {
    user: createUnless(user !== undefined),
    bucket: bucket.isPartiallyCreated ? 'update' : createUnless(bucket.exists),
    cleanupRules: createUnless(bucket.hasCleanupRules),
    group: createUnless(group !== undefined),
    policy: policy !== undefined && policyDocument !== policy.document ? 'update' : createUnless(!!policy),
    policyDocument,
    attachment: createUnless(policy !== undefined && groupPolicies.includes(policy.arn)),
    membership: createUnless(group?.userNames.includes(settings.userName) === true),
    role: createUnless(role !== undefined),
    logging: createUnless(rolePolicies.includes(basicExecutionPolicyArn(account))),
    accessKeys: planAccessKeys(settings, user),
  };
}

import { settleAll } from '../../core/async/concurrency.js';
import { type Account, policyArn } from '../../core/aws/arn.js';
import type { InitSettings } from '../../core/init/settings.js';
import type { BucketState, InitState } from '../../core/init/state.js';
import type { IamIdentity, Policy } from '../../core/policy/policy.js';
import type { BucketSetup } from '../../core/ports/s3.js';
import { findPolicyByName } from '../find-policy.js';
import type { InitPorts } from './ports.js';

/** Reads everything that `init` checks or changes. */
export async function readInitState(
  settings: InitSettings,
  ports: InitPorts,
  bucket: BucketSetup,
  account: Account,
): Promise<InitState> {
  const { userName, groupName, policyName, executionRoleName, path, create } = settings;
  const { users, roles, policies } = ports;
  const withPolicies = async <T>(identity: IamIdentity, found: Promise<T | undefined>) => {
    const resource = await found;
    return [resource, resource === undefined ? [] : await policies.attachedPolicies(identity)] as const;
  };
  const [bucketState, user, [group, groupPolicies], policy, [role, rolePolicies]] = await settleAll(
    readBucket(bucket, create),
    users.findUser(userName),
    withPolicies({ kind: 'group', name: groupName }, users.findGroup(groupName)),
    policies.findPolicy(policyArn(account, policyName, path), { forUpdate: create }),
    withPolicies({ kind: 'role', name: executionRoleName }, roles.findRole(executionRoleName)),
  );
  return {
    account,
    bucket: bucketState,
    ...{ user, group, groupPolicies, role, rolePolicies },
    policy: policy ?? (await findPolicyElsewhere(settings, ports, groupPolicies)),
  };
}

async function readBucket(bucket: BucketSetup, create: boolean): Promise<BucketState> {
  const { name } = bucket;
  if (!(await bucket.exists())) {
    return {
      ...{ name, exists: false, isPartiallyCreated: false },
      ...{ hasCleanupRules: false, encryptionKey: undefined },
    };
  }
  const [isPartiallyCreated, hasCleanupRules = true, encryptionKey] = await settleAll(
    create ? bucket.isPartiallyCreated() : Promise.resolve(false),
    bucket.hasCleanupRules(),
    bucket.encryptionKey(),
  );
  return { name, exists: true, isPartiallyCreated, hasCleanupRules, encryptionKey };
}

/** Finds a policy with a path other than `/`: among those of the group, or else among all policies of the account. */
function findPolicyElsewhere(
  { policyName, create }: InitSettings,
  { policies }: InitPorts,
  groupPolicies: readonly string[],
): Promise<Policy | undefined> {
  const options = { forUpdate: create };
  const arn = groupPolicies.find((candidate) => candidate.endsWith(`/${policyName}`));
  return arn === undefined
    ? findPolicyByName(policies, policyName, options)
    : policies.findPolicy(arn, options);
}

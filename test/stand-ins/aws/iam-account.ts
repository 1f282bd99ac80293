import type { Account } from './account.js';
import {
  ACCESS_KEYS_PER_USER,
  GROUPS_PER_USER,
  INLINE_POLICY_CHARACTERS,
  MANAGED_POLICY_CHARACTERS,
  POLICIES_PER_OWNER,
  TRUST_POLICY_CHARACTERS,
  VERSIONS_PER_POLICY,
} from './iam-quotas.js';
import type { IamOperation } from './iam-request.js';

export const accountOperations: Record<string, IamOperation> = {
  GetAccountSummary: {
    resource: () => '*',
    act: ({ account }) => ({ SummaryMap: summaryOf(account) }),
  },
};

/** Usage and quotas. The local AWS has no providers and no server certificates. */
function summaryOf(account: Account): ReadonlyMap<string, number> {
  const own = [...account.policies.values()].filter((policy) => !policy.awsManaged);
  const versions = own.reduce((count, policy) => count + policy.versions.length, 0);
  const summary = {
    Users: account.users.size,
    UsersQuota: 5000,
    Groups: account.groups.size,
    GroupsQuota: 300,
    Roles: account.roles.size,
    RolesQuota: 1000,
    Policies: own.length,
    PoliciesQuota: account.iam.policiesQuota,
    PolicyVersionsInUse: versions,
    PolicyVersionsInUseQuota: 10_000,
    VersionsPerPolicyQuota: VERSIONS_PER_POLICY,
    PolicySizeQuota: MANAGED_POLICY_CHARACTERS,
    AttachedPoliciesPerUserQuota: POLICIES_PER_OWNER,
    AttachedPoliciesPerGroupQuota: POLICIES_PER_OWNER,
    AttachedPoliciesPerRoleQuota: POLICIES_PER_OWNER,
    UserPolicySizeQuota: INLINE_POLICY_CHARACTERS.User,
    GroupPolicySizeQuota: INLINE_POLICY_CHARACTERS.Group,
    RolePolicySizeQuota: INLINE_POLICY_CHARACTERS.Role,
    AssumeRolePolicySizeQuota: TRUST_POLICY_CHARACTERS,
    AccessKeysPerUserQuota: ACCESS_KEYS_PER_USER,
    GroupsPerUserQuota: GROUPS_PER_USER,
    AccountAccessKeysPresent: 1,
    AccountMFAEnabled: 0,
    AccountPasswordPresent: 1,
    AccountSigningCertificatesPresent: 0,
    SigningCertificatesPerUserQuota: 2,
    MFADevices: account.mfaDevices.size,
    MFADevicesInUse: [...account.mfaDevices.values()].filter((device) => device.userName !== undefined)
      .length,
    GlobalEndpointTokenVersion: 1,
    InstanceProfiles: account.instanceProfiles.size,
    InstanceProfilesQuota: 1000,
    Providers: 0,
    ServerCertificates: 0,
    ServerCertificatesQuota: 20,
  };
  return new Map(Object.entries(summary));
}

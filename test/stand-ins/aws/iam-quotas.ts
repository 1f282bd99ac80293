/** The default quotas of IAM. */

export const ACCESS_KEYS_PER_USER = 2;
export const GROUPS_PER_USER = 10;
/** Managed policies of one user, group or role. */
export const POLICIES_PER_OWNER = 10;
export const VERSIONS_PER_POLICY = 5;

/** Characters without white space. */
export const MANAGED_POLICY_CHARACTERS = 6144;
/** Of all inline documents of one user, group or role together. */
export const INLINE_POLICY_CHARACTERS = { User: 2048, Group: 5120, Role: 10240 } as const;
export const TRUST_POLICY_CHARACTERS = 2048;

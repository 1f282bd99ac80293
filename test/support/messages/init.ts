/** Texts of `init`. */

export const INIT = {
  missing: (...resources: readonly string[]) =>
    `${resources.join(', ')} ${resources.length === 1 ? 'does not exist' : 'do not exist'}`,
  policyNotAttached: (policy: string, group: string) => `policy ${policy} is not attached to group ${group}`,
  userNotInGroup: (user: string, group: string) => `user ${user} is not in group ${group}`,
  bucketNotReadable: (policy: string, bucket: string) =>
    `policy ${policy} does not allow the server to read bucket ${bucket}`,
  roleWithoutLogs: (role: string) => `role ${role} cannot write logs`,
  /** All misconfigurations in one message. */
  all: (...problems: readonly string[]) => problems.join('; '),
  roleNotAssumable: (role: string) => `role ${role} cannot be assumed by AWS Lambda`,
  policyTooLarge: (policy: string, bucket: string) =>
    `policy ${policy} would exceed 6144 characters with bucket ${bucket}`,
  twoAccessKeys: (user: string) => `user ${user} already has 2 access keys, the most AWS allows`,
  fileNotWritten: (file: string, problem: string) => `cannot write ${file}: ${problem}`,
  keyNotPrinted: (reason: string) => `cannot print the new access key: ${reason}`,
  /** A warning. */
  encryptedBucket: (bucket: string, key: string, policy: string) =>
    `bucket ${bucket} is encrypted with ${key}: the server can read it only if policy ${policy} allows kms:Decrypt on that key`,
} as const;

/** Parameters are the names of options and flags. */
export const INIT_HINT = {
  createMissing: (create: string) => `add ${create} to create what is missing`,
  fix: (create: string) => `add ${create} to fix this`,
  otherRole: (executionRole: string, trustPolicy: object) =>
    `specify another role with ${executionRole}, or set the trust policy to ${JSON.stringify(trustPolicy)}`,
  otherPolicy: (policy: string) =>
    `specify another policy with ${policy} for this bucket, for init and for every deployment`,
  deleteKey: (ids: string, createAccessKey: string) =>
    `delete one of ${ids} in the IAM console, or run without ${createAccessKey}`,
  otherKey: (serverKey: string, source: string, other: string, deleteOldKey: string) =>
    `${serverKey} is the server's key according to ${source}; if no server uses ${other}, delete it with ${deleteOldKey}`,
  keyDeleted: (id: string) =>
    `access key ${id} has been deleted; run the same command again with its output somewhere else`,
} as const;

/** The shell line that sets a variable of the server. */
export function exportLine(name: string, value: string): string {
  return `export ${name}='${value}'`;
}

/** Texts of `aws clean`. */

export const CLEAN = {
  appsDeployed: (apps: string) => `apps are still deployed: ${apps}`,
  functionsLeft: (role: string, functions: string) => `functions still use role ${role}: ${functions}`,
  bucketNotEmpty: (bucket: string, content: string) => `bucket ${bucket} is not empty: it has ${content}`,
  bucketKept: (bucket: string, objects: string) => `bucket ${bucket} is kept: ${objects} cannot be removed`,
  ownKey: (user: string, variable: string) => `user ${user} cannot remove itself: its key is in ${variable}`,
  otherUses: (policy: string, uses: string) => `policy ${policy} also allows ${uses}: apps there`,
  nothing: (account: string) => `There is nothing to remove in account ${account}.`,
} as const;

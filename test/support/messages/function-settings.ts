/** Texts about the settings of functions. */

export const SETTINGS = {
  reservedVariable: (name: string) => `the environment variable ${name} is reserved by AWS Lambda`,
  invalidVariable: (name: string, rule: string) =>
    `"${name}" is not a valid name for an environment variable on AWS Lambda: ${rule}`,
  tooShort: 'it needs at least two characters',
  invalidStart: 'it must start with a letter and contain only letters, digits and "_"',
  reservedTag: (key: string) => `the tag "${key}" is reserved: AWS uses the prefix "aws:"`,
  variablesTooLarge: (bytes: number | string) =>
    `the environment variables have ${bytes} bytes, over the AWS Lambda limit of 4096: store large values in Secrets Manager or S3`,
  tooManyTags: (count: number) => `there are ${count} tags, over the limit of 50 for a function`,
  variablesUnreadable: (lambdaName: string, reason: string) =>
    `the environment variables of function ${lambdaName} cannot be read: ${reason}`,
  /** @param functions such as `2 functions` or `function a: TOKEN` */
  requiredMissing: (functions: string) => `required environment variables are missing for ${functions}`,
  unknownFunction: (name: string) =>
    `there are settings for function "${name}", which is not in the manifest`,
  /** A problem of a certain function. */
  of: (lambdaName: string, problem: string) => `function ${lambdaName}: ${problem}`,
} as const;

export const SETTINGS_HINT = {
  allowDecryption: (replaceEnv: string) =>
    `allow kms:Decrypt on the KMS key of the function, or use ${replaceEnv} to replace all variables`,
} as const;

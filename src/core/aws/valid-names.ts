/** Whether a text has the form of a region's code; only AWS can say whether it exists. */
export function isRegion(text: string): boolean {
  return /^[a-z0-9-]+$/.test(text);
}

/** Whether a text has the form of a bucket name; S3 has further rules. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function isBucketName(text: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text);
}

/** Characters of IAM names. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_IAM_NAME = { user: 64, role: 64, group: 128, policy: 128 } as const;

/** Whether IAM allows an entity to have this name. */
export function isIamName(text: string, kind: keyof typeof MAX_IAM_NAME): boolean {
  return /^[\w+=,.@-]+$/.test(text) && text.length <= MAX_IAM_NAME[kind];
}

/** Whether a text is the ARN of a managed policy. */
export function isPolicyArn(text: string): boolean {
  return /^arn:[a-z-]+:iam::(?:aws|\d{12}):policy\/.+$/.test(text);
}

/** Whether IAM allows a path: `/`, or one that begins and ends with it. Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
export function isIamPath(text: string): boolean {
  return /^\/(?:[\x21-\x7e]+\/)?$/.test(text) && text.length <= 512;
}

/** Whether a text is the ARN of a KMS key: an alias does not do, because permissions are given for keys. */
export function isKmsKeyArn(text: string): boolean {
  return /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/.test(text);
}

/** Whether a text is the ARN of a secret. Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html */
export function isSecretArn(text: string): boolean {
  return /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+$/.test(text);
}

/** Whether a text is the ARN of a role. */
export function isRoleArn(text: string): boolean {
  return /^arn:[a-z-]+:iam::\d{12}:role\/[\x21-\x7e]+$/.test(text);
}

/** Whether a text is the ARN of a cluster of Amazon EKS. */
export function isClusterArn(text: string): boolean {
  return /^arn:[a-z-]+:eks:[a-z0-9-]+:\d{12}:cluster\/[\w-]+$/.test(text);
}

/** Whether a text has the form of the ID of an account. */
export function isAccountId(text: string): boolean {
  return /^\d{12}$/.test(text);
}

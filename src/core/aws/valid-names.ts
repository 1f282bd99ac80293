/** Whether a text has the form of a region's code; AWS adds regions, so that only it can say whether one exists. */
export function isRegion(text: string): boolean {
  return /^[a-z0-9-]+$/.test(text);
}

/** Whether S3 allows a bucket to have this name. Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function isBucketName(text: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text);
}

/** Whether IAM allows a user, group, policy or role to have this name. Rule: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export function isIamName(text: string): boolean {
  return /^[\w+=,.@-]{1,128}$/.test(text);
}

/** Whether a text is the ARN of a managed policy. */
export function isPolicyArn(text: string): boolean {
  return /^arn:[a-z-]+:iam::(?:aws|\d{12}):policy\/.+$/.test(text);
}

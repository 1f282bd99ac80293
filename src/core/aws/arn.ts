/** The partition and account ID of an ARN: `arn:{partition}:{service}:{region}:{account}:{resource}`. */
export interface Account {
  readonly partition: string;
  readonly accountId: string;
}

/**
 * Parses the account of an ARN. GovCloud and China are partitions of their own, so ARNs are always built from the
 * partition of an ARN that AWS returned.
 *
 * @throws Error when the text is not an ARN
 */
export function parseAccount(arn: string): Account {
  const [prefix, partition, , , accountId] = arn.split(':');
  if (prefix !== 'arn' || !partition || accountId === undefined) throw new Error(`${arn} is not an ARN`);
  return { partition, accountId };
}

/** Returns the common prefix of all function ARNs of an account and region. */
export function functionArnPrefix({ partition, accountId }: Account, region: string): string {
  return `arn:${partition}:lambda:${region}:${accountId}:function:`;
}

/** Returns the ARN of a function. */
export function functionArn(account: Account, region: string, name: string): string {
  return `${functionArnPrefix(account, region)}${name}`;
}

/** Returns the ARN of a customer managed policy. */
export function policyArn({ partition, accountId }: Account, name: string, path = '/'): string {
  return `arn:${partition}:iam::${accountId}:policy${path}${name}`;
}

/** Returns the ARN of a bucket, or of an object in it. */
export function s3Arn({ partition }: Pick<Account, 'partition'>, bucket: string, key?: string): string {
  return `arn:${partition}:s3:::${bucket}${key === undefined ? '' : `/${key}`}`;
}

/** Returns the ARN of the AWS managed policy that allows a function to write logs. */
export function basicExecutionPolicyArn({ partition }: Account): string {
  return `arn:${partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`;
}

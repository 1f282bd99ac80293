/** The parts of an ARN that name an account: `arn:{partition}:{service}:{region}:{account}:{resource}`. */
export interface Account {
  readonly partition: string;
  readonly accountId: string;
}

/**
 * Which account an ARN belongs to. GovCloud and China have partitions of their own, so ARNs are only ever built
 * from one that AWS returned.
 *
 * @throws Error when the text is not an ARN
 */
export function parseAccount(arn: string): Account {
  const [prefix, partition, , , accountId] = arn.split(':');
  if (prefix !== 'arn' || !partition || accountId === undefined) throw new Error(`${arn} is not an ARN`);
  return { partition, accountId };
}

/** How the ARNs of all functions of an account and region begin. */
export function functionArnPrefix({ partition, accountId }: Account, region: string): string {
  return `arn:${partition}:lambda:${region}:${accountId}:function:`;
}

/** The ARN that a function has or will have. */
export function functionArn(account: Account, region: string, name: string): string {
  return `${functionArnPrefix(account, region)}${name}`;
}

/** The ARN of a managed policy of the account that is at the root of its paths. */
export function policyArn({ partition, accountId }: Account, name: string): string {
  return `arn:${partition}:iam::${accountId}:policy/${name}`;
}

/** The ARN of a bucket, or of an object in it. */
export function s3Arn({ partition }: Pick<Account, 'partition'>, bucket: string, key?: string): string {
  return `arn:${partition}:s3:::${bucket}${key === undefined ? '' : `/${key}`}`;
}

/** The AWS managed policy that lets a function write its logs. */
export function basicExecutionPolicyArn({ partition }: Account): string {
  return `arn:${partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`;
}

/** The parts of an ARN that name an account: `arn:{partition}:{service}:{region}:{account}:{resource}`. */
export interface Account {
  readonly partition: string;
  readonly accountId: string;
}

/**
 * Which account an ARN belongs to. GovCloud and China have partitions of their own, so ARNs are only ever built
 * from one that AWS returned.
 *
 * @throws Error when the text is no ARN
 */
export function accountOf(arn: string): Account {
  const [prefix, partition, , , accountId] = arn.split(':');
  if (prefix !== 'arn' || !partition || accountId === undefined) throw new Error(`${arn} is no ARN`);
  return { partition, accountId };
}

/** The ARN that a function has or will have. */
export function functionArn({ partition, accountId }: Account, region: string, name: string): string {
  return `arn:${partition}:lambda:${region}:${accountId}:function:${name}`;
}

/** The AWS managed policy that lets a function write its logs. */
export function basicExecutionPolicyArn({ partition }: Account): string {
  return `arn:${partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`;
}

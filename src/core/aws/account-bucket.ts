import type { Account } from './arn.js';

/**
 * Proposes a name for a bucket in the namespace of an account and region, in which no other account can create buckets.
 * Rule: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
 */
export function proposedBucket({ accountId }: Pick<Account, 'accountId'>, region: string): string {
  return `mattermost-apps${namespaceSuffix(accountId, region)}`;
}

/** Whether a name belongs to the namespace of an account and region. */
export function isAccountBucket(name: string, accountId: string, region: string): boolean {
  return name.endsWith(namespaceSuffix(accountId, region));
}

function namespaceSuffix(accountId: string, region: string): string {
  return `-${accountId}-${region}-an`;
}

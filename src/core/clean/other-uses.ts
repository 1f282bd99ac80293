import { type Account, functionArnPrefix, s3Arn } from '../aws/arn.js';
import type { PolicyDocument } from '../policy/policy-document.js';
import { grantedResources, INVOKE_GRANT } from '../policy/policy-grants.js';
import { READ_GRANT } from '../policy/policy-templates.js';

/** Where the apps are that a removal is about. */
export interface AppScope {
  readonly account: Account;
  readonly region: string;
  readonly bucket: string;
}

/**
 * Finds what an invoke policy allows besides the apps of a bucket: functions in other regions, and other buckets. An
 * account may be prepared for several.
 *
 * @returns one text each, such as `bucket apps-of-europe`
 */
export function findOtherUses(document: PolicyDocument, { account, region, bucket }: AppScope): string[] {
  const regions = grantedResources(document, INVOKE_GRANT)
    .filter((arn) => arn.startsWith('arn:') && !arn.startsWith(functionArnPrefix(account, region)))
    .flatMap((arn) => arn.split(':')[3] ?? []);
  const buckets = grantedResources(document, READ_GRANT)
    .filter((arn) => !arn.startsWith(s3Arn(account, bucket, '')))
    .flatMap((arn) => /^arn:[^:]+:s3:::([^/]+)/.exec(arn)?.[1] ?? []);
  return [
    ...new Set([
      ...regions.filter((name) => name !== '').map((name) => `functions in ${name}`),
      ...buckets.map((name) => `bucket ${name}`),
    ]),
  ];
}

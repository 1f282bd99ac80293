import {
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
  type PutBucketLifecycleConfigurationCommandInput,
} from '@aws-sdk/client-s3';
import { LOCK_PREFIX, UPLOAD_PREFIX } from '../../core/aws/resource-names.js';
import { httpStatus, isAwsError } from '../client/aws-error.js';
import { retryUntilConsistent } from '../client/consistency.js';
import type { S3Bucket } from './s3-bucket.js';

/** Uploads and locks: a killed deployment leaves them behind, and any deployment their versions in a versioned bucket. */
const CLEANED_PREFIXES = [UPLOAD_PREFIX, LOCK_PREFIX];
const RETENTION_DAYS = 1;

const CLEANUP_RULES = CLEANED_PREFIXES.map(
  (prefix) =>
    ({
      ID: `appsctl-${prefix.slice(0, -1)}`,
      Status: 'Enabled',
      Filter: { Prefix: prefix },
      Expiration: { Days: RETENTION_DAYS },
      NoncurrentVersionExpiration: { NoncurrentDays: RETENTION_DAYS },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: RETENTION_DAYS },
    }) satisfies LifecycleRule,
);

/**
 * Whether the bucket expires what deployments leave behind.
 *
 * @returns undefined without permission to read the lifecycle rules
 */
export function hasCleanupRules(bucket: S3Bucket): Promise<boolean | undefined> {
  return bucket.request(`look up the lifecycle rules of bucket ${bucket.name}`, async () => {
    const current = await readRules(bucket);
    return current && findMissingRules(current.rules).length === 0;
  });
}

/**
 * Adds the missing rules to the lifecycle rules of the bucket.
 *
 * @returns false when this is not permitted or not possible
 */
export function addCleanupRules(bucket: S3Bucket): Promise<boolean> {
  const { connection, name } = bucket;
  return bucket.request(`set the lifecycle rules of bucket ${name}`, () =>
    // Retried, because the bucket may have been created a moment ago.
    retryUntilConsistent(connection, `bucket ${name}`, async () => {
      const current = await readRules(bucket);
      if (current === undefined) return false;
      const LifecycleConfiguration = { Rules: [...current.rules, ...findMissingRules(current.rules)] };
      try {
        await bucket.client.send(
          new PutBucketLifecycleConfigurationCommand({
            ...{ Bucket: name, LifecycleConfiguration },
            ...current.settings,
          }),
        );
        return true;
      } catch (error) {
        if (isUnavailable(error)) return false;
        throw error;
      }
    }),
  );
}

interface Rules {
  readonly rules: readonly LifecycleRule[];
  /** Settings for all rules, which PutBucketLifecycleConfiguration would reset if they were not sent. */
  readonly settings: Pick<PutBucketLifecycleConfigurationCommandInput, 'TransitionDefaultMinimumObjectSize'>;
}

async function readRules(bucket: S3Bucket): Promise<Rules | undefined> {
  try {
    const { Rules: rules = [], TransitionDefaultMinimumObjectSize } = await bucket.client.send(
      new GetBucketLifecycleConfigurationCommand({ Bucket: bucket.name }),
    );
    const settings = TransitionDefaultMinimumObjectSize && { TransitionDefaultMinimumObjectSize };
    return { rules, settings: settings ?? {} };
  } catch (error) {
    if (isAwsError(error, 'NoSuchLifecycleConfiguration')) return { rules: [], settings: {} };
    if (isUnavailable(error)) return undefined;
    throw error;
  }
}

/** Access denied, not implemented by an AWS-compatible service, or existing rules that cannot be combined with others. */
function isUnavailable(error: unknown): boolean {
  const status = httpStatus(error);
  return status === 403 || status === 501 || isAwsError(error, 'InvalidRequest', 'MalformedXML');
}

function findMissingRules(rules: readonly LifecycleRule[]): LifecycleRule[] {
  return CLEANUP_RULES.filter(({ ID }) => !rules.some((rule) => rule.ID === ID));
}

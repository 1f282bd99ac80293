import { AppsctlError } from '../../core/diagnostics/error.js';
import { type AwsFlags, readConnectionOptions } from './aws-options.js';
import type { CommandContext } from './context.js';

/**
 * Proposes a bucket if none is named. It is not used without being named: someone who has forgotten the variable would get
 * a second bucket.
 *
 * @throws AppsctlError MISSING_VARIABLE with the name to set, INVALID_VARIABLE
 */
export async function checkBucketIsNamed(context: CommandContext, flags: AwsFlags): Promise<void> {
  if (context.env['MM_APPS_S3_BUCKET']) return;
  const { proposeBucket } = await import('../../api/policies.js');
  const options = readConnectionOptions(context, flags, 'deploy');
  // Without an account, what else is missing is reported together with the bucket.
  const name = await proposeBucket(options).catch(() => undefined);
  if (name === undefined) return;
  throw new AppsctlError('MISSING_VARIABLE', 'MM_APPS_S3_BUCKET is not set', {
    hint: `name your bucket, or a new one that no other account can take: export MM_APPS_S3_BUCKET=${name}`,
  });
}

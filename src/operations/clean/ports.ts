import type { WaitContext } from '../../core/async/poll.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import type { BucketRemoval } from '../../core/ports/bucket-removal.js';
import type { CallerIdentity, PolicyService } from '../../core/ports/iam.js';
import type { IamRemoval } from '../../core/ports/iam-removal.js';
import type { ObjectReader } from '../../core/ports/s3.js';

/** The services that `clean` uses. */
export interface CleanPorts extends WaitContext {
  readonly identity: CallerIdentity;
  readonly iam: IamRemoval;
  readonly policies: Pick<PolicyService, 'findPolicy'>;
  readonly functions: {
    /** Returns the names of the functions in the region that use a role. */
    namesWithRole(roleArn: string): Promise<string[]>;
  };
  /** @param accountId the expected owner of the bucket: requests fail if another account owns it */
  openBucket(accountId: string): Promise<ObjectReader>;
  /** @param accountId as for {@link openBucket} */
  openBucketRemoval(accountId: string): Promise<BucketRemoval>;
  /** The caller's names of options and functions, for warnings and reasons. */
  readonly vocabulary: Vocabulary;
}

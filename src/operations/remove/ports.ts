import type { WaitContext } from '../../core/async/poll.js';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import type { Account } from '../../core/aws/arn.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import type { PolicyService } from '../../core/ports/iam.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import type { LogService } from '../../core/ports/logs.js';
import type { Mattermost } from '../../core/ports/mattermost.js';
import type { ConditionalStore, ObjectRemover, ObjectStore, UploadStore } from '../../core/ports/s3.js';
import type { RevokeRemoval } from '../invoke-access/revoke-access.js';

/** A bucket as a removal uses it. */
export type RemovalBucket = ObjectStore & ObjectRemover & ConditionalStore & Pick<UploadStore, 'remove'>;

/** The services that a removal uses. */
export interface RemovePorts extends WaitContext {
  readonly account: Account;
  readonly policies: PolicyService;
  readonly iamRemoval: RevokeRemoval;
  readonly functions: Pick<FunctionService, 'find' | 'list' | 'delete'>;
  readonly bucket: RemovalBucket;
  /** Only needed to remove log groups. */
  openLogs(): Promise<Pick<LogService, 'remove'>>;
  /** Undefined when no server is given. */
  readonly mattermost: Mattermost | undefined;
  readonly process: ProcessIdentity;
  /** The caller's names of options and commands, for warnings. */
  readonly vocabulary: Vocabulary;
}

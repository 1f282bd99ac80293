import type { WaitContext } from '../../core/async/poll.js';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import type { Account } from '../../core/aws/arn.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import type { PolicyService } from '../../core/ports/iam.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import type { Mattermost } from '../../core/ports/mattermost.js';
import type { ConditionalStore, ObjectReader } from '../../core/ports/s3.js';

/** The services that a rollback uses. */
export interface RollbackPorts extends WaitContext {
  readonly account: Account;
  readonly policies: PolicyService;
  readonly functions: Pick<FunctionService, 'find' | 'exists' | 'list' | 'whenReady'>;
  readonly bucket: ObjectReader & ConditionalStore;
  readonly mattermost: Mattermost;
  readonly process: ProcessIdentity;
  /** The caller's names of options and commands, for warnings. */
  readonly vocabulary: Vocabulary;
}

/** What a rollback does. */
export interface RollbackSettings {
  /** Whether to install the app in Mattermost after listing it. */
  readonly install: boolean;
  readonly policyName: string;
  readonly region: string;
}

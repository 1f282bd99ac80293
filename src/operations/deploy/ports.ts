import type { WaitContext } from '../../core/async/poll.js';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import type { Account } from '../../core/aws/arn.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import type { PolicyService, RoleService } from '../../core/ports/iam.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import type { LogService } from '../../core/ports/logs.js';
import type { Mattermost } from '../../core/ports/mattermost.js';
import type { ConditionalStore, ObjectStore, UploadStore } from '../../core/ports/s3.js';

/** A bucket as a deployment uses it. */
export type DeployBucket = ObjectStore & ConditionalStore & UploadStore;

/** The services that a deployment uses. */
export interface DeployPorts extends WaitContext {
  readonly roles: Pick<RoleService, 'findRole'>;
  readonly policies: PolicyService;
  /** Loads the adapter. This and the functions below are called once the first requests have been sent. */
  openFunctions(): Promise<FunctionService>;
  /** Only a setting of the log retention needs it. Returns the same service each time. */
  openLogs(): Promise<LogService>;
  /** @param accountId the expected owner of the bucket: requests fail if another account owns it */
  openBucket(accountId: string): Promise<DeployBucket>;
  /** Undefined for a deployment without a Mattermost server. */
  openMattermost(): Promise<Mattermost | undefined>;
  /** The account according to the credentials, so that requests can be sent before the role shows it for certain. */
  readonly likelyAccount: Account | undefined;
  readonly process: ProcessIdentity;
  /** The caller's names of options and commands, for warnings. */
  readonly vocabulary: Vocabulary;
}

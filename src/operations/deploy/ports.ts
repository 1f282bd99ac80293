import type { Clock } from '../../core/async/clock.js';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import type { Account } from '../../core/aws/arn.js';
import type { EventListener } from '../../core/diagnostics/event.js';
import type { Vocabulary } from '../../core/diagnostics/vocabulary.js';
import type { PolicyService, RoleService } from '../../core/ports/iam.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import type { Mattermost } from '../../core/ports/mattermost.js';
import type { ConditionalStore, ObjectStore, UploadStore } from '../../core/ports/s3.js';

/** A bucket as a deployment uses it. */
export type DeployBucket = ObjectStore & ConditionalStore & UploadStore;

/** What a deployment talks to. */
export interface DeployPorts {
  readonly roles: Pick<RoleService, 'findRole'>;
  readonly policies: PolicyService;
  /** The adapters that are opened are loaded only then, while the first answers are on their way. */
  openFunctions(): Promise<FunctionService>;
  /** The bucket, as one that belongs to the account: requests fail if it belongs to another one. */
  openBucket(accountId: string): Promise<DeployBucket>;
  /** The account, if the credentials show it: only to ask earlier, as the role shows it for certain. */
  readonly likelyAccount: Account | undefined;
  /** Undefined for a deployment without a Mattermost server. */
  openMattermost(): Promise<Mattermost | undefined>;
  readonly clock: Clock;
  readonly process: ProcessIdentity;
  /** Stops the deployment at the next point where that is safe. */
  readonly signal: AbortSignal | undefined;
  /** Is called with findings, waits, and each thing that is done. */
  readonly onEvent: EventListener;
  /** The names of options and commands in warnings; by default those of the library. */
  readonly words?: Vocabulary;
}

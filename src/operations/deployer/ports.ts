import type { WaitContext } from '../../core/async/poll.js';
import type { ProcessIdentity } from '../../core/async/process-identity.js';
import type { DeployerListener } from '../../core/deployer/event.js';
import type { ToldFailure } from '../../core/deployer/pass-alerts.js';
import type { EventListener } from '../../core/diagnostics/event.js';
import type { BundleBucket } from '../../core/ports/bundle-bucket.js';
import type { Notifier } from '../../core/ports/notifier.js';
import type { ConditionalStore } from '../../core/ports/s3.js';
import type { PreparedDeployment } from '../deploy/deploy.js';

/** A bundle that was downloaded. */
export interface LocalBundle {
  readonly path: string;
  /** How messages name it. */
  readonly name: string;
}

/** How the deployment of a bundle reports and is stopped. */
export interface DeploymentContext {
  readonly onEvent: EventListener;
  readonly signal: AbortSignal | undefined;
}

/** What a pass works with, once the settings and the access of the deployer have been checked. */
export interface DeployerAccess {
  readonly bundles: BundleBucket;
  /** The bucket of the apps, for the lease. */
  readonly leases: ConditionalStore;
  /**
   * Prepares the deployment of a bundle, as any deployment, and works with it.
   *
   * @throws AppsctlError what the preparation and the work throw
   */
  withDeployment<Result>(
    bundle: LocalBundle,
    context: DeploymentContext,
    work: (prepared: PreparedDeployment) => Promise<Result>,
  ): Promise<Result>;
}

/** The services of a deployer. */
export interface DeployerPorts extends WaitContext {
  readonly onEvent: DeployerListener;
  readonly process: ProcessIdentity;
  readonly notifier: Notifier;
  /** What people were told of failures that cannot be recorded, by key; it lives as long as the ports. */
  readonly toldFailures: Map<string, ToldFailure>;
  /**
   * Looks up the account, and checks both buckets, the role, the policy and the Mattermost server.
   *
   * @throws AppsctlError NOT_FOUND, ACCESS_DENIED, CONFLICT, CREDENTIALS, NETWORK, SERVICE
   */
  openAccess(): Promise<DeployerAccess>;
}

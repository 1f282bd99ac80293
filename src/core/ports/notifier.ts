import type { DeployedBundle, FailedBundle, PassReport } from '../deployer/report.js';
import type { AppsctlError } from '../diagnostics/error.js';

/** What a deployer tells people. */
export type DeployerMessage =
  | { readonly kind: 'deployed'; readonly bundle: DeployedBundle }
  | { readonly kind: 'failed'; readonly bundle: FailedBundle }
  /** The pass itself has failed, for example because a permission is missing. */
  | { readonly kind: 'pass failed'; readonly error: AppsctlError }
  /** One message for all bundles of a pass. */
  | { readonly kind: 'summary'; readonly report: PassReport };

/** Where a message comes from. */
export interface MessageContext {
  readonly run: string;
  readonly environment: string;
}

/** Sends messages to people. Never fails: what cannot be delivered is reported as a warning, and counted. */
export interface Notifier {
  /** Sends a message in the background, after those before it. */
  notify(message: DeployerMessage, context: MessageContext): void;
  /** Waits until everything is sent or given up. Returns how many messages could not be delivered since the last time. */
  flush(): Promise<number>;
}

import type { AppsctlError } from '../diagnostics/error.js';
import type { DeployedBundle, FailedBundle, PassReport } from './report.js';

/** What a deployer tells people. */
export type DeployerMessage =
  | { readonly kind: 'deployed'; readonly bundle: DeployedBundle }
  | { readonly kind: 'failed'; readonly bundle: FailedBundle }
  /** The pass itself has failed, for example because a permission is missing. */
  | { readonly kind: 'pass failed'; readonly error: AppsctlError }
  /** Passes of a loop had failed, and one did not. */
  | { readonly kind: 'passes work again' }
  /** One message for all bundles of a pass. */
  | { readonly kind: 'summary'; readonly report: PassReport };

/** Where a message comes from. */
export interface MessageContext {
  readonly run: string;
  readonly environment: string;
}

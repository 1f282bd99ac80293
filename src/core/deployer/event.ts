import type { AppsctlError } from '../diagnostics/error.js';
import type { AppsctlEvent } from '../diagnostics/event.js';
import type { DeployedBundle, FailedBundle, PassReport, PlannedBundle } from './report.js';

/** What a deployer reports while it runs. */
export type DeployerEvent = (AppsctlEvent | PassEvent) & {
  /** The key of the bundle that it is about, if it is about one. */
  readonly bundle?: string;
};

type PassEvent =
  | {
      /** A pass of the deployer. */
      readonly type: 'pass';
      readonly state: 'started';
      /** Identifies the pass in logs and messages. */
      readonly run: string;
      readonly environment: string;
      /** The bucket of the bundles. */
      readonly bucket: string;
    }
  | { readonly type: 'pass'; readonly state: 'ended'; readonly report: PassReport }
  /** In a loop, which goes on. */
  | { readonly type: 'pass'; readonly state: 'failed'; readonly error: AppsctlError }
  | { readonly type: 'bundle'; readonly state: 'planned'; readonly result: PlannedBundle }
  | { readonly type: 'bundle'; readonly state: 'started' }
  | { readonly type: 'bundle'; readonly state: 'deployed'; readonly result: DeployedBundle }
  | { readonly type: 'bundle'; readonly state: 'failed'; readonly result: FailedBundle }
  | {
      readonly type: 'bundle';
      /** Left for the next pass, because it was replaced or removed meanwhile. */
      readonly state: 'postponed';
      readonly reason: string;
    };

/** Receives the events of a deployer; must not throw. */
export type DeployerListener = (event: DeployerEvent) => void;

import type { Change } from '../deploy/changes.js';
import type { AppsctlError } from '../diagnostics/error.js';
import type { BundleState, RecordedFailure } from './bundle-state.js';

/** A bundle in the bucket, and what a deployer has done with it. */
export interface BundleStatus {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly uploadedAt: number;
  readonly state: BundleState;
  readonly failure: RecordedFailure | undefined;
  /** When it is tried again, in milliseconds since the epoch; undefined for now or never. */
  readonly nextAttemptAt: number | undefined;
}

/** The app of a bundle. */
export interface BundleApp {
  readonly id: string;
  readonly version: string;
  /** Cut after 200 characters. */
  readonly displayName: string;
  /** Empty if the manifest has none, or one of over 2,000 characters. */
  readonly homepageUrl: string;
}

/** A bundle that was deployed. */
export interface DeployedBundle {
  readonly key: string;
  readonly app: BundleApp;
  /** How many functions were created, updated, and left as they are. */
  readonly functions: { readonly created: number; readonly updated: number; readonly unchanged: number };
  readonly milliseconds: number;
  /** How often it had failed before. */
  readonly failedAttempts: number;
}

/** A bundle that was not deployed. */
export interface FailedBundle {
  readonly key: string;
  /** Undefined if the manifest could not be read. */
  readonly app: BundleApp | undefined;
  readonly error: AppsctlError;
  readonly attempts: number;
  /** When it is tried again, in milliseconds since the epoch; undefined for not by itself. */
  readonly nextAttemptAt: number | undefined;
  /** Whether the tags of the object say so; if not, the next pass tries it as a new one. */
  readonly isRecorded: boolean;
  /** Whether it is to be told: the first attempt, another code than before, or the first one in 24 hours. */
  readonly isNews: boolean;
}

/** Who holds the lease of an environment. */
export interface LeaseHolder {
  readonly run: string;
  readonly host: string;
  /** When its pass began, by its clock: milliseconds since the epoch; undefined if that is not known. */
  readonly since: number | undefined;
}

/** What a pass of the deployer has done. */
export interface PassReport {
  /** Identifies the pass in logs and messages. */
  readonly run: string;
  readonly environment: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** The other pass that runs; undefined if there is none. With it, this pass has done nothing. */
  readonly heldBy: LeaseHolder | undefined;
  /** How many bundles are in each state after the pass. */
  readonly bundles: Readonly<Record<BundleState, number>>;
  /** How many bundles are `failed` or `blocked` after the pass, by the codes of their errors. */
  readonly failureCodes: Readonly<Record<string, number>>;
  /** When the oldest bundle was uploaded that is `new` or `failed` after the pass; undefined if there is none. */
  readonly waitingSince: number | undefined;
  readonly deployed: readonly DeployedBundle[];
  readonly failed: readonly FailedBundle[];
  /** Whether bundles were left for the next pass, because there was no time left. */
  readonly isOutOfTime: boolean;
}

/** What a pass would do with a bundle. */
export interface PlannedBundle {
  readonly key: string;
  /** Undefined if it would fail before its manifest is read. */
  readonly app: BundleApp | undefined;
  readonly changes: readonly Change[];
  /** Why it would fail; undefined if it would be deployed. */
  readonly error: AppsctlError | undefined;
}

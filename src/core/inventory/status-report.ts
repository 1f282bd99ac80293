import type { Problem } from './problems.js';
import type { UncheckedPart } from './unchecked.js';

/** Whether what is deployed is as it should be. */
export interface StatusReport {
  /**
   * False if there is a problem, if a part could not be read for another reason than a missing permission, or if nothing
   * but the manifests could be read.
   */
  readonly ok: boolean;
  /** The versions that were checked: by ID, and of an app latest first. */
  readonly versions: readonly CheckedVersion[];
  readonly problems: readonly Problem[];
  /** What could not be read, and so was not checked. */
  readonly notChecked: readonly UncheckedPart[];
}

/** A version that was checked. */
export interface CheckedVersion {
  readonly id: string;
  readonly version: string;
  /** The number of its functions. */
  readonly functions: number;
  /** Whether no problem was found. */
  readonly ok: boolean;
}

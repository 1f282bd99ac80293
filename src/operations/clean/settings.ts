import type { CleanScope } from '../../core/clean/plan.js';

/** What `clean` removes. */
export interface CleanSettings extends CleanScope {
  readonly region: string;
  readonly userName: string;
  readonly groupName: string;
  readonly policyName: string;
  readonly executionRoleName: string;
}

import type { CleanScope } from '../../core/clean/plan.js';
import type { IamNames } from '../../core/defaults.js';

/** What `clean` removes. */
export interface CleanSettings extends CleanScope, IamNames {
  readonly region: string;
}

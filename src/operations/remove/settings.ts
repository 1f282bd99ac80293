import type { VersionChoice } from '../../core/removal/select-versions.js';

/** What a removal removes. */
export interface RemoveSettings extends VersionChoice {
  /** Whether to remove the log groups of the functions, too. */
  readonly logs: boolean;
  /** Whether to uninstall the app in Mattermost if one of the versions is installed. */
  readonly uninstall: boolean;
  readonly policyName: string;
  readonly region: string;
}

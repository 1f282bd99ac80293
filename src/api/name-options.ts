import { isIamName } from '../core/aws/valid-names.js';
import { DEFAULT_NAMES, type IamNames } from '../core/defaults.js';
import type { Vocabulary } from '../core/diagnostics/vocabulary.js';
import { invalidOption } from './connection.js';

/** The names of what functions use in IAM. */
export interface NameOptions {
  /**
   * The name of the user whose access key the server uses to invoke functions.
   *
   * @default mattermost-apps-invoke
   */
  readonly userName?: string | undefined;
  /**
   * The name of the group through which the user gets the policy.
   *
   * @default mattermost-apps-invoke-group
   */
  readonly groupName?: string | undefined;
  /**
   * The name of the policy that allows the server to invoke functions. When it is full, additional policies are
   * `{name}-2` to `{name}-10`.
   *
   * @default mattermost-apps-invoke-policy
   */
  readonly policyName?: string | undefined;
  /**
   * The name of the execution role of the functions.
   *
   * @default mattermost-apps-execute-lambda-role
   */
  readonly executionRoleName?: string | undefined;
}

/**
 * The names with their defaults.
 *
 * @throws AppsctlError USAGE for a name that IAM does not allow
 */
export function resolveNames(options: NameOptions, vocabulary: Vocabulary): IamNames {
  const { userName = DEFAULT_NAMES.user, groupName = DEFAULT_NAMES.group } = options;
  const { policyName = DEFAULT_NAMES.policy, executionRoleName = DEFAULT_NAMES.executionRole } = options;
  checkName(vocabulary.user, userName, 'user');
  checkName(vocabulary.group, groupName, 'group');
  checkName(vocabulary.policy, policyName, 'policy');
  checkName(vocabulary.executionRole, executionRoleName, 'role');
  return { userName, groupName, policyName, executionRoleName };
}

function checkName(option: string, name: string, kind: 'user' | 'group' | 'policy' | 'role'): void {
  if (!isIamName(name, kind)) throw invalidOption(option, name, `a valid name for an IAM ${kind}`);
}

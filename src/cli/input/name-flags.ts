import type { Command } from 'commander';
import type { NameOptions } from '../../api/name-options.js';
import { DEFAULT_NAMES } from '../../core/defaults.js';

const POLICY_TEXT = 'the policy that allows the server to invoke functions';

/** The flags for the names of what `init` makes in IAM. */
export interface NameFlags {
  user: string;
  group: string;
  policy: string;
  executeRole: string;
}

/** Adds the flags to a command. */
export function addNameFlags(command: Command): Command {
  return command
    .option('--user <name>', 'the AWS user of the Mattermost server', DEFAULT_NAMES.user)
    .option('--group <name>', 'the group that gives the user the policy', DEFAULT_NAMES.group)
    .option('--policy <name>', POLICY_TEXT, DEFAULT_NAMES.policy)
    .option('--execute-role <name>', 'the execution role of the functions', DEFAULT_NAMES.executionRole);
}

export function toNameOptions({ user, group, policy, executeRole }: NameFlags): NameOptions {
  return { userName: user, groupName: group, policyName: policy, executionRoleName: executeRole };
}

/** Adds the flag for the invoke policy to a command that needs no other name. */
export function addPolicyFlag(command: Command): Command {
  return command.option('--policy <name>', `${POLICY_TEXT} (default: ${DEFAULT_NAMES.policy})`);
}

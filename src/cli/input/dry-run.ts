import { AppsctlError } from '../../core/diagnostics/error.js';
import type { CommandResult, Plan } from '../render/command-result.js';

/** The flags of commands that can show what they would do. */
export interface DryRunFlags {
  dryRun?: boolean;
  exitCode?: boolean;
}

/** @throws AppsctlError USAGE */
export function checkDryRun({ dryRun, exitCode }: DryRunFlags): void {
  if (exitCode && !dryRun) {
    throw new AppsctlError('USAGE', '--exit-code is only for --dry-run', { hint: 'add --dry-run' });
  }
}

/** The result of a dry run. */
export function dryRunResult(plan: Plan, exitCode = false): CommandResult {
  const hasChanges = plan.changes.some(({ action }) => action !== 'unchanged');
  return { type: 'plan', plan, exit: exitCode && hasChanges ? 'changes' : undefined };
}

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

/** What the exit code of a dry run says. */
export function dryRunExit({ exitCode }: DryRunFlags, hasChanges: boolean): CommandResult['exit'] {
  return exitCode && hasChanges ? 'changes' : undefined;
}

/** The result of a dry run. */
export function dryRunResult(plan: Plan, flags: DryRunFlags): CommandResult {
  const hasChanges = plan.changes.some(({ action }) => action !== 'unchanged');
  return { type: 'plan', plan, exit: dryRunExit(flags, hasChanges) };
}

/** The lines that the command line prints, apart from their texts. */

import type { Rule } from '../../../src/core/diagnostics/rules.js';

/** Stands for any text on one line in a text that is compared with {@link matching}. */
export const ANY = '\u{1f0cf}';

/** Standard error of a command that fails, without warnings and events before. */
export function errorOutput(message: string, hint?: string): string {
  return `error: ${message}\n${hint === undefined ? '' : `hint: ${hint}\n`}`;
}

/** Standard error of a command that has named the account, and then fails. */
export function refusalOutput(message: string, hint?: string): string {
  return accountLine() + errorOutput(message, hint);
}

/** Where a command changes something, in the local AWS by default. */
export function accountLine(accountId = '123456789012', region = 'us-east-1'): string {
  return `account   ${accountId} in ${region}\n`;
}

export function warningLine(message: string): string {
  return `warning: ${message}\n`;
}

export function waitingLine(reason: string): string {
  return `waiting   ${reason}\n`;
}

/** What happened to a resource, or with `create` and `update` what a plan will do to it. */
export function resourceLine(outcome: string, kind: string, name: string): string {
  return `${outcome.padEnd(9)} ${kind} ${name}\n`;
}

/** A finding without its severity; without the rule, the beginning of it. */
export function findingText(location: string, message: string, fix?: string, rule?: Rule): string {
  const text = `${location}: ${message}${fix === undefined ? '' : ` (${fix})`}`;
  return rule === undefined ? text : `${text} [${rule}]`;
}

/** Matches exactly this text, with {@link ANY} for what a test does not know or does not examine. */
export function matching(text: string): RegExp {
  return new RegExp(`^${toPattern(text)}$`);
}

/** Like {@link matching}, but other text may precede and follow. */
export function containing(text: string): RegExp {
  return new RegExp(toPattern(text));
}

function toPattern(text: string): string {
  const parts = text.split(ANY).map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return parts.join('[^\\n]*');
}

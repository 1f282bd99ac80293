import { AppsctlError } from '../../core/diagnostics/error.js';
import { capitalize } from '../../core/text.js';
import { terminalText } from '../render/terminal-text.js';
import type { CommandContext } from './context.js';

/**
 * Lets the user confirm what cannot be undone, by typing the name of what it is about.
 *
 * @param consequence what will happen, as a sentence
 * @param name what to type
 * @param isConfirmed whether the user has confirmed it with a flag
 * @param shown lines that are shown before the question
 * @throws AppsctlError USAGE without a terminal and a flag, INTERRUPTED when something else is typed
 */
export async function confirmByName(
  { ask }: Pick<CommandContext, 'ask'>,
  consequence: string,
  name: string,
  isConfirmed = false,
  shown: readonly string[] = [],
): Promise<void> {
  if (isConfirmed) return;
  if (ask === undefined) {
    throw new AppsctlError('USAGE', `${consequence}: without a terminal, this must be confirmed by a flag`, {
      hint: 'add --yes',
    });
  }
  const question = `${capitalize(consequence)}. Type ${name} to confirm:`;
  const answer = await ask([...shown, question].map(terminalText).join('\n'));
  if (answer === name) return;
  throw new AppsctlError(
    'INTERRUPTED',
    `not confirmed: ${JSON.stringify(answer)} is not ${name}; nothing was changed`,
  );
}

import { readFileSync } from 'node:fs';
import type { CallFields } from '../../core/app-call/call-request.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { fileProblem } from '../../core/diagnostics/fs-error.js';
import type { CommandContext } from './context.js';

/**
 * Reads a flag that takes a JSON object: itself, a file that contains it, or standard input.
 *
 * @param flag for messages, such as --data; its value, which may be a secret, is not repeated
 * @param value the text; `@FILE`, or `-` for standard input
 * @throws AppsctlError USAGE when the file cannot be read, or the text is not a JSON object
 */
export async function readJsonObject(
  context: Pick<CommandContext, 'readInput'>,
  flag: string,
  value: string | undefined,
): Promise<CallFields | undefined> {
  if (value === undefined) return undefined;
  const source = value === '-' ? 'standard input' : value.startsWith('@') ? value.slice(1) : 'its value';
  const text =
    value === '-' ? await context.readInput() : value.startsWith('@') ? readFile(flag, source) : value;
  const parsed = parse(text);
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as CallFields;
  throw new AppsctlError('USAGE', `${flag}: ${source} is not a JSON object`, {
    hint: `write ${flag} '{"name": "value"}', ${flag} @FILE, or ${flag} - for standard input`,
  });
}

function readFile(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new AppsctlError('USAGE', `cannot read ${flag} @${file}: ${fileProblem(error)}`, { cause: error });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

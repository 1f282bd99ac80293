import { AppsctlError } from '../../core/diagnostics/error.js';
import { decodeUtf8 } from '../../core/text.js';

/**
 * Parses a file of environment variables. Each line is `NAME=VALUE` (or `export NAME=VALUE`), a comment that begins
 * with `#`, or empty. An unquoted value extends to the end of the line, including spaces, `#` and `=`. A value in single
 * quotes is taken literally. In double quotes, `\n` is a line break, `\"` a quote and `\\` a backslash. Only a comment may
 * follow a closing quote.
 *
 * Any other line is an error: a variable that is ignored or truncated would only be noticed when the function fails.
 *
 * @param file the name of the file in messages
 * @param bytes its content in UTF-8, with or without a byte order mark, with any kind of line breaks
 * @returns the values by name, in the order of the file; the names may still be invalid for AWS Lambda
 * @throws AppsctlError USAGE with file and line number; never with the text of the line, which may be a secret
 */
export function parseEnvFile(file: string, bytes: Uint8Array): Record<string, string> {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new AppsctlError('USAGE', `${file} is not UTF-8 text`, { hint: FORMAT });
  const variables = new Map<string, { readonly value: string; readonly line: number }>();
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  for (const [index, content] of lines.entries()) {
    if (/^[ \t]*(?:#|$)/.test(content)) continue;
    const line = index + 1;
    const [, name, rawValue] = ASSIGNMENT.exec(content) ?? [];
    if (name === undefined || rawValue === undefined) {
      throw new AppsctlError('USAGE', `${file}: line ${line} is not NAME=VALUE, a comment or empty`, {
        hint: FORMAT,
      });
    }
    const earlier = variables.get(name);
    if (earlier !== undefined) {
      throw new AppsctlError(
        'USAGE',
        `${file}: line ${line} sets ${name} again, after line ${earlier.line}`,
        {
          hint: 'keep one of the two lines',
        },
      );
    }
    variables.set(name, { value: readValue(rawValue, `${file}: line ${line}`), line });
  }
  return Object.fromEntries([...variables].map(([name, { value }]) => [name, value]));
}

const FORMAT = 'write NAME=VALUE on each line; lines that begin with # are comments';

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s;

/** A quoted value, and the text after it. */
const QUOTED = {
  "'": /^'([^']*)'(.*)$/s,
  '"': /^"([^"\\]*(?:\\.[^"\\]*)*)"(.*)$/s,
} as const;

/**
 * @param rawValue the text after the `=`
 * @param where file and line, for messages
 */
function readValue(rawValue: string, where: string): string {
  const quote = rawValue[0];
  if (quote !== "'" && quote !== '"') return rawValue;
  const [, value, after] = QUOTED[quote].exec(rawValue) ?? [];
  if (value === undefined || after === undefined) {
    throw new AppsctlError('USAGE', `${where} has no closing ${quote}`, {
      hint: `close the quote on the same line; for a line break, write \\n in double quotes`,
    });
  }
  if (!/^[ \t]*$|^[ \t]+#/.test(after)) {
    throw new AppsctlError('USAGE', `${where} has text after the closing ${quote}`, {
      hint:
        quote === '"'
          ? 'write \\" for a quote in the value, or quote the whole value with single quotes'
          : 'quote the whole value with double quotes, or leave out the quotes around it',
    });
  }
  return quote === "'" ? value : value.replace(/\\([n"\\])/g, (_, char) => (char === 'n' ? '\n' : char));
}

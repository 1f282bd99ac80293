import { AppsctlError } from '../../core/diagnostics/error.js';
import { decodeUtf8 } from '../../core/text.js';

/**
 * Reads a file of environment variables. Each line is `NAME=VALUE` (or `export NAME=VALUE`), a comment that begins
 * with `#`, or empty. A value is what follows the `=`, to the end of the line and unchanged: spaces, `#` and `=` belong
 * to it. It may stand in single quotes, which change nothing in it, or in double quotes, within which `\n` is a line
 * break, `\"` a quote and `\\` a backslash; after the closing quote only a comment may follow.
 *
 * Every line counts: one that is none of these is an error, because a variable that is dropped or cut short shows only
 * when the function fails.
 *
 * @param file what to call the file in messages
 * @param bytes its content in UTF-8; a byte order mark and any kind of line break are fine
 * @returns the values by name, in the order of the file; whether AWS Lambda takes the names is not checked here
 * @throws AppsctlError USAGE naming file and line; the text of the line is never repeated, as it may be a secret
 */
export function parseEnvFile(file: string, bytes: Uint8Array): Record<string, string> {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new AppsctlError('USAGE', `${file} is not UTF-8 text`, { hint: FORMAT });
  const variables = new Map<string, { readonly value: string; readonly line: number }>();
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  for (const [index, content] of lines.entries()) {
    if (/^[ \t]*(?:#|$)/.test(content)) continue;
    const line = index + 1;
    const [, name, written] = ASSIGNMENT.exec(content) ?? [];
    if (name === undefined || written === undefined) {
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
    variables.set(name, { value: readValue(written, `${file}: line ${line}`), line });
  }
  return Object.fromEntries([...variables].map(([name, { value }]) => [name, value]));
}

const FORMAT = 'write NAME=VALUE on each line; lines that begin with # are comments';

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s;

/** What a value in quotes is, and what follows it. */
const QUOTED = {
  "'": /^'([^']*)'(.*)$/s,
  '"': /^"([^"\\]*(?:\\.[^"\\]*)*)"(.*)$/s,
} as const;

/**
 * @param written what follows the `=`
 * @param where the line, for messages
 */
function readValue(written: string, where: string): string {
  const quote = written[0];
  if (quote !== "'" && quote !== '"') return written;
  const [, value, after] = QUOTED[quote].exec(written) ?? [];
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

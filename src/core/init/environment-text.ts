/**
 * The form of systemd's EnvironmentFile=: `NAME=value` on each line, with or without quotes; lines that begin with `#` or
 * `;` are comments; a backslash at the end of a line continues it.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#EnvironmentFile=
 */
const LINE = new RegExp(
  [
    String.raw`[ \t]*[#;][^\n]*(?:\n|$)`,
    // A quoted value may have several lines, if its quote is closed.
    String.raw`[ \t]*([A-Za-z_][A-Za-z0-9_]*)=[ \t]*((?:"(?:\\[\s\S]|[^"\\])*"|'[^']*')?(?:\\(?:[\s\S]|$)|[^\n\\])*)(?:\n|$)`,
    String.raw`[^\n]*\n`,
    String.raw`[^\n]+$`,
  ].join('|'),
  'g',
);

/** Reads a variable; the last line that sets it counts. */
export function findVariable(text: string, name: string): string | undefined {
  const values = [...text.matchAll(LINE)].filter((line) => line[1] === name).map((line) => line[2] ?? '');
  const raw = values.at(-1)?.trimEnd();
  if (raw === undefined) return undefined;
  const [, single, double] = /^(?:'([^']*)'|"((?:\\[\s\S]|[^"\\])*)")$/.exec(raw) ?? [];
  return single ?? (double ?? raw).replace(/\\([\s\S])/g, (_, char: string) => (char === '\n' ? '' : char));
}

/**
 * Sets variables in a text: each in the place where it was set, otherwise at the end. Everything else stays as it is.
 *
 * @param variables the values by name
 */
export function setVariables(text: string, variables: Readonly<Record<string, string>>): string {
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  const toLine = (name: string): string => environmentLine(name, variables[name] ?? '') + lineBreak;
  const done = new Set<string>();
  const lines = [...text.matchAll(LINE)].map(([line, name]) => {
    if (name === undefined || variables[name] === undefined) return line;
    // Of several lines that set a variable, systemd takes the last one.
    if (done.has(name)) return '';
    done.add(name);
    return toLine(name);
  });
  const edited = lines.join('');
  const added = Object.keys(variables).filter((name) => !done.has(name));
  const needsBreak = added.length > 0 && edited !== '' && !edited.endsWith('\n');
  return edited + (needsBreak ? lineBreak : '') + added.map(toLine).join('');
}

/** `NAME=value`; without quotes where possible, because Docker takes quotes as a part of the value. */
export function environmentLine(name: string, value: string): string {
  if (/^[\w./+=:@-]*$/.test(value)) return `${name}=${value}`;
  return `${name}="${value.replace(/["\\`$]/g, String.raw`\$&`)}"`;
}

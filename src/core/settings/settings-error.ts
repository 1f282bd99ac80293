import { AppsctlError } from '../diagnostics/error.js';
import { Findings } from '../diagnostics/findings.js';

/** Something in a settings file that is not valid. */
export interface SettingsProblem {
  /** Where it is in the file; empty for all of it. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * Creates the error for a settings file that is not valid. A single problem is the message; of several, the message has the
 * number.
 *
 * @param file the name of the file in messages
 */
export function settingsError(file: string, problems: readonly SettingsProblem[]): AppsctlError {
  const findings = new Findings();
  for (const { path, message } of problems) {
    findings.error('settings/invalid', path.length === 0 ? file : `${file}: ${formatPath(path)}`, message);
  }
  const [first] = findings.all;
  const isWhole = first?.location === file;
  const message =
    problems.length === 1
      ? `${first?.location}${isWhole ? ' ' : ': '}${first?.message}`
      : `${file} has ${problems.length} errors`;
  return new AppsctlError('INVALID_SETTINGS', message, { findings: findings.all });
}

/** The path of a value in the file, such as `functions.hello.memory` or `layers[0]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const name = String(key);
    const isPlain = /^[\w$-]+$/.test(name);
    if (!isPlain) return `${text}[${JSON.stringify(name)}]`;
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

/** The value at a path in a file; undefined if there is none. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined,
    root,
  );
}

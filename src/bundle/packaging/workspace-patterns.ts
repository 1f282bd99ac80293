/**
 * Whether the patterns of a workspace have a folder, one in it, or one that contains it as a package.
 *
 * @param patterns globs such as `packages/*`; those that begin with `!` exclude packages
 * @param folder its path relative to the workspace, with slashes
 */
export function coversFolder(patterns: readonly string[], folder: string): boolean {
  const path = folder.split('/');
  const isExcluded = patterns.some(
    (pattern) => pattern.startsWith('!') && matchStart(toSegments(pattern.slice(1)), path) === 'whole',
  );
  return (
    !isExcluded &&
    patterns.some((pattern) => !pattern.startsWith('!') && matchStart(toSegments(pattern), path) !== 'none')
  );
}

function toSegments(pattern: string): string[] {
  return pattern.split('/').filter((segment) => segment !== '' && segment !== '.');
}

/** Whether a pattern matches a path or a folder above it as a `whole`, or something below it as a `part`. */
function matchStart(pattern: readonly string[], path: readonly string[]): 'whole' | 'part' | 'none' {
  // The root of the workspace alone.
  if (pattern.length === 0) return 'none';
  // How many segments of the path the pattern may have matched so far.
  let matched = new Set([0]);
  let isPart = false;
  for (const segment of pattern) {
    isPart ||= matched.has(path.length);
    const next = new Set<number>();
    for (const count of matched) {
      const name = path[count];
      if (segment === '**') for (let more = count; more <= path.length; more++) next.add(more);
      else if (name !== undefined && matchSegment(segment, name)) next.add(count + 1);
    }
    matched = next;
  }
  if (matched.size > 0) return 'whole';
  return isPart ? 'part' : 'none';
}

/**
 * Whether a name matches a segment of a glob with `*` and `?`. What another syntax matches, such as braces, is not known: it
 * may match.
 */
function matchSegment(segment: string, name: string): boolean {
  if (/[{}()[\]]/.test(segment)) return true;
  let at = 0;
  let from = 0;
  let star = -1;
  let retry = 0;
  while (from < name.length) {
    if (segment[at] === '*') {
      star = at++;
      retry = from;
    } else if (at < segment.length && (segment[at] === '?' || segment[at] === name[from])) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++retry;
    } else return false;
  }
  return /^\**$/.test(segment.slice(at));
}

/**
 * Reads the list `packages` of a pnpm-workspace.yaml, in the notations in which it is written there: a list in lines or in
 * brackets, with or without quotes.
 *
 * @returns nothing without the list: then the workspace has only the package at its root
 */
export function readPnpmPackages(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/(?:^|\s)#.*$/, ''));
  const start = lines.findIndex((line) => /^(?:\ufeff)?(?:packages|"packages"|'packages')\s*:/.test(line));
  if (start < 0) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^[^\s\-\]#]/.test(line));
  const value = [(lines[start] ?? '').replace(/^[^:]*:/, ''), ...(end < 0 ? rest : rest.slice(0, end))];
  const inline = /\[([^\]]*)\]/.exec(value.join(' '))?.[1];
  const items =
    value[0]?.trim().startsWith('[') && inline !== undefined
      ? inline.split(',')
      : value.slice(1).flatMap((line) => /^\s*-\s+(.*)$/.exec(line)?.[1] ?? []);
  return items.map((item) => item.trim().replace(/^(['"])(.*)\1$/, '$2')).filter((item) => item !== '');
}

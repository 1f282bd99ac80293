import type { Findings } from '../diagnostics/findings.js';
import type { LambdaFunction } from '../manifest/manifest.js';
import { type BundleEntry, STATIC_PREFIX } from './bundle.js';

/**
 * Finds the archive of each function. An archive whose base name is the function's name is its own, in
 * whichever folder (a name with a slash matches whole path segments); failing that, the single archive that
 * ends with the name and that no other function claims. The Go tool took the last archive that ends with the
 * name, and so could deploy the code of `say-hello` as `hello`.
 *
 * @param functions the manifest's functions, names unique
 * @param entries the bundle's function archives
 * @param files all files of the bundle, to say what may have been meant where an archive is missing
 * @param findings takes what is missing or ambiguous (errors) and what was guessed or is left over (warnings)
 * @returns the archive for each function's name
 */
export function matchArchives(
  functions: readonly LambdaFunction[],
  entries: readonly BundleEntry[],
  files: readonly BundleEntry[],
  findings: Findings,
): Map<string, BundleEntry> {
  const matches = new Map<string, BundleEntry>();
  const archives = entries.map((entry) => ({ entry, stem: toStem(entry), isTaken: false }));
  const unmatched: LambdaFunction[] = [];
  for (const item of functions) {
    const own = archivesEndingWith(archives, `/${item.name}`);
    const [only] = own.first;
    if (only === undefined) unmatched.push(item);
    else if (own.count > 1) reportAmbiguous(item, own, findings);
    else matches.set(item.name, only.entry);
  }
  const left = archives.filter(({ isTaken }) => !isTaken);
  const suffixed = unmatched.map((item) => ({ item, candidates: archivesEndingWith(left, item.name) }));
  const lookalikes = groupBy(unmatched.length > 0 ? files : [], ({ name }) => toLookalikeKey(name));
  for (const { item, candidates } of suffixed) {
    const [only] = candidates.first;
    if (only === undefined) {
      reportMissing(item, lookalikes.get(baseName(item.name).toLowerCase())?.[0], findings);
      continue;
    }
    const rivals = unmatched.filter((other) => other !== item && endsWith(only.stem, other.name));
    if (candidates.count > 1) {
      reportAmbiguous(item, candidates, findings);
    } else if (rivals.length > 0) {
      const others = joinNames(
        rivals.map(({ name }) => name),
        rivals.length,
      );
      const message = `could be the code of ${item.name} or of ${others}`;
      findings.error(only.entry.name, message, 'name it like its function');
    } else {
      const message = `is used as the code of ${item.name} because its name ends with ${JSON.stringify(item.name)}`;
      findings.warning(only.entry.name, message, `name it ${item.name}.zip`);
      matches.set(item.name, only.entry);
    }
  }
  for (const { entry, isTaken } of archives) {
    if (isTaken) continue;
    const message = 'is ignored: no function of the manifest has this name';
    findings.warning(entry.name, message, 'name it like its function, or leave it out');
  }
  return matches;
}

/** A function archive of the bundle. */
interface Archive {
  readonly entry: BundleEntry;
  /** Its path with a slash at the beginning and without its extension. */
  readonly stem: string;
  /** Whether it ends with the name of a function. */
  isTaken: boolean;
}

/** The archives that may be the code of a function. */
interface Candidates {
  readonly count: number;
  /** The first few: a thousand functions that each could have any archive must not fill the memory. */
  readonly first: readonly Archive[];
}

/** Finds the archives whose stems end with a text, and marks them as taken. */
function archivesEndingWith(archives: readonly Archive[], ending: string): Candidates {
  const first: Archive[] = [];
  let count = 0;
  for (const archive of archives) {
    if (!endsWith(archive.stem, ending)) continue;
    archive.isTaken = true;
    count++;
    if (first.length < MAX_LISTED_NAMES) first.push(archive);
  }
  return { count, first };
}

/** As String.endsWith, which compares long texts one character at a time and so takes eight times as long. */
function endsWith(text: string, ending: string): boolean {
  return text[text.length - ending.length] === ending[0] && text.slice(-ending.length) === ending;
}

function toStem({ name }: BundleEntry): string {
  return `/${name.replace(/\.(?:zip|jar)$/, '')}`;
}

/** As many names as one message lists. */
const MAX_LISTED_NAMES = 5;

function reportMissing(item: LambdaFunction, lookalike: BundleEntry | undefined, findings: Findings): void {
  const wanted = `${item.name}.zip`;
  const fix =
    lookalike === undefined
      ? `add ${wanted} or ${item.name}.jar`
      : lookalike.name.startsWith(STATIC_PREFIX)
        ? `${lookalike.name} is an asset: move it to ${wanted}`
        : `rename ${lookalike.name} to ${wanted}: case matters`;
  findings.error(item.name, 'has no archive in the bundle', fix);
}

function reportAmbiguous(item: LambdaFunction, { first, count }: Candidates, findings: Findings): void {
  const names = joinNames(
    first.map(({ entry }) => entry.name),
    count,
  );
  findings.error(item.name, `could be any of ${names}`, 'leave one archive for each function');
}

/** @param count how many there are, if the names are only the first of them */
function joinNames(names: readonly string[], count: number): string {
  const shown = names.slice(0, MAX_LISTED_NAMES);
  const more = count - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What a file would be the archive of, if case and folder did not matter; undefined for no archive. */
function toLookalikeKey(name: string): string | undefined {
  const base = baseName(name);
  return /\.(?:zip|jar)$/i.test(base) ? base.slice(0, -'.zip'.length).toLowerCase() : undefined;
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

import type { Findings } from '../diagnostics/findings.js';
import { joinFirst } from '../text.js';
import { type BundleEntry, type DeclaredFunction, STATIC_PREFIX } from './bundle.js';

/** The number of names that a message lists. */
const MAX_LISTED_NAMES = 5;

/**
 * Finds the archive of each function. It is the one whose base name is the name of the function, in any folder (a name
 * with a slash matches whole path segments). Without such an archive, it is the only one whose name ends with the name of
 * the function and of no other function without an archive. The Go tool used the last archive that ends with the name, and
 * so could deploy the code of `say-hello` as `hello`.
 *
 * @param functions the functions of the manifest, with unique names
 * @param entries the function archives of the bundle
 * @param files all files of the bundle, to suggest one where an archive is missing
 * @param findings collects missing and ambiguous archives as errors, guessed and unused ones as warnings
 * @returns the archives by function name
 */
export function matchArchives(
  functions: readonly DeclaredFunction[],
  entries: readonly BundleEntry[],
  files: readonly BundleEntry[],
  findings: Findings,
): Map<string, BundleEntry> {
  const matches = new Map<string, BundleEntry>();
  const archives = entries.map((entry) => ({ entry, stem: toStem(entry), isMatched: false }));
  const unmatched: DeclaredFunction[] = [];
  for (const item of functions) {
    const exact = archivesEndingWith(archives, `/${item.name}`);
    const [only] = exact.first;
    if (only === undefined) unmatched.push(item);
    else if (exact.count > 1) reportAmbiguous(item, exact, findings);
    else matches.set(item.name, only.entry);
  }
  for (const [name, entry] of matchBySuffix(unmatched, archives, files, findings)) matches.set(name, entry);
  // Without functions, the manifest has an error: it could not be read, or the section is missing.
  if (functions.length > 0) reportUnused(archives, findings);
  return matches;
}

/** Finds the archives of functions without an exact one: the only archive that ends with the name of one function. */
function matchBySuffix(
  functions: readonly DeclaredFunction[],
  archives: readonly Archive[],
  files: readonly BundleEntry[],
  findings: Findings,
): Map<string, BundleEntry> {
  const matches = new Map<string, BundleEntry>();
  const unused = archives.filter(({ isMatched }) => !isMatched);
  const suffixed = functions.map((item) => ({ item, candidates: archivesEndingWith(unused, item.name) }));
  const lookalikes = findLookalikes(functions.length > 0 ? files : []);
  for (const { item, candidates } of suffixed) {
    const [only] = candidates.first;
    if (only === undefined) {
      reportMissing(item, lookalikes.get(baseName(item.name).toLowerCase()), findings);
      continue;
    }
    const rivals = functions.filter((other) => other !== item && endsWith(only.stem, other.name));
    if (candidates.count > 1) {
      reportAmbiguous(item, candidates, findings);
    } else if (rivals.length > 0) {
      reportRivals(item, rivals, only, findings);
    } else {
      const message = `is used as the code of ${item.name} because its name ends with ${JSON.stringify(item.name)}`;
      findings.warning('function/guessed-archive', only.entry.name, message, `rename it to ${item.name}.zip`);
      matches.set(item.name, only.entry);
    }
  }
  return matches;
}

function reportRivals(
  item: DeclaredFunction,
  rivals: readonly DeclaredFunction[],
  { entry }: Archive,
  findings: Findings,
): void {
  const others = joinFirst(
    rivals.map(({ name }) => name),
    MAX_LISTED_NAMES,
  );
  const message = `could be the code of ${item.name} or of ${others}`;
  findings.error('function/ambiguous-archive', entry.name, message, 'give it the name of its function');
}

function reportUnused(archives: readonly Archive[], findings: Findings): void {
  for (const { entry, isMatched } of archives) {
    if (isMatched) continue;
    const message = 'is ignored: no function of the manifest has this name';
    const fix = 'give it the name of its function, or remove it';
    findings.warning('function/unused-archive', entry.name, message, fix);
  }
}

/** A function archive of the bundle. */
interface Archive {
  readonly entry: BundleEntry;
  /** Its path with a leading slash and without its extension. */
  readonly stem: string;
  /** Whether it ends with the name of a function. */
  isMatched: boolean;
}

/** The archives that could be the code of a function. */
interface Candidates {
  readonly count: number;
  /** Only the first few: a thousand functions with thousands of candidates each must not exhaust the memory. */
  readonly first: readonly Archive[];
}

/** Finds the archives whose stems end with a text, and marks them as matched. */
function archivesEndingWith(archives: readonly Archive[], ending: string): Candidates {
  const first: Archive[] = [];
  let count = 0;
  for (const archive of archives) {
    if (!endsWith(archive.stem, ending)) continue;
    archive.isMatched = true;
    count++;
    if (first.length < MAX_LISTED_NAMES) first.push(archive);
  }
  return { count, first };
}

/** Faster than String.endsWith, which compares character by character and takes eight times as long for long texts. */
function endsWith(text: string, ending: string): boolean {
  return text[text.length - ending.length] === ending[0] && text.slice(-ending.length) === ending;
}

function toStem({ name }: BundleEntry): string {
  return `/${name.replace(/\.(?:zip|jar)$/, '')}`;
}

function reportMissing(item: DeclaredFunction, lookalike: BundleEntry | undefined, findings: Findings): void {
  const wanted = `${item.name}.zip`;
  const fix =
    lookalike === undefined
      ? `add ${wanted} or ${item.name}.jar`
      : lookalike.name.startsWith(STATIC_PREFIX)
        ? `${lookalike.name} is an asset: move it to ${wanted}`
        : `rename ${lookalike.name} to ${wanted}: case matters`;
  const message = `function ${item.name} has no archive in the bundle`;
  findings.error('function/no-archive', `${item.location}.name`, message, fix);
}

function reportAmbiguous(item: DeclaredFunction, { first, count }: Candidates, findings: Findings): void {
  const names = joinFirst(
    first.map(({ entry }) => entry.name),
    MAX_LISTED_NAMES,
    count,
  );
  const message = `function ${item.name} matches several archives: ${names}`;
  const fix = 'keep only one archive for each function';
  findings.error('function/ambiguous-archive', `${item.location}.name`, message, fix);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The first file that would be the archive of each function if case and folder did not matter, by its name in lower case. */
function findLookalikes(files: readonly BundleEntry[]): Map<string, BundleEntry> {
  const found = new Map<string, BundleEntry>();
  for (const file of files) {
    const base = baseName(file.name);
    if (!/\.(?:zip|jar)$/i.test(base)) continue;
    const name = base.slice(0, -'.zip'.length).toLowerCase();
    if (!found.has(name)) found.set(name, file);
  }
  return found;
}

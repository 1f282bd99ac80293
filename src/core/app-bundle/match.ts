import type { Findings } from '../findings.js';
import type { LambdaFunction } from '../manifest/manifest.js';
import { ArchivesByEnd, type Claim } from './archives-by-end.js';
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
  const all = new ArchivesByEnd(entries);
  const unmatched: LambdaFunction[] = [];
  for (const item of functions) {
    const own = all.claim(`/${item.name}`);
    const [only] = own.first;
    if (only === undefined) unmatched.push(item);
    else if (own.count > 1) ambiguous(item, own, findings);
    else matches.set(item.name, only);
  }
  const claimedOnce = all.claimed();
  const left = new ArchivesByEnd(entries.filter((entry) => !claimedOnce.has(entry)));
  const suffixed = unmatched.map((item) => ({ item, candidates: left.claim(item.name) }));
  const lookalikes = groupBy(unmatched.length > 0 ? files : [], ({ name }) => lookalikeOf(name));
  for (const { item, candidates } of suffixed) {
    const [only] = candidates.first;
    if (only === undefined) {
      missing(item, lookalikes.get(baseName(item.name).toLowerCase())?.[0], findings);
      continue;
    }
    const rivals = suffixed.filter((other) => other.item !== item && other.candidates.has(only));
    if (candidates.count > 1) {
      ambiguous(item, candidates, findings);
    } else if (rivals.length > 0) {
      const others = listed(
        rivals.map((rival) => rival.item.name),
        rivals.length,
      );
      const message = `could be the code of ${item.name} or of ${others}`;
      findings.error(only.name, message, 'name it like its function');
    } else {
      const message = `is taken as the code of ${item.name}, because its name ends so`;
      findings.warning(only.name, message, `name it ${item.name}.zip`);
      matches.set(item.name, only);
    }
  }
  const claimedAgain = left.claimed();
  for (const entry of entries) {
    if (claimedOnce.has(entry) || claimedAgain.has(entry)) continue;
    const message = 'is ignored: no function of the manifest has this name';
    findings.warning(entry.name, message, 'name it like its function, or leave it out');
  }
  return matches;
}

/** As many names as one message lists. */
const LISTED = 5;

function missing(item: LambdaFunction, lookalike: BundleEntry | undefined, findings: Findings): void {
  const wanted = `${item.name}.zip`;
  const fix =
    lookalike === undefined
      ? `add ${wanted} or ${item.name}.jar`
      : lookalike.name.startsWith(STATIC_PREFIX)
        ? `${lookalike.name} is an asset: move it to ${wanted}`
        : `rename ${lookalike.name} to ${wanted}: case matters`;
  findings.error(item.name, 'has no archive in the bundle', fix);
}

function ambiguous(item: LambdaFunction, archives: Claim, findings: Findings): void {
  const names = listed(
    archives.first.map(({ name }) => name),
    archives.count,
  );
  findings.error(item.name, `could be any of ${names}`, 'leave one archive for each function');
}

/** @param count how many there are, if the names are only the first of them */
function listed(names: readonly string[], count: number): string {
  const shown = names.slice(0, LISTED);
  const more = count - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What a file would be the archive of, if case and folder did not matter; undefined for no archive. */
function lookalikeOf(name: string): string | undefined {
  return /([^/]*)\.(?:zip|jar)$/i.exec(name)?.[1]?.toLowerCase();
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

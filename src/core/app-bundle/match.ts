import type { Findings } from '../findings.js';
import type { LambdaFunction } from '../manifest/manifest.js';
import type { BundleEntry } from './bundle.js';

/**
 * Finds the archive of each function. An archive whose base name is the function's name is its own, in
 * whichever folder (a name with a slash matches whole path segments); failing that, the single archive that
 * ends with the name and that no other function claims. The Go tool took the last archive that ends with the
 * name, and so could deploy the code of `say-hello` as `hello`.
 *
 * @param functions the manifest's functions, names unique
 * @param archives the bundle's function archives
 * @param findings takes what is missing or ambiguous (errors) and what was guessed or is left over (warnings)
 * @returns the archive for each function's name
 */
export function matchArchives(
  functions: readonly LambdaFunction[],
  archives: readonly BundleEntry[],
  findings: Findings,
): Map<string, BundleEntry> {
  const matches = new Map<string, BundleEntry>();
  const claimed = new Set<BundleEntry>();
  const unmatched: LambdaFunction[] = [];
  for (const item of functions) {
    const own = archives.filter((archive) => `/${stem(archive)}`.endsWith(`/${item.name}`));
    for (const archive of own) claimed.add(archive);
    if (own.length === 0) unmatched.push(item);
    else if (own.length > 1) ambiguous(item, own, findings);
    else setMatch(matches, item, own[0]);
  }
  const suffixed = unmatched.map((item) => ({
    item,
    candidates: archives.filter((archive) => !claimed.has(archive) && stem(archive).endsWith(item.name)),
  }));
  for (const { item, candidates } of suffixed) {
    const [only] = candidates;
    const rivals = suffixed.filter((other) => other.item !== item && only && other.candidates.includes(only));
    for (const archive of candidates) claimed.add(archive);
    if (only === undefined) {
      findings.error(item.name, 'has no archive in the bundle', `add ${item.name}.zip or ${item.name}.jar`);
    } else if (candidates.length > 1) {
      ambiguous(item, candidates, findings);
    } else if (rivals.length > 0) {
      const others = rivals.map((rival) => rival.item.name).join(', ');
      findings.error(
        only.name,
        `could be the code of ${item.name} or of ${others}`,
        'name it like its function',
      );
    } else {
      const message = `is taken as the code of ${item.name}, because its name ends so`;
      findings.warning(only.name, message, `name it ${item.name}.zip`);
      setMatch(matches, item, only);
    }
  }
  for (const archive of archives) {
    if (!claimed.has(archive))
      findings.warning(archive.name, 'is ignored: no function of the manifest has this name');
  }
  return matches;
}

function ambiguous(item: LambdaFunction, archives: readonly BundleEntry[], findings: Findings): void {
  const names = archives.map((archive) => archive.name).join(', ');
  findings.error(item.name, `could be any of ${names}`, 'leave one archive for each function');
}

function setMatch(
  matches: Map<string, BundleEntry>,
  item: LambdaFunction,
  archive: BundleEntry | undefined,
): void {
  if (archive !== undefined) matches.set(item.name, archive);
}

/** The archive's path without its extension. */
function stem(archive: BundleEntry): string {
  return archive.name.replace(/\.(?:zip|jar)$/, '');
}

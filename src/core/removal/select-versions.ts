import { AppsctlError } from '../diagnostics/error.js';
import type { AppReference } from '../manifest/app-reference.js';

/** Which versions of an app to remove. */
export interface VersionChoice {
  readonly allVersions: boolean;
  /** How many versions to keep, those that were deployed last; undefined to choose in another way. */
  readonly keep: number | undefined;
}

/**
 * Selects the versions of an app that are removed.
 *
 * @param deployed the versions that have a manifest, latest first
 * @param unfinished the versions whose removal was interrupted; unless one version is named, they are always selected
 * @returns undefined when the app, or the version that is named, is not deployed
 * @throws AppsctlError USAGE when it is not clear which version is meant
 */
export function selectVersions(
  { id, version }: AppReference,
  { allVersions, keep }: VersionChoice,
  deployed: readonly string[],
  unfinished: readonly string[],
): string[] | undefined {
  const all = [...new Set([...deployed, ...unfinished])];
  if (version !== undefined) return all.includes(version) ? [version] : undefined;
  if (all.length === 0) return undefined;
  if (allVersions) return all;
  if (keep !== undefined) return [...new Set([...deployed.slice(keep), ...unfinished])];
  if (all.length === 1) return all;
  throw new AppsctlError(
    'USAGE',
    `${all.length} versions of app ${id} are deployed; name the one to remove:`,
    {
      items: all.map((name) => `${id}@${name}`),
      hint: (vocabulary) => `or remove all of them with ${vocabulary.allVersions}`,
    },
  );
}

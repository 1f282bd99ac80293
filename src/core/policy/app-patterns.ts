/** `{id}_{version}_*`, as in `com-example-app_1-0-0_*`: what {@link collapseApps} writes. */
const APP_PATTERN = /^[A-Za-z0-9_-]+_[A-Za-z0-9_-]*_\*$/;

/**
 * The patterns of apps without a function.
 *
 * @param resources what a policy allows
 * @param functions the ARNs of all functions of the region
 * @param scope how those begin: `…:function:`
 */
export function emptyPatterns(
  resources: readonly string[],
  functions: readonly string[],
  scope: string,
): string[] {
  return resources.filter(
    (resource) =>
      resource.startsWith(scope) &&
      APP_PATTERN.test(resource.slice(scope.length)) &&
      !functions.some((arn) => arn.startsWith(resource.slice(0, -1))),
  );
}

/** The apps of a region. */
export interface KnownApps {
  /** The ARNs of all functions; undefined when they may not be listed. Then nothing is collapsed. */
  readonly functions: readonly string[] | undefined;
  /** For each app, how the ARNs of its functions begin: `…:function:{id}_{version}_`. */
  readonly appPrefixes: readonly string[];
}

/**
 * Replaces the functions of an app by one pattern, for each app that has several. Not where the pattern would let the
 * server invoke more: another app's functions, now or later, or a function that is in none of the policies.
 *
 * @param allowed all that the policies allow, and the functions of the bundle
 */
export function collapseApps(
  resources: readonly string[],
  { functions, appPrefixes }: KnownApps,
  allowed: readonly string[],
): string[] {
  if (functions === undefined) return [...new Set(resources)];
  const allowedArns = new Set(allowed);
  const patterns = allowed
    .filter((resource) => resource.endsWith('*'))
    .map((resource) => resource.slice(0, -1));
  const isAllowed = (arn: string): boolean =>
    allowedArns.has(arn) || patterns.some((pattern) => arn.startsWith(pattern));
  const sorted = [...new Set(appPrefixes)].sort();
  let collapsed = [...new Set(resources)];
  for (const [index, prefix] of sorted.entries()) {
    const own = new Set(collapsed.filter((resource) => resource.startsWith(prefix)));
    if (own.size < 2) continue;
    // In sorted order, an app whose prefix begins with this one comes right after it.
    if (sorted[index + 1]?.startsWith(prefix) === true) continue;
    if (functions.some((arn) => arn.startsWith(prefix) && !isAllowed(arn))) continue;
    const position = collapsed.findIndex((resource) => own.has(resource));
    collapsed = collapsed.filter((resource) => !own.has(resource));
    collapsed.splice(position, 0, `${prefix}*`);
  }
  return collapsed;
}

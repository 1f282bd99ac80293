/** The name of {@link collapseApps} patterns: `{id}_{version}_*`, as in `com-example-app_1-0-0_*`. */
const APP_PATTERN = /^[A-Za-z0-9_-]+_[A-Za-z0-9_-]*_\*$/;

/**
 * Returns the app patterns that match no function.
 *
 * @param resources the ARNs and patterns in the policies
 * @param functions the ARNs of all functions of the region
 * @param scope their common prefix, which ends with `:function:`
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

/** The functions and apps of a region. */
export interface KnownApps {
  /** The ARNs of all functions; undefined without permission to list them, in which case nothing is collapsed. */
  readonly functions: readonly string[] | undefined;
  /** For each app, the common prefix of its function ARNs: `…:function:{id}_{version}_`. */
  readonly appPrefixes: readonly string[];
}

/**
 * Replaces the functions of each app that has several by one pattern, unless the pattern would also match functions of
 * another app, existing or future, or an existing function that no policy allows.
 *
 * @param resources the ARNs and patterns of one policy
 * @param allowed the ARNs and patterns of all policies, and the function ARNs of the bundle
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
    const matching = new Set(collapsed.filter((resource) => resource.startsWith(prefix)));
    if (matching.size < 2) continue;
    // In sorted order, a prefix that begins with this one follows immediately.
    if (sorted[index + 1]?.startsWith(prefix) === true) continue;
    if (functions.some((arn) => arn.startsWith(prefix) && !isAllowed(arn))) continue;
    const position = collapsed.findIndex((resource) => matching.has(resource));
    collapsed = collapsed.filter((resource) => !matching.has(resource));
    collapsed.splice(position, 0, `${prefix}*`);
  }
  return collapsed;
}

import { CONCURRENT_REQUESTS, mapConcurrent, settleAll } from '../../core/async/concurrency.js';
import type { FunctionService } from '../../core/ports/lambda.js';

/** The resources of invoke policies that match existing functions. */
export interface ResourcesInUse {
  /** ARNs of functions that exist, and patterns that match at least one. */
  readonly inUse: ReadonlySet<string>;
  /** The ARNs of all functions; undefined when there was no pattern that required to list them. */
  readonly functions: readonly string[] | undefined;
}

/** Finds out which resources of invoke policies, ARNs and patterns of apps, match existing functions. */
export async function findResourcesInUse(
  functions: Pick<FunctionService, 'exists' | 'list'>,
  resources: readonly string[],
): Promise<ResourcesInUse> {
  const patterns = resources.filter(isPattern);
  const [existing, all] = await settleAll(
    findExisting(
      functions,
      resources.filter((resource) => !isPattern(resource)),
    ),
    patterns.length === 0 ? Promise.resolve(undefined) : functions.list(),
  );
  const matching = patterns.filter((pattern) => all?.some((arn) => matchesPattern(arn, pattern)));
  return { inUse: new Set([...existing, ...matching]), functions: all };
}

/** The functions that a resource of an invoke policy matches: the one of an ARN, or all that begin like a pattern. */
export function matchingFunctions(resource: string, functions: readonly string[]): readonly string[] {
  return isPattern(resource) ? functions.filter((arn) => matchesPattern(arn, resource)) : [resource];
}

/** Filters the ARNs of functions that exist. */
export async function findExisting(
  functions: Pick<FunctionService, 'exists'>,
  arns: readonly string[],
): Promise<ReadonlySet<string>> {
  const exist = await mapConcurrent(arns, CONCURRENT_REQUESTS, (arn) =>
    functions.exists(arn.slice(arn.lastIndexOf(':') + 1)),
  );
  return new Set(arns.filter((_, index) => exist[index]));
}

function isPattern(resource: string): boolean {
  return resource.endsWith('*');
}

function matchesPattern(arn: string, pattern: string): boolean {
  return arn.startsWith(pattern.slice(0, -1));
}

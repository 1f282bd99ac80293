import type { Policy } from './policy.js';
import type { PolicyDocument } from './policy-document.js';
import {
  grantedResources,
  INVOKE_GRANT,
  withGrantedResources,
  withoutGrantedResources,
} from './policy-grants.js';

/** The functions that the server must no longer be allowed to invoke, and those that it must. */
export interface Revocation {
  /** The ARNs of the functions that are removed. */
  readonly functionArns: readonly string[];
  /** For each version that is removed, the common prefix of its function ARNs: `…:function:{id}_{version}_`. */
  readonly versionPrefixes: readonly string[];
  /** The common prefix of the function ARNs of all versions of the app: `…:function:{id}_`. */
  readonly appPrefix: string;
  /** The ARNs of the functions of other versions, and of other apps whose names begin alike. */
  readonly neededArns: readonly string[];
}

/** A change to one of the invoke policies that revokes permissions. */
export interface PolicyRevocation {
  readonly policy: Policy;
  /** Undefined for a policy to be deleted: IAM has no policies without statements. */
  readonly document: PolicyDocument | undefined;
  /** The ARNs and patterns to be removed. */
  readonly removed: readonly string[];
}

/**
 * Plans how an invoke policy changes so that it no longer allows functions. Patterns are removed with the last function
 * that they match. A policy that only allowed these functions is deleted, unless it is the first one: that one keeps its
 * last entry, because it must exist, and IAM has no policies without statements.
 *
 * @param isFirst whether it is the first invoke policy, as opposed to an additional one
 * @returns undefined when nothing has to be removed
 */
export function planRevocation(
  policy: Policy,
  isFirst: boolean,
  revocation: Revocation,
): PolicyRevocation | undefined {
  const { document } = policy;
  const removed = grantedResources(document, INVOKE_GRANT).filter((resource) =>
    isRevoked(resource, revocation),
  );
  if (removed.length === 0) return undefined;
  const remaining = withoutGrantedResources(document, INVOKE_GRANT, removed);
  if (remaining !== undefined) return { policy, document: remaining, removed };
  if (!isFirst) return { policy, document: undefined, removed };
  const last = removed.slice(0, 1);
  if (removed.length === 1) return undefined;
  return { policy, document: withGrantedResources(document, INVOKE_GRANT, last), removed: removed.slice(1) };
}

/** The ARNs and patterns in a policy that belong to the removed versions and to nothing else. */
function isRevoked(resource: string, revocation: Revocation): boolean {
  const { functionArns, versionPrefixes, appPrefix, neededArns } = revocation;
  const isOfVersion = versionPrefixes.some((prefix) => resource.startsWith(prefix));
  if (!resource.endsWith('*')) {
    return (isOfVersion || functionArns.includes(resource)) && !neededArns.includes(resource);
  }
  const prefix = resource.slice(0, -1);
  const isOfRemoved = isOfVersion || functionArns.some((arn) => arn.startsWith(prefix));
  return isOfRemoved && prefix.startsWith(appPrefix) && !neededArns.some((arn) => arn.startsWith(prefix));
}

import { poll, type WaitContext } from '../../core/async/poll.js';
import type { Policy, PolicyVersion } from '../../core/policy/policy.js';
import { isSameDocument, type PolicyDocument } from '../../core/policy/policy-document.js';
import type { PolicyService } from '../../core/ports/iam.js';

/** How often a policy is written when others write it at the same time. */
const MAX_WRITE_ATTEMPTS = 5;
/** How long a version may take to be shown that IAM has. */
const APPEARANCE_LIMIT_MS = 20_000;

/**
 * Gives a policy another document. A version whose number is not the next one after the version that was read shows that
 * somebody else wrote in between, or that the read was old: then both are merged and written again.
 *
 * @param policy as read for an update
 * @param document what it is to be, made from what was read
 * @param merge makes it from what somebody else wrote
 * @returns the policy as written; undefined when it has to be read again
 */
export async function writePolicy(
  policies: PolicyService,
  context: WaitContext,
  policy: Policy,
  document: PolicyDocument,
  merge: (between: PolicyDocument) => PolicyDocument,
): Promise<Policy | undefined> {
  if (isSameDocument(document, policy.document)) return policy;
  let base = policy;
  let next = document;
  for (let attempt = 0; attempt < MAX_WRITE_ATTEMPTS; attempt++) {
    const version = await policies.addVersion(base, next);
    if (version === undefined) return undefined;
    const written = { ...policy, version, document: next };
    if (version === (base.versions ?? { latest: base.version }).latest + 1) return written;
    const between = await findBetween(policies, context, policy, version - 1);
    const merged = between === undefined ? next : merge(between.document);
    if (isSameDocument(merged, next)) return written;
    const current = await policies.findPolicy(policy.arn, { known: written, forUpdate: true });
    // Read is only which version must go first: IAM may still show another default version than the one just written.
    base = { ...written, versions: { ...current?.versions, latest: version } };
    next = merged;
  }
  return undefined;
}

/** What somebody else wrote; undefined when it has been deleted again. IAM may not show it at once. */
async function findBetween(
  policies: PolicyService,
  context: WaitContext,
  policy: Policy,
  version: number,
): Promise<PolicyVersion | undefined> {
  const reason = `until IAM shows version v${version} of policy ${policy.name}`;
  const found = await poll(context, { limitMs: APPEARANCE_LIMIT_MS, reason }, async (isLast) => {
    return (await policies.findVersion(policy, version)) ?? (isLast ? 'deleted' : undefined);
  });
  return found === 'deleted' ? undefined : found;
}

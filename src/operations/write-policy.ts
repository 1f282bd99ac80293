import { poll, type WaitContext } from '../core/async/poll.js';
import { AppsctlError } from '../core/diagnostics/error.js';
import type { Policy, PolicyVersion } from '../core/policy/policy.js';
import { isSameDocument, type PolicyDocument } from '../core/policy/policy-document.js';
import type { FindPolicyOptions, PolicyService } from '../core/ports/iam.js';
import { PROPAGATION_LIMIT_MS } from '../core/timeouts.js';
import { SECOND } from '../core/units.js';
import { findPolicyByName } from './find-policy.js';

/** How often a policy is written when it is changed concurrently. */
export const MAX_WRITE_ATTEMPTS = 5;

/**
 * Makes a document the default version of a policy. A version number that does not follow the one that was read means
 * that the policy was changed concurrently, or that the read was outdated: then both documents are merged and written
 * again.
 *
 * @param policy as read for an update
 * @param document made from the document that was read
 * @param merge makes the same changes to a document that was written concurrently
 * @returns the policy as written; undefined when it has to be read again
 */
export async function writePolicy(
  policies: PolicyService,
  context: WaitContext,
  policy: Policy,
  document: PolicyDocument,
  merge: (concurrent: PolicyDocument) => PolicyDocument,
): Promise<Policy | undefined> {
  if (isSameDocument(document, policy.document)) return policy;
  let base = policy;
  let next = document;
  for (let attempt = 0; attempt < MAX_WRITE_ATTEMPTS; attempt++) {
    const version = await policies.addVersion(base, next);
    if (version === undefined) return undefined;
    const written = { ...policy, version, document: next };
    const latest = base.versions?.latest ?? base.version;
    if (version === latest + 1) return written;
    const concurrent = await findVersion(policies, context, policy, version - 1);
    const merged = concurrent === undefined ? next : merge(concurrent.document);
    if (isSameDocument(merged, next)) return written;
    const current = await policies.findPolicy(policy.arn, { known: written, forUpdate: true });
    // Only the version to delete is taken from this read: IAM may not yet show the version just written.
    base = { ...written, versions: { ...current?.versions, latest: version } };
    next = merged;
  }
  return undefined;
}

/** Waits for a version to propagate; returns undefined if it does not, because it has been deleted. */
async function findVersion(
  policies: PolicyService,
  context: WaitContext,
  policy: Policy,
  version: number,
): Promise<PolicyVersion | undefined> {
  const reason = `for version v${version} of policy ${policy.name} to propagate in IAM`;
  const found = await poll(context, { limitMs: PROPAGATION_LIMIT_MS, reason }, async (isLast) => {
    return (await policies.findVersion(policy, version)) ?? (isLast ? 'deleted' : undefined);
  });
  return found === 'deleted' ? undefined : found;
}

/**
 * Waits for a policy to propagate that could not be created because its name is taken.
 *
 * @throws AppsctlError CONFLICT when it does not
 */
export async function waitForPolicy(
  policies: PolicyService,
  context: WaitContext,
  arn: string,
  name: string,
  options?: FindPolicyOptions,
): Promise<Policy> {
  const wait = { limitMs: PROPAGATION_LIMIT_MS, reason: `for policy ${name} to propagate in IAM` };
  return poll(context, wait, async (isLast) => {
    const policy = await policies.findPolicy(arn, options);
    if (policy !== undefined || !isLast) return policy;
    // It may have another path.
    const other = await findPolicyByName(policies, name, options);
    if (other !== undefined) return other;
    const message = `policy ${name} already exists, but did not propagate in IAM within ${PROPAGATION_LIMIT_MS / SECOND} s`;
    throw new AppsctlError('CONFLICT', message, { hint: ({ again }) => `${again} later` });
  });
}

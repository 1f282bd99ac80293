import { settleAll } from '../../core/async/concurrency.js';
import { functionArnPrefix } from '../../core/aws/arn.js';
import { lambdaNamePrefix, MANIFEST_PREFIX } from '../../core/aws/resource-names.js';
import { unlessDenied } from '../../core/diagnostics/unless-denied.js';
import { emptyPatterns } from '../../core/policy/app-patterns.js';
import type { AccountFacts } from '../../core/policy/invoke-policies.js';
import type { Policy } from '../../core/policy/policy.js';
import { grantedResources, INVOKE_GRANT } from '../../core/policy/policy-grants.js';
import { findExisting } from './functions-in-use.js';
import type { InvokePorts, InvokeRequest } from './invoke-request.js';

/**
 * Reads what planning requires once all invoke policies are full: which functions no longer exist, which ones can share
 * a pattern, and how many more policies can be attached. Whatever the deploy key is not allowed to read is omitted.
 */
export async function readAccountFacts(
  { policies: policyService, functions: openFunctions, objects: openObjects }: InvokePorts,
  { account, region, manifestKey, functionArns }: InvokeRequest,
  policies: readonly [Policy, ...Policy[]],
): Promise<AccountFacts> {
  const [functions, objects] = await Promise.all([openFunctions, openObjects]);
  const scope = functionArnPrefix(account, region);
  const [all, manifests, quotas] = await settleAll(
    unlessDenied(functions.list()),
    unlessDenied(objects.list(MANIFEST_PREFIX)),
    settleAll(...policies[0].attachedTo.map((identity) => policyService.policyQuotas(identity))),
  );
  const listed = new Set(all);
  const resources = policies.flatMap(({ document }) => grantedResources(document, INVOKE_GRANT));
  // The functions of the bundle may be created at any moment, and a list may be outdated: all others are looked up.
  const unlisted = resources.filter(
    (resource) => isFunctionArn(resource, scope) && !listed.has(resource) && !functionArns.includes(resource),
  );
  const existing = await findExisting(functions, unlisted);
  const manifestKeys = [manifestKey, ...(manifests ?? []).map(({ key }) => key)];
  return {
    deleted: new Set([
      ...unlisted.filter((arn) => !existing.has(arn)),
      ...(all === undefined ? [] : emptyPatterns(resources, all, scope)),
    ]),
    functions: all,
    appPrefixes: manifestKeys.flatMap((key) => {
      const prefix = lambdaNamePrefix(key);
      return prefix === undefined ? [] : [scope + prefix];
    }),
    // Infinity when no quota can be read: IAM then refuses the policy that is one too many.
    attachmentsLeft: Math.min(
      ...quotas.flatMap((quota) =>
        quota === undefined ? [] : [Math.min(quota.policies, quota.attachments)],
      ),
    ),
  };
}

/** Whether a resource is the ARN of one function, without a version, an alias or a wildcard. */
function isFunctionArn(resource: string, scope: string): boolean {
  return resource.startsWith(scope) && /^[A-Za-z0-9_-]+$/.test(resource.slice(scope.length));
}

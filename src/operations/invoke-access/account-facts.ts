import { mapConcurrent, settleAll } from '../../core/async/concurrency.js';
import { functionArnPrefix } from '../../core/aws/arn.js';
import { lambdaNamePrefix, MANIFEST_PREFIX } from '../../core/aws/resource-names.js';
import { emptyPatterns } from '../../core/policy/app-patterns.js';
import type { AccountFacts } from '../../core/policy/invoke-policies.js';
import type { Policy } from '../../core/policy/policy.js';
import { grantedResources, INVOKE_GRANT } from '../../core/policy/policy-grants.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import { unlessDenied } from '../unless-denied.js';
import type { InvokePorts, InvokeRequest } from './invoke-request.js';

/** Functions that are looked up at the same time. */
const CONCURRENT_LOOKUPS = 16;

/** Reads what has to be known of the account once no policy has room. What may not be read is left out. */
export async function readAccountFacts(
  { policies, ...ports }: InvokePorts,
  { account, region, manifestKey, functionArns }: InvokeRequest,
  family: readonly [Policy, ...Policy[]],
): Promise<AccountFacts> {
  const [functions, objects] = await Promise.all([ports.functions, ports.objects]);
  const scope = functionArnPrefix(account, region);
  const [all, manifests, quotas] = await settleAll(
    unlessDenied(functions.list()),
    unlessDenied(objects.list(MANIFEST_PREFIX)),
    settleAll(...family[0].attachedTo.map((holder) => policies.policyQuotas(holder))),
  );
  const existing = new Set(all);
  const resources = family.flatMap(({ document }) => grantedResources(document, INVOKE_GRANT));
  // Those of the bundle may be created at any moment.
  const candidates = resources.filter(
    (resource) => isPlainArn(resource, scope) && !existing.has(resource) && !functionArns.includes(resource),
  );
  const found = await filterExisting(functions, candidates);
  const keys = [manifestKey, ...(manifests ?? []).map(({ key }) => key)];
  return {
    deleted: new Set([
      ...candidates.filter((arn) => !found.has(arn)),
      ...(all === undefined ? [] : emptyPatterns(resources, all, scope)),
    ]),
    functions: all,
    appPrefixes: keys.flatMap((key) => {
      const prefix = lambdaNamePrefix(key);
      return prefix === undefined ? [] : [scope + prefix];
    }),
    // Where the quotas may not be read, AWS says whether there is room.
    attachmentsLeft: Math.min(
      ...quotas.flatMap((quota) => quota ?? []).map((quota) => Math.min(quota.policies, quota.attachments)),
    ),
  };
}

/** Those of these functions, by ARN, that exist. */
export async function filterExisting(
  functions: Pick<FunctionService, 'exists'>,
  arns: readonly string[],
): Promise<ReadonlySet<string>> {
  const exist = await mapConcurrent(arns, CONCURRENT_LOOKUPS, (arn) =>
    functions.exists(arn.slice(arn.lastIndexOf(':') + 1)),
  );
  return new Set(arns.filter((_, index) => exist[index]));
}

/** Whether it is the ARN of one function, without version, alias or wildcard. */
function isPlainArn(resource: string, scope: string): boolean {
  return resource.startsWith(scope) && /^[A-Za-z0-9_-]+$/.test(resource.slice(scope.length));
}

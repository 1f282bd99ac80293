import { settleAll } from '../../core/async/concurrency.js';
import { type Account, policyArn } from '../../core/aws/arn.js';
import { type AppScope, findOtherUses } from '../../core/clean/other-uses.js';
import type { CleanState, FoundEntity, FoundPolicy } from '../../core/clean/plan.js';
import { unlessDenied } from '../../core/diagnostics/unless-denied.js';
import { additionalPolicyNames } from '../../core/policy/invoke-policies.js';
import type { PolicyDocument } from '../../core/policy/policy-document.js';
import { hasOnlyGrant, INVOKE_GRANT } from '../../core/policy/policy-grants.js';
import type { BucketRemoval } from '../../core/ports/bucket-removal.js';
import type { IamEntity } from '../../core/ports/iam-removal.js';
import { joinFirst } from '../../core/text.js';
import type { CleanPorts } from './ports.js';
import type { CleanSettings } from './settings.js';

/** The number of buckets and regions that a warning lists. */
const MAX_LISTED = 10;

/** Reads what is in the account of that which `init` made. Warns about what the caller may not read. */
export async function readCleanState(
  settings: CleanSettings,
  ports: CleanPorts,
  bucket: BucketRemoval,
  account: Account,
): Promise<CleanState> {
  const { userName, groupName, executionRoleName, removeBucket } = settings;
  const [user, group, policies, role, bucketState] = await settleAll(
    findEntity(ports, { kind: 'user', name: userName }),
    findEntity(ports, { kind: 'group', name: groupName }),
    findPolicies(settings, ports, { account, region: settings.region, bucket: bucket.name }),
    findEntity(ports, { kind: 'role', name: executionRoleName }),
    findBucket(bucket, removeBucket),
  );
  const functions = role === undefined ? [] : await unlessDenied(ports.functions.namesWithRole(role.arn));
  return { user, group, policies, role, functions, bucket: bucketState };
}

interface EntityWithArn extends FoundEntity {
  readonly arn: string;
}

async function findEntity(
  { iam, onEvent }: CleanPorts,
  entity: IamEntity,
): Promise<EntityWithArn | undefined> {
  const found = await iam.findEntity(entity);
  if (found === undefined) return undefined;
  const { arn, attachments, denied } = found;
  if (denied.length > 0) {
    const message = `there may be more attached to ${entity.kind} ${entity.name} than can be seen: ${denied.join(', ')} ${denied.length === 1 ? 'is' : 'are'} not allowed`;
    onEvent({ type: 'warning', message });
  }
  return { entity, arn, attachments };
}

/** Finds the invoke policy and the additional policies; by their paths only if policies can be listed. */
async function findPolicies(
  { policyName }: CleanSettings,
  ports: CleanPorts,
  scope: AppScope,
): Promise<FoundPolicy[]> {
  const names = [policyName, ...additionalPolicyNames(policyName)];
  const located = await unlessDenied(ports.iam.locatePolicies(names));
  const arns = located ?? names.map((name) => policyArn(scope.account, name));
  const found = await settleAll(
    ...names.map(async (name): Promise<FoundPolicy | undefined> => {
      const arn = arns.find((candidate) => candidate.endsWith(`/${name}`));
      if (arn === undefined) return undefined;
      const entity = await findEntity(ports, { kind: 'policy', name, arn });
      if (entity === undefined) return undefined;
      const isFirst = name === policyName;
      const reading = ports.policies.findPolicy(arn);
      const document = (await (isFirst ? unlessDenied(reading) : reading))?.document;
      const isForeign = !isFirst && document !== undefined && !hasOnlyGrant(document, INVOKE_GRANT);
      if (document !== undefined && !isForeign) warnOfOtherUses(name, document, scope, ports);
      return { ...entity, isForeign };
    }),
  );
  return found.filter((policy) => policy !== undefined);
}

/** The same names may serve apps in other buckets and regions, which lose their key and their policy, too. */
function warnOfOtherUses(
  name: string,
  document: PolicyDocument,
  scope: AppScope,
  { onEvent }: Pick<CleanPorts, 'onEvent'>,
): void {
  const uses = findOtherUses(document, scope);
  if (uses.length === 0) return;
  const message = `policy ${name} also allows ${joinFirst(uses, MAX_LISTED)}: apps there can no longer be used either`;
  onEvent({ type: 'warning', message });
}

async function findBucket(bucket: BucketRemoval, isCounted: boolean): Promise<CleanState['bucket']> {
  if (!(await bucket.exists())) return undefined;
  return { name: bucket.name, content: isCounted ? await bucket.count() : undefined };
}

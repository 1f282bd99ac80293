import { throwIfAborted } from '../../core/async/clock.js';
import { poll } from '../../core/async/poll.js';
import { parseAccount } from '../../core/aws/arn.js';
import {
  type AccountRemovals,
  attachmentText,
  type CleanPlan,
  describeRemovals,
  type FoundEntity,
  planClean,
  RESOURCE_KINDS,
} from '../../core/clean/plan.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Outcome, ResourceKind } from '../../core/diagnostics/event.js';
import type { BucketRemoval } from '../../core/ports/bucket-removal.js';
import type { Attachment, IamEntity } from '../../core/ports/iam-removal.js';
import { PROPAGATION_LIMIT_MS } from '../../core/timeouts.js';
import { checkCaller, checkClean } from './check-clean.js';
import { readCleanState } from './clean-state.js';
import type { CleanPorts } from './ports.js';
import type { CleanSettings } from './settings.js';

/** A removal that has been planned, and not begun. */
export interface PreparedClean {
  readonly planned: AccountRemovals;
  /** Removes what is planned. */
  apply(): Promise<void>;
}

/**
 * Plans to remove everything that `init` made, with all that was attached to it since.
 *
 * @param credentialsSource how messages name the credentials
 * @throws AppsctlError CONFLICT when apps are deployed or the bucket is not empty, unless `force` is set, and when the
 *   credentials belong to the user that would be removed; the errors of the ports
 */
export async function prepareClean(
  settings: CleanSettings,
  ports: CleanPorts,
  credentialsSource: string,
): Promise<PreparedClean> {
  const callerArn = await ports.identity.arn();
  const account = parseAccount(callerArn);
  ports.onEvent({ type: 'account', accountId: account.accountId, region: settings.region });
  checkCaller(callerArn, settings, credentialsSource);
  const [objects, removal] = await Promise.all([
    ports.openBucket(account.accountId),
    ports.openBucketRemoval(account.accountId),
  ]);
  const state = await readCleanState(settings, ports, removal, account);
  await checkClean(settings, state, objects);
  const plan = planClean(state, settings, ports.vocabulary);
  const { accountId } = account;
  return {
    planned: { accountId, removals: describeRemovals(plan), kept: plan.kept },
    apply: () => applyClean(plan, ports, removal),
  };
}

async function applyClean(plan: CleanPlan, ports: CleanPorts, bucket: BucketRemoval): Promise<void> {
  for (const entity of plan.entities) await removeEntity(entity, ports);
  if (plan.bucket !== undefined) await removeBucket(bucket, ports);
  for (const { kind, name, reason } of plan.kept) report(ports, kind, name, 'kept', `(${reason})`);
}

/** Removes what is attached to an entity, and the entity. */
async function removeEntity({ entity, attachments }: FoundEntity, ports: CleanPorts): Promise<void> {
  const { kind, name } = entity;
  await removeAttachments(entity, attachments, ports);
  throwIfAborted(ports.signal);
  const wait = {
    limitMs: PROPAGATION_LIMIT_MS,
    reason: `until nothing is attached to ${kind} ${name} any more`,
  };
  // Attached meanwhile, not seen because the first read was outdated, or removed and not yet propagated.
  await poll(ports, wait, async (isLast) => {
    const obstacle = await ports.iam.deleteEntity(entity);
    if (obstacle === undefined) return true;
    const found = await ports.iam.findEntity(entity);
    if (isLast) throw stillAttached(entity, obstacle, found?.denied ?? []);
    await removeAttachments(entity, found?.attachments ?? [], ports);
    return undefined;
  });
  report(ports, RESOURCE_KINDS[kind], name, 'removed');
}

async function removeAttachments(
  entity: IamEntity,
  attachments: readonly Attachment[],
  ports: CleanPorts,
): Promise<void> {
  for (const attachment of attachments) {
    throwIfAborted(ports.signal);
    await ports.iam.removeAttachment(entity, attachment);
    const detail = `without ${attachmentText(attachment)}`;
    report(ports, RESOURCE_KINDS[entity.kind], entity.name, 'updated', detail);
  }
}

function stillAttached({ kind, name }: IamEntity, obstacle: string, denied: readonly string[]): AppsctlError {
  return new AppsctlError('CONFLICT', `cannot delete ${kind} ${name}: ${obstacle}`, {
    hint:
      denied.length === 0
        ? ({ again }) => `remove what AWS names, and ${again}`
        : `allow ${denied.join(', ')}, so that it can be found and removed`,
  });
}

async function removeBucket(bucket: BucketRemoval, ports: CleanPorts): Promise<void> {
  throwIfAborted(ports.signal);
  const { locked, count } = await bucket.empty();
  if (count > 0) {
    const things = count === 1 ? 'object' : 'objects';
    throw new AppsctlError(
      'CONFLICT',
      `bucket ${bucket.name} is kept: ${count} ${things} cannot be removed`,
      {
        items: locked.map(({ key, reason }) => `${key}: ${reason}`),
        hint: ({ again }) =>
          `objects that are locked can be removed once their retention ends: ${again} then, or allow s3:DeleteObjectVersion`,
      },
    );
  }
  throwIfAborted(ports.signal);
  await bucket.delete();
  report(ports, 'bucket', bucket.name, 'removed');
}

function report(
  { onEvent }: CleanPorts,
  kind: ResourceKind,
  name: string,
  outcome: Outcome,
  detail?: string,
): void {
  onEvent({ type: 'resource', kind, name, outcome, ...(detail !== undefined && { detail }) });
}

import type { ResourceKind } from '../diagnostics/event.js';
import type { Vocabulary } from '../diagnostics/vocabulary.js';
import type { BucketContent } from '../ports/bucket-removal.js';
import type { Attachment, IamEntity } from '../ports/iam-removal.js';
import type { KeptResource } from '../removal/kept-resource.js';
import { joinFirst } from '../text.js';

/** A resource that is removed. */
export interface Removal {
  readonly kind: ResourceKind;
  readonly name: string;
  /** What goes with it, one text each, such as `access key AKIA…`. */
  readonly details: readonly string[];
}

/** What is removed from an account, and what is kept. */
export interface AccountRemovals {
  readonly accountId: string;
  /** In the order in which they are removed. */
  readonly removals: readonly Removal[];
  readonly kept: readonly KeptResource[];
}

/** An entity that exists, with what is attached to it. */
export interface FoundEntity {
  readonly entity: IamEntity;
  readonly attachments: readonly Attachment[];
}

/** What is in the account of that which `init` made; undefined if it does not exist. */
export interface CleanState {
  readonly user: FoundEntity | undefined;
  readonly group: FoundEntity | undefined;
  /** The invoke policy and the additional ones. */
  readonly policies: readonly FoundPolicy[];
  readonly role: FoundEntity | undefined;
  /** The functions that use the role; undefined without permission to list them. */
  readonly functions: readonly string[] | undefined;
  /** The content of the bucket, if the bucket exists; undefined content if it was not counted. */
  readonly bucket: { readonly name: string; readonly content: BucketContent | undefined } | undefined;
}

/** An invoke policy that exists. */
export interface FoundPolicy extends FoundEntity {
  /** Whether it has statements that appsctl does not write. The first policy is never foreign, because it was named. */
  readonly isForeign: boolean;
}

/** What the user of `clean` has asked for. */
export interface CleanScope {
  /** Whether the bucket is removed. */
  readonly removeBucket: boolean;
  /** Whether what is still in use, or not empty, is removed as far as possible. */
  readonly force: boolean;
}

/** The steps of a removal, in the order in which they are taken. */
export interface CleanPlan {
  readonly entities: readonly FoundEntity[];
  /** The bucket, which comes last. */
  readonly bucket: { readonly name: string; readonly content: BucketContent } | undefined;
  readonly kept: readonly KeptResource[];
}

/** The number of functions that a reason lists. */
const MAX_LISTED = 10;

/**
 * Plans the removal of everything that `init` made. The keys of the server go first, so that it cannot do anything any
 * more, and the bucket last. What uses something else goes before it.
 *
 * @param vocabulary the names of options and functions, for the reasons
 */
export function planClean(
  { user, group, policies, role, functions, bucket }: CleanState,
  { removeBucket, force }: CleanScope,
  vocabulary: Vocabulary,
): CleanPlan {
  const kept: KeptResource[] = [];
  const keep = (entity: IamEntity, reason: string): false => {
    kept.push({ kind: RESOURCE_KINDS[entity.kind], name: entity.name, reason });
    return false;
  };
  const isRemovable = ({ entity, attachments, isForeign }: FoundPolicy): boolean => {
    if (isForeign) return keep(entity, 'it has statements that appsctl does not write');
    const boundary = attachments.find(
      ({ kind, name }) => isBoundary(kind) && !isOneOf([user, role], BOUNDED[kind], name),
    );
    if (boundary === undefined || force) return true;
    const reason = `it is the ${boundary.kind} ${boundary.name}, who could do more without it (${vocabulary.force} removes it)`;
    return keep(entity, reason);
  };
  const isUnused = ({ entity }: FoundEntity): boolean => {
    if (functions === undefined) {
      if (force) return true;
      const reason = 'functions may use it: lambda:ListFunctions is not allowed';
      return keep(entity, reason);
    }
    if (functions.length === 0) return true;
    const noun = functions.length === 1 ? 'function' : 'functions';
    return keep(entity, `used by ${noun} ${joinFirst(functions, MAX_LISTED)}`);
  };
  const identities = [user, group, role !== undefined && isUnused(role) ? role : undefined];
  const removedPolicies = [...policies].reverse().filter(isRemovable);
  if (bucket !== undefined && !removeBucket)
    kept.push({ kind: 'bucket', name: bucket.name, reason: `${vocabulary.removeBucket} removes it` });
  return {
    entities: withoutRepetition([...identities.filter((item) => item !== undefined), ...removedPolicies]),
    bucket:
      bucket?.content !== undefined && removeBucket
        ? { name: bucket.name, content: bucket.content }
        : undefined,
    kept,
  };
}

/** What a plan removes, for those who review it. */
export function describeRemovals({ entities, bucket }: CleanPlan): Removal[] {
  return [
    ...entities.map(({ entity, attachments }) => ({
      kind: RESOURCE_KINDS[entity.kind],
      name: entity.name,
      details: attachments.map(attachmentText),
    })),
    ...(bucket === undefined
      ? []
      : [{ kind: 'bucket', name: bucket.name, details: contentTexts(bucket.content) } as const]),
  ];
}

export const RESOURCE_KINDS = {
  user: 'user',
  group: 'group',
  role: 'execution role',
  policy: 'invoke policy',
} as const satisfies Record<IamEntity['kind'], ResourceKind>;

/** Names an attachment, as in `access key AKIA…`. */
export function attachmentText({ kind, name }: Attachment): string {
  return name === '' ? kind : `${kind} ${name}`;
}

/** Names what is in a bucket; nothing for an empty one. */
export function contentTexts({ objects, uploads }: BucketContent): string[] {
  return [
    objects > 0 && `${objects} ${objects === 1 ? 'object or version' : 'objects and versions'}`,
    uploads > 0 && `${uploads} unfinished ${uploads === 1 ? 'upload' : 'uploads'}`,
  ].filter((text) => text !== false);
}

const BOUNDED = { 'permissions boundary of user': 'user', 'permissions boundary of role': 'role' } as const;

function isBoundary(kind: Attachment['kind']): kind is keyof typeof BOUNDED {
  return kind in BOUNDED;
}

function isOneOf(items: readonly (FoundEntity | undefined)[], kind: string, name: string): boolean {
  return items.some((item) => item?.entity.kind === kind && item.entity.name === name);
}

const ATTACHED_TO = {
  'attachment to user': 'user',
  'attachment to group': 'group',
  'attachment to role': 'role',
  ...BOUNDED,
} as const satisfies Partial<Record<Attachment['kind'], string>>;

/** A user in the group, and a policy that is attached to either, is named once: where it is removed first. */
function withoutRepetition(entities: readonly FoundEntity[]): FoundEntity[] {
  return entities.map(({ entity, attachments }, index) => {
    const earlier = entities.slice(0, index);
    const isGone = ({ kind, name }: Attachment): boolean => {
      if (kind === 'user') return isOneOf(earlier, kind, name);
      const owner = (ATTACHED_TO as Partial<Record<string, string>>)[kind];
      return owner !== undefined && isOneOf(earlier, owner, name);
    };
    return { entity, attachments: attachments.filter((attachment) => !isGone(attachment)) };
  });
}

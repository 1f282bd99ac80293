import type { IAMClient } from '@aws-sdk/client-iam';
import type { Attachment, AttachmentKind } from '../../core/ports/iam-removal.js';

/**
 * How attachments of one sort are found and removed.
 *
 * @template Entity what identifies the entity: its name; for policies, the ARN
 */
export interface AttachmentSort {
  readonly kinds: readonly AttachmentKind[];
  /** The action that listing them needs. */
  readonly action: string;
  /** Lists the attachments of an entity. */
  list(client: IAMClient, entity: string): Promise<Attachment[]>;
  /** Removes one of them. */
  remove(client: IAMClient, entity: string, attachment: Attachment): Promise<unknown>;
}

/** Attachments of one kind, which are found by their names. */
export function sortOf(
  kind: AttachmentKind,
  action: string,
  listNames: (client: IAMClient, entity: string) => Promise<readonly string[]>,
  remove: (client: IAMClient, entity: string, name: string) => Promise<unknown>,
): AttachmentSort {
  return {
    ...{ kinds: [kind], action },
    list: async (client, entity) => attachments(kind, await listNames(client, entity)),
    remove: (client, entity, { name }) => remove(client, entity, name),
  };
}

/** Attachments of one kind, of these names. */
export function attachments(kind: AttachmentKind, names: readonly string[]): Attachment[] {
  return names.map((name) => ({ kind, name }));
}

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

/** Attachments of one kind, of these names. */
export function attachments(kind: AttachmentKind, names: readonly string[]): Attachment[] {
  return names.map((name) => ({ kind, name }));
}

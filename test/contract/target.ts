import { randomBytes } from 'node:crypto';
import type { LocalAws } from '../stand-ins/aws/index.js';
import type { Clients } from '../support/aws-clients.js';

/** An implementation of AWS. */
export interface Target {
  clients: Clients;
  /** Where it is, and the credentials of its administrator. */
  aws: Pick<LocalAws, 'endpoint' | 'region' | 'admin'>;
  stop(): Promise<void>;
}

export type MakeTarget = () => Promise<Target>;

/** A name that no other test uses, since all tests of a target share its account. */
export function freshName(what: string): string {
  return `${what}-${randomBytes(6).toString('hex')}`;
}

/** The entries of all pages, and the number of pages. Throws if paging does not end. */
export async function allPages<Item>(
  read: (marker: string | undefined) => Promise<{ items: Item[] | undefined; next: string | undefined }>,
): Promise<{ items: Item[]; pages: number }> {
  const items: Item[] = [];
  let marker: string | undefined;
  for (let pages = 1; pages < 100; pages++) {
    const page = await read(marker);
    items.push(...(page.items ?? []));
    marker = page.next;
    if (marker === undefined || marker === '') return { items, pages };
  }
  throw new Error('Paging does not end');
}

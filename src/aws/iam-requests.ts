import { IAMClient } from '@aws-sdk/client-iam';
import { type AwsConnection, clientConfig } from './connection.js';
import { isAwsError, request } from './errors.js';
import { tellRequests } from './request-events.js';
import { poll, whenSettled } from './waiting.js';

/** How long something that AWS says exists may take to be found. */
const FIND_WAIT = 20_000;

/** How requests are sent to IAM, which is the same everywhere and so takes a moment to know everywhere what it is told. */
export abstract class IamRequests {
  protected readonly client: IAMClient;

  constructor(protected readonly connection: AwsConnection) {
    this.client = this.open({});
  }

  /** For requests that must not be sent again when their answer is lost. */
  protected clientOfOneAttempt(): IAMClient {
    return this.open({ maxAttempts: 1 });
  }

  private open(changes: { maxAttempts?: number }): IAMClient {
    const client = new IAMClient({ ...clientConfig(this.connection, 'iam'), ...changes });
    tellRequests(client, 'iam', this.connection);
    return client;
  }

  /** Creates something. There may be one by now: made by somebody else, or by a request whose answer was lost. */
  protected create<T>(doing: string, find: () => Promise<T | undefined>, send: () => Promise<T>): Promise<T> {
    return this.request(doing, async () => {
      try {
        return await send();
      } catch (error) {
        if (!isAwsError(error, 'EntityAlreadyExistsException', 'EntityAlreadyExists')) throw error;
        const found = await poll(
          this.connection,
          { limit: FIND_WAIT, reason: `to ${doing}` },
          async (last) => {
            const thing = await find();
            return thing ?? (last ? 'never' : undefined);
          },
        );
        if (found === 'never') throw error;
        return found;
      }
    });
  }

  protected settled<T>(doing: string, thing: string, send: () => Promise<T>): Promise<T> {
    return this.request(doing, () => whenSettled(this.connection, thing, send));
  }

  protected request<T>(doing: string, send: () => Promise<T>): Promise<T> {
    return request(this.connection, doing, send);
  }

  protected find<T>(doing: string, send: () => Promise<T>): Promise<T | undefined> {
    return this.request(doing, async () => {
      try {
        return await send();
      } catch (error) {
        if (isAwsError(error, 'NoSuchEntityException', 'NoSuchEntity')) return undefined;
        throw error;
      }
    });
  }
}

/** The items of all pages of a listing. */
export async function collect<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => (Item | undefined)[] | undefined,
): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) {
    for (const item of items(page) ?? []) if (item !== undefined) all.push(item);
  }
  return all;
}

/** AWS declares nearly every field of an answer optional; one that it always sends and that is not there is a fault. */
export function present(value: string | undefined): string {
  if (value === undefined) throw new Error('the answer lacks a field that AWS always sends');
  return value;
}

import { IAMClient } from '@aws-sdk/client-iam';
import { poll } from '../../core/async/poll.js';
import { isAwsError, isNoSuchEntity } from '../client/aws-error.js';
import { type AwsConnection, clientConfig } from '../client/connection.js';
import { retryUntilConsistent, retryWhileModified } from '../client/consistency.js';
import { withExplainedErrors } from '../client/errors.js';
import { reportRequests } from '../client/request-events.js';
import { failOnQuotas } from '../client/retries.js';

/** How long something that IAM says exists may take to be found. */
const FIND_LIMIT_MS = 20_000;

/** Sends requests to IAM. IAM is global and therefore eventually consistent. */
export class IamService {
  readonly client: IAMClient;

  constructor(readonly connection: AwsConnection) {
    this.client = this.open({});
  }

  /** For requests that must not be repeated when their answer is lost. */
  clientWithoutRetries(): IAMClient {
    return this.open({ maxAttempts: 1 });
  }

  /** Sends requests whose failure is explained: see {@link withExplainedErrors}. */
  request<T>(action: string, send: () => Promise<T>): Promise<T> {
    return withExplainedErrors(this.connection, action, send);
  }

  /** Looks something up; undefined when IAM does not know it. */
  find<T>(action: string, send: () => Promise<T>): Promise<T | undefined> {
    return this.request(action, async () => {
      try {
        return await send();
      } catch (error) {
        if (isNoSuchEntity(error)) return undefined;
        throw error;
      }
    });
  }

  /** Changes something that was created just before, and that IAM may not know everywhere yet. */
  change<T>(action: string, thing: string, send: () => Promise<T>): Promise<T> {
    return this.request(action, () => retryUntilConsistent(this.connection, thing, send));
  }

  /** Creates something; finds it when it exists by now: created by somebody else, or by a request whose answer was lost. */
  create<T>(action: string, find: () => Promise<T | undefined>, send: () => Promise<T>): Promise<T> {
    return this.request(action, async () => {
      try {
        return await retryWhileModified(this.connection, `what it takes to ${action}`, send);
      } catch (error) {
        if (!isExisting(error)) throw error;
        const wait = { limitMs: FIND_LIMIT_MS, reason: `to ${action}` };
        return await poll(this.connection, wait, async (isLast) => {
          const found = await find();
          if (found === undefined && isLast) throw error;
          return found;
        });
      }
    });
  }

  private open(changes: { maxAttempts?: number }): IAMClient {
    const client = new IAMClient({ ...clientConfig(this.connection, 'iam'), ...changes });
    failOnQuotas(client);
    reportRequests(client, 'iam', this.connection);
    return client;
  }
}

/** Whether there already is something of the name. */
export function isExisting(error: unknown): boolean {
  return isAwsError(error, 'EntityAlreadyExistsException', 'EntityAlreadyExists');
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

/** AWS declares nearly every field of an answer optional; one that it always sends must not be missing. */
export function required(value: string | undefined): string {
  if (value === undefined) throw new Error('the answer lacks a field that AWS always sends');
  return value;
}

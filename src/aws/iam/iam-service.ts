import { IAMClient } from '@aws-sdk/client-iam';
import { poll } from '../../core/async/poll.js';
import type { NewEntity } from '../../core/ports/iam.js';
import { PROPAGATION_LIMIT_MS } from '../../core/timeouts.js';
import { isAwsError, isNoSuchEntity } from '../client/aws-error.js';
import { type AwsConnection, clientConfig } from '../client/connection.js';
import { retryUntilConsistent, retryWhileBeingChanged } from '../client/consistency.js';
import { withExplainedErrors } from '../client/explain-errors.js';
import { reportRequests } from '../client/request-events.js';
import { failOnQuotas } from '../client/retries.js';

/** Sends requests to IAM. IAM is global and therefore eventually consistent. */
export class IamService {
  readonly client: IAMClient;

  constructor(readonly connection: AwsConnection) {
    this.client = this.createClient({});
  }

  /** For requests that must not be retried when their response is lost. */
  clientWithoutRetries(): IAMClient {
    return this.createClient({ maxAttempts: 1 });
  }

  /** Sends requests; see {@link withExplainedErrors}. */
  request<T>(action: string, send: () => Promise<T>): Promise<T> {
    return withExplainedErrors(this.connection, action, send);
  }

  /** Looks up an entity. Returns undefined when it does not exist. */
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

  /**
   * Sends requests that read or change an entity that was created or changed a moment ago; see
   * {@link retryUntilConsistent}.
   *
   * @param thing names the entity, for the message about a wait
   */
  requestUntilConsistent<T>(action: string, thing: string, send: () => Promise<T>): Promise<T> {
    return this.request(action, () => retryUntilConsistent(this.connection, thing, send));
  }

  /** Creates an entity, or finds it if it exists: created by another client, or by a request whose response was lost. */
  create<T>(action: string, find: () => Promise<T | undefined>, send: () => Promise<T>): Promise<T> {
    return this.request(action, async () => {
      try {
        return await retryWhileBeingChanged(this.connection, 'a concurrent change', send);
      } catch (error) {
        if (!alreadyExists(error)) throw error;
        // IAM may not find the entity yet, although it exists.
        const wait = { limitMs: PROPAGATION_LIMIT_MS, reason: `to ${action}` };
        return await poll(this.connection, wait, async (isLast) => {
          const found = await find();
          if (found === undefined && isLast) throw error;
          return found;
        });
      }
    });
  }

  private createClient(overrides: { maxAttempts?: number }): IAMClient {
    const client = new IAMClient({ ...clientConfig(this.connection, 'iam'), ...overrides });
    failOnQuotas(client);
    reportRequests(client, 'iam', this.connection);
    return client;
  }
}

/** Whether an entity of the same name already exists. */
export function alreadyExists(error: unknown): boolean {
  return isAwsError(error, 'EntityAlreadyExists');
}

/** The parameters of a request that creates an entity. */
export function entityInput({ path = '/', tags = {}, boundary }: NewEntity) {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    Path: path,
    ...(Tags.length > 0 && { Tags }),
    ...(boundary !== undefined && { PermissionsBoundary: boundary }),
  };
}

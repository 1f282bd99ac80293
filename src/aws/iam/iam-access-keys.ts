import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  paginateListAccessKeys,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { throwIfAborted } from '../../core/async/clock.js';
import type { AccessKey, AccessKeyService, NewAccessKey } from '../../core/ports/iam.js';
import { SECOND } from '../../core/units.js';
import { isNoSuchEntity, isThrottled, mayHaveSucceeded, required } from '../client/aws-error.js';
import { collect } from '../client/collect.js';
import type { IamService } from './iam-service.js';

/** The pause before the only retry of a throttled request that the SDK does not retry. */
const THROTTLING_PAUSE_MS = 2 * SECOND;

/** Access keys of IAM users. */
export class IamAccessKeys implements AccessKeyService {
  constructor(private readonly iam: IamService) {}

  /** @throws the errors of the SDK */
  list(user: string): Promise<AccessKey[]> {
    const pages = paginateListAccessKeys({ client: this.iam.client }, { UserName: user });
    return collect(pages, (page) =>
      page.AccessKeyMetadata?.map((key) => ({
        id: required(key.AccessKeyId),
        isActive: key.Status === 'Active',
      })),
    );
  }

  create(user: string): Promise<NewAccessKey> {
    // Retried, because the user may have been created a moment ago.
    return this.iam.requestUntilConsistent(
      `create an access key for user ${user}`,
      `user ${user}`,
      async () => {
        const before = new Set(await this.ids(user));
        try {
          return await this.createOnce(user);
        } catch (error) {
          if (isThrottled(error)) {
            await this.iam.connection.clock.sleep(THROTTLING_PAUSE_MS);
            return await this.createOnce(user);
          }
          if (!mayHaveSucceeded(error)) throw error;
          // The key may have been created, and its secret lost with the response. If so, it is the only new one.
          const [orphan, ...others] = (await this.ids(user)).filter((id) => !before.has(id));
          if (others.length > 0) throw error;
          if (orphan !== undefined) await this.deleteOnce(user, orphan);
          return await this.createOnce(user);
        }
      },
    );
  }

  async disable(user: string, id: string): Promise<void> {
    await this.iam.request(`disable access key ${id} of user ${user}`, () =>
      this.iam.client.send(
        new UpdateAccessKeyCommand({ UserName: user, AccessKeyId: id, Status: 'Inactive' }),
      ),
    );
  }

  delete(user: string, id: string): Promise<void> {
    return this.iam.request(`delete access key ${id} of user ${user}`, async () => {
      try {
        await this.deleteOnce(user, id);
      } catch (error) {
        if (!isNoSuchEntity(error)) throw error;
      }
    });
  }

  private async ids(user: string): Promise<string[]> {
    return (await this.list(user)).map(({ id }) => id);
  }

  private async createOnce(user: string): Promise<NewAccessKey> {
    throwIfAborted(this.iam.connection.signal);
    const { AccessKey } = await this.iam
      .clientWithoutRetries()
      .send(new CreateAccessKeyCommand({ UserName: user }));
    return { id: required(AccessKey?.AccessKeyId), secret: required(AccessKey?.SecretAccessKey) };
  }

  private async deleteOnce(user: string, id: string): Promise<void> {
    await this.iam.client.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId: id }));
  }
}

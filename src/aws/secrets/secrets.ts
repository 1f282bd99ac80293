import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Secret, SecretService } from '../../core/ports/secrets.js';
import { isAwsError } from '../client/aws-error.js';
import { type AwsConnection, clientConfig } from '../client/connection.js';
import { withExplainedErrors } from '../client/explain-errors.js';
import { reportRequests } from '../client/request-events.js';

/** Secrets in AWS Secrets Manager. */
export class Secrets implements SecretService {
  private readonly client: SecretsManagerClient;

  /** @param region that of the secrets */
  constructor(
    private readonly connection: AwsConnection,
    region: string,
  ) {
    this.client = new SecretsManagerClient({ ...clientConfig(connection, 'secretsmanager'), region });
    reportRequests(this.client, 'secretsmanager', connection);
  }

  find(arn: string): Promise<Secret | undefined> {
    return withExplainedErrors(this.connection, `look up secret ${arn}`, async () => {
      try {
        const found = await this.client.send(new DescribeSecretCommand({ SecretId: arn }));
        const { DeletedDate, OwningService, PrimaryRegion, ARN } = found;
        const isReplica = PrimaryRegion !== undefined && ARN?.split(':')[3] !== PrimaryRegion;
        return {
          isBeingDeleted: DeletedDate !== undefined,
          owner: OwningService,
          primaryRegion: isReplica ? PrimaryRegion : undefined,
        };
      } catch (error) {
        if (isAwsError(error, 'ResourceNotFoundException')) return undefined;
        throw error;
      }
    });
  }

  async put(arn: string, value: string): Promise<void> {
    const command = new PutSecretValueCommand({ SecretId: arn, SecretString: value });
    await withExplainedErrors(this.connection, `write secret ${arn}`, () => this.client.send(command), [
      value,
    ]);
  }
}

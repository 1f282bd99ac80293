import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { CallerIdentity } from '../../core/ports/iam.js';
import { required } from '../client/aws-error.js';
import { type AwsConnection, clientConfig } from '../client/connection.js';
import { withExplainedErrors } from '../client/explain-errors.js';
import { reportRequests } from '../client/request-events.js';

/** Looks up the identity of the credentials with STS, which requires no permission. */
export class StsIdentity implements CallerIdentity {
  constructor(private readonly connection: AwsConnection) {}

  arn(): Promise<string> {
    const client = new STSClient(clientConfig(this.connection, 'sts'));
    reportRequests(client, 'sts', this.connection);
    return withExplainedErrors(
      this.connection,
      `look up the account of ${this.connection.credentialsSource}`,
      async () => {
        const { Arn } = await client.send(new GetCallerIdentityCommand({}));
        return required(Arn);
      },
    );
  }
}

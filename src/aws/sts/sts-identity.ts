import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { CallerIdentity } from '../../core/ports/iam.js';
import { type AwsConnection, clientConfig } from '../client/connection.js';
import { withExplainedErrors } from '../client/errors.js';
import { reportRequests } from '../client/request-events.js';

/** Asks STS whose credentials they are, for which no permission is needed. */
export class StsIdentity implements CallerIdentity {
  private known: Promise<string> | undefined;

  constructor(private readonly connection: AwsConnection) {}

  arn(): Promise<string> {
    this.known ??= this.ask();
    return this.known;
  }

  private ask(): Promise<string> {
    const client = new STSClient(clientConfig(this.connection, 'sts'));
    reportRequests(client, 'sts', this.connection);
    return withExplainedErrors(
      this.connection,
      `look up the account of ${this.connection.credentialsSource}`,
      async () => {
        const { Arn } = await client.send(new GetCallerIdentityCommand({}));
        if (Arn === undefined) throw new Error('the answer lacks a field that AWS always sends');
        return Arn;
      },
    );
  }
}

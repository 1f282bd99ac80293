import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { AwsAccessKey } from '../../core/aws/access-key.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { HOUR, SECOND } from '../../core/units.js';
import { type AwsError, isAwsError, required } from '../client/aws-error.js';
import { type AwsConnection, clientConfig } from '../client/connection.js';
import { withExplainedErrors } from '../client/explain-errors.js';
import { reportRequests } from '../client/request-events.js';
import { noteResponseTime } from '../client/response-time.js';
import { shareCredentials } from './share-credentials.js';

/** Appears in the logs of the role's account. */
const SESSION_NAME = 'appsctl-deployer';
/** The default of AWS, which every role allows. */
const SESSION_MS = HOUR;

/** A role to work with. */
export interface RoleToAssume {
  readonly arn: string;
  /** What the trust policy of the role requires, if it does. */
  readonly externalId: string | undefined;
}

/**
 * The same connection with the credentials of a role. The role is assumed with the connection's own credentials when it is
 * first needed, and again before a session expires. A refusal is an ACCESS_DENIED of the first request.
 */
export function withRole(connection: AwsConnection, role: RoleToAssume): AwsConnection {
  return {
    ...connection,
    credentials: shareCredentials(() => assumeRole(connection, role)),
    credentialsSource: `role ${role.arn}`,
    credentialsOwner: `role ${role.arn}`,
    credentialsHint: undefined,
  };
}

/** @throws AppsctlError ACCESS_DENIED, CREDENTIALS, NETWORK, SERVICE */
async function assumeRole(connection: AwsConnection, role: RoleToAssume): Promise<AwsAccessKey> {
  const client = new STSClient(clientConfig(connection, 'sts'));
  reportRequests(client, 'sts', connection);
  const command = new AssumeRoleCommand({
    RoleArn: role.arn,
    RoleSessionName: SESSION_NAME,
    DurationSeconds: SESSION_MS / SECOND,
    ...(role.externalId !== undefined && { ExternalId: role.externalId }),
  });
  const respondedAt = noteResponseTime(command);
  const start = Date.now();
  try {
    return await withExplainedErrors(connection, `assume role ${role.arn}`, async () => {
      try {
        const { Credentials } = await client.send(command);
        return {
          accessKeyId: required(Credentials?.AccessKeyId),
          secretAccessKey: required(Credentials?.SecretAccessKey),
          sessionToken: required(Credentials?.SessionToken),
          // By our clock, which may be another one than that of AWS.
          expiration: new Date(start + lifetime(Credentials?.Expiration, respondedAt())),
        };
      } catch (error) {
        throw isAwsError(error, 'AccessDenied') ? refusal(connection, role, error) : error;
      }
    });
  } finally {
    client.destroy();
  }
}

/** How long a session lasts, in milliseconds: as long as it was asked for, unless a compatible service makes shorter ones. */
function lifetime(expiration: Date | undefined, respondedAt: number): number {
  const left = (expiration?.getTime() ?? Number.NaN) - respondedAt;
  return Number.isNaN(left) ? SESSION_MS : Math.min(left, SESSION_MS);
}

/**
 * AWS does not say which of these is missing, nor whether the role exists. It names sts:TagSession if the own session has
 * tags that are passed on, as that of EKS Pod Identity has.
 */
function refusal({ credentialsOwner }: AwsConnection, role: RoleToAssume, error: AwsError): AppsctlError {
  const externalId = role.externalId === undefined ? 'without an external ID' : 'with this external ID';
  const grant = error.message.includes('sts:TagSession')
    ? `grant sts:TagSession, beside sts:AssumeRole, on it to ${credentialsOwner}, and allow it in the trust policy of the role`
    : `check its ARN, grant sts:AssumeRole on it to ${credentialsOwner}, and allow it in the trust policy of the role ${externalId}`;
  return new AppsctlError('ACCESS_DENIED', `cannot assume role ${role.arn}: ${error.message}`, {
    hint: grant,
    cause: error,
  });
}

import type { Account, Principal } from './account.js';
import { AwsError, isJsonService } from './errors.js';
import { type Caller, header, type IncomingCall, type Permission } from './exchange.js';
import type { ServiceName } from './options.js';
import type { RoleSession } from './sessions.js';
import { type Authorization, verifySignature } from './signature.js';

/** The administrator, to whom everything is allowed, has neither a user nor a session. */
export interface Identity extends Principal {
  accessKeyId: string;
}

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Finds the user or the session of a role that signed the request; throws as the service does if there is none. */
export function authenticate(
  account: Account,
  admin: Credentials,
  call: IncomingCall,
  authorization: Authorization | undefined,
  service: ServiceName,
): Identity {
  if (authorization === undefined) {
    if (service === 'sts') return { accessKeyId: '' };
    throw unsigned(service);
  }
  if (authorization.service !== service) {
    throw new AwsError(
      403,
      'InvalidSignatureException',
      `Credential should be scoped to correct service: '${service}'.`,
    );
  }
  const { accessKeyId } = authorization;
  const found = account.findAccessKey(accessKeyId);
  const active = found?.key.active === true ? found.key : undefined;
  const session = account.sessions.find(accessKeyId);
  const secret =
    accessKeyId === admin.accessKeyId ? admin.secretAccessKey : (session?.secretAccessKey ?? active?.secret);
  if (secret === undefined) throw unknownKey(service, accessKeyId);
  checkToken(account, header(call, 'x-amz-security-token'), session, service, accessKeyId);
  verifySignature(call, authorization, secret, service);
  checkRegion(account, authorization, service);
  if (active !== undefined) active.lastUsed = { date: account.now(), service, region: authorization.region };
  return { accessKeyId, user: found?.user, session };
}

export function callerFor(account: Account, identity: Identity, service: ServiceName): Caller {
  const { user, session, accessKeyId } = identity;
  const arn = session?.arn ?? user?.arn ?? account.rootArn;
  const refusal = (permission: Permission): string | undefined => {
    const { action, resource } = permission;
    const decision = account.decide(identity, permission);
    if (decision.allowed) return undefined;
    const shown = action.startsWith('s3:') ? `"${resource}"` : resource;
    return `User: ${arn} is not authorized to perform: ${action} on resource: ${shown} ${decision.because}`;
  };
  return {
    arn,
    userName: user?.name,
    userId: session?.userId ?? user?.id ?? account.accountId,
    accessKeyId,
    allows: (permission) => refusal(permission) === undefined,
    refusal,
    demand(permission) {
      const message = refusal(permission);
      if (message === undefined) return;
      throw new AwsError(403, isJsonService(service) ? 'AccessDeniedException' : 'AccessDenied', message);
    },
  };
}

function unsigned(service: ServiceName): AwsError {
  if (service === 's3') return new AwsError(403, 'AccessDenied', 'Access Denied');
  return isJsonService(service)
    ? new AwsError(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token')
    : new AwsError(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token');
}

/** A temporary key needs its token, and a long-term key must not have one. */
function checkToken(
  account: Account,
  token: string | undefined,
  session: RoleSession | undefined,
  service: ServiceName,
  accessKeyId: string,
): void {
  if (token !== session?.sessionToken) {
    if (service !== 's3' || token === undefined) throw unknownKey(service, accessKeyId);
    throw new AwsError(400, 'InvalidToken', 'The provided token is malformed or otherwise invalid.');
  }
  if (session === undefined || account.now() < session.expiration) return;
  if (service === 's3') throw new AwsError(400, 'ExpiredToken', 'The provided token has expired.');
  const code = isJsonService(service) ? 'ExpiredTokenException' : 'ExpiredToken';
  throw new AwsError(403, code, 'The security token included in the request is expired');
}

function unknownKey(service: ServiceName, accessKeyId: string): AwsError {
  if (service === 's3') {
    return new AwsError(
      403,
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
      { AWSAccessKeyId: accessKeyId },
    );
  }
  return new AwsError(
    403,
    isJsonService(service) ? 'UnrecognizedClientException' : 'InvalidClientTokenId',
    'The security token included in the request is invalid.',
  );
}

function hasBuckets(account: Account, region: string): boolean {
  return [...account.buckets.values()].some((bucket) => bucket.region === region);
}

/** IAM is one for all regions, STS is there for all of them too; buckets and functions live in a region. */
function checkRegion(account: Account, authorization: Authorization, service: ServiceName): void {
  const { region } = authorization;
  if (service === 'iam' || region === account.region) return;
  if (service === 'sts') {
    if (region === 'us-east-1') return;
    throw new AwsError(403, 'SignatureDoesNotMatch', 'Credential should be scoped to a valid region.');
  }
  if (service === 's3') {
    // Where there is a bucket, it is as if its region's endpoint had been asked: see checkBucket.
    if (hasBuckets(account, region)) return;
    throw new AwsError(
      400,
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region '${region}' is wrong; expecting '${account.region}'`,
      { Region: account.region },
      { 'x-amz-bucket-region': account.region },
    );
  }
  throw new AwsError(
    403,
    'InvalidSignatureException',
    `Credential should be scoped to a valid region, not '${region}'.`,
  );
}

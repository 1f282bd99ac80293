import type { Account } from './account.js';
import { decideAssumption } from './authorization.js';
import { iamTime } from './clock.js';
import { AwsError, notImplemented } from './errors.js';
import type { Caller, IncomingCall, Operation } from './exchange.js';
import type { Role } from './iam-model.js';
import { readPolicy } from './policy-document.js';
import { queryAnswer } from './query-answer.js';
import type { RoleSession } from './sessions.js';
import type { XmlValue } from './xml.js';

type Fields = { readonly [name: string]: XmlValue };

interface StsOperation {
  parameters: readonly string[];
  resource?: string;
  act(account: Account, form: URLSearchParams, caller: Caller): Fields;
}

const ASSUME_PARAMETERS = ['RoleArn', 'RoleSessionName', 'DurationSeconds'];

const OPERATIONS: Readonly<Record<string, StsOperation>> = {
  GetCallerIdentity: {
    parameters: [],
    act: ({ accountId }, _, { arn, userId }) => ({ Arn: arn, UserId: userId, Account: accountId }),
  },
  AssumeRole: {
    parameters: [...ASSUME_PARAMETERS, 'ExternalId', 'SerialNumber', 'TokenCode'],
    act: assumeRole,
  },
  AssumeRoleWithWebIdentity: {
    parameters: [...ASSUME_PARAMETERS, 'WebIdentityToken'],
    act: assumeRoleWithWebIdentity,
  },
};

/** The one operation that is not signed. */
export const UNSIGNED_OPERATION = 'AssumeRoleWithWebIdentity';

/** Parses one request of the Query protocol. */
export function stsOperation(account: Account, call: IncomingCall): Operation {
  const form = new URLSearchParams(call.body.toString('utf8'));
  const name = form.get('Action') ?? '';
  const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (operation === undefined || call.method !== 'POST') throw notImplemented(`the STS operation ${name}`);
  const known = ['Action', 'Version', ...operation.parameters];
  const unknown = [...form.keys()].find((parameter) => !known.includes(parameter));
  if (unknown !== undefined) throw notImplemented(`the parameter ${unknown} of ${name}`);
  return {
    service: 'sts',
    name,
    resource: form.get('RoleArn') ?? '*',
    reads: name === 'GetCallerIdentity',
    // GetCallerIdentity needs no permission and cannot be denied; for roles, their trust policy decides too.
    needs: [],
    act: (caller) => queryAnswer('sts', name, operation.act(account, form, caller)),
  };
}

function assumeRole(account: Account, form: URLSearchParams, caller: Caller): Fields {
  const arn = form.get('RoleArn') ?? '';
  const role = findRole(account, arn);
  const denied = new AwsError(
    403,
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
  );
  if (caller.arn === account.rootArn) {
    throw new AwsError(403, 'AccessDenied', 'Roles may not be assumed by root accounts.');
  }
  if (role === undefined) throw denied;
  const externalId = form.get('ExternalId');
  const context = {
    'aws:multifactorauthpresent': String(checkMfa(account, form, caller)),
    ...(externalId !== null && { 'sts:externalid': externalId }),
  };
  const trusts = decideAssumption(readTrust(account, role), 'sts:AssumeRole', [caller.arn], context);
  const viaAccount = decideAssumption(
    readTrust(account, role),
    'sts:AssumeRole',
    [account.accountId, account.rootArn],
    context,
  );
  const isAllowed = caller.allows({ action: 'sts:AssumeRole', resource: arn });
  if (!trusts && !(viaAccount && isAllowed)) throw denied;
  return sessionFields(start(account, role, form));
}

/** Whether a code of an MFA device is given. */
function checkMfa(account: Account, form: URLSearchParams, { userName }: Caller): boolean {
  const [serial, code] = [form.get('SerialNumber'), form.get('TokenCode')];
  if (serial === null && code === null) return false;
  if (code !== null && !/^\d{6}$/.test(code)) {
    throw new AwsError(
      400,
      'ValidationError',
      `1 validation error detected: Value '${code}' at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\d]*`,
    );
  }
  const device = account.mfaDevices.get(serial ?? '');
  const isOwn = device !== undefined && userName !== undefined && device.userName === userName;
  if (isOwn && account.sessions.takeMfaCode(device.serialNumber, code ?? '')) return true;
  const reason = isOwn
    ? 'with invalid MFA one time pass code.'
    : ', unable to validate MFA code. Please verify your MFA serial number is valid and associated with this user.';
  throw new AwsError(403, 'AccessDenied', `MultiFactorAuthentication failed${isOwn ? ' ' : ''}${reason}`);
}

function assumeRoleWithWebIdentity(account: Account, form: URLSearchParams): Fields {
  const identity = account.sessions.identityOf(form.get('WebIdentityToken') ?? '');
  if (identity === undefined) {
    throw new AwsError(
      400,
      'InvalidIdentityToken',
      'Couldn’t retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements',
    );
  }
  const { issuer, subject, audience } = identity;
  const role = findRole(account, form.get('RoleArn') ?? '');
  const provider = `federated:${account.iamArn(`oidc-provider/${issuer}`)}`;
  const context = { [`${issuer}:sub`]: subject, [`${issuer}:aud`]: audience };
  const isTrusted =
    role !== undefined &&
    decideAssumption(readTrust(account, role), 'sts:AssumeRoleWithWebIdentity', [provider], context);
  if (!isTrusted) {
    throw new AwsError(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity');
  }
  return {
    ...sessionFields(start(account, role, form)),
    SubjectFromWebIdentityToken: subject,
    Audience: audience,
    Provider: account.iamArn(`oidc-provider/${issuer}`),
  };
}

function findRole(account: Account, arn: string): Role | undefined {
  return [...account.roles.values()].find((role) => role.arn === arn);
}

function readTrust(account: Account, role: Role) {
  return readPolicy(role.trustPolicy, 'trust', account.partition);
}

function start(account: Account, role: Role, form: URLSearchParams): RoleSession {
  const name = form.get('RoleSessionName') ?? '';
  if (!/^[\w+=,.@-]{2,64}$/.test(name)) {
    throw new AwsError(
      400,
      'ValidationError',
      `1 validation error detected: Value '${name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
    );
  }
  const seconds = Number(form.get('DurationSeconds') ?? 3600);
  if (!(seconds >= 900 && seconds <= role.maxSessionDuration)) {
    throw new AwsError(
      400,
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
  return account.sessions.start(role, name, seconds);
}

function sessionFields(session: RoleSession): Fields {
  return {
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: iamTime(session.expiration),
    },
    AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn },
  };
}

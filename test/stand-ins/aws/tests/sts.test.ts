import {
  CreateRoleCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetRoleCommand,
  GetUserCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { expect, it, onTestFinished } from 'vitest';
import type { Credentials } from '../../../support/aws-clients.js';
import { createPolicy } from './helpers.js';
import { clientsAs, newInvokeUser, newKey, type Session, startSession } from './session.js';
import { query, type Signer } from './wire.js';

const VERSION = '2011-06-15';

function signer({ aws }: Session, changes: Partial<Signer> = {}): Signer {
  return { endpoint: aws.endpoint, credentials: aws.admin, service: 'sts', ...changes };
}

function field(body: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1];
}

it('identifies the root user, and a user to whom everything is denied', async () => {
  const session = await startSession();
  const root = await query(signer(session), 'GetCallerIdentity', VERSION);
  expect(root.status).toBe(200);
  expect(['UserId', 'Account', 'Arn'].map((name) => field(root.body, name))).toEqual([
    '123456789012',
    '123456789012',
    'arn:aws:iam::123456789012:root',
  ]);
  await newInvokeUser(session, createPolicy({ Effect: 'Deny', Action: '*', Resource: '*' }));
  const credentials = await newKey(session.iam, 'invoke');
  const user = await query(signer(session, { credentials }), 'GetCallerIdentity', VERSION);
  const { User } = await session.iam.send(new GetUserCommand({ UserName: 'invoke' }));
  expect(['UserId', 'Account', 'Arn'].map((name) => field(user.body, name))).toEqual([
    User?.UserId,
    '123456789012',
    User?.Arn,
  ]);
  expect(session.aws.requests[0]).toMatchObject({ service: 'sts', operation: 'GetCallerIdentity' });
});

it('refuses unknown keys, regions and operations with STS errors', async () => {
  const session = await startSession({ region: 'eu-central-1' });
  const attempts: [Signer, string, number, string][] = [
    [
      signer(session, { credentials: { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x' } }),
      'GetCallerIdentity',
      403,
      'InvalidClientTokenId',
    ],
    [signer(session, { region: 'eu-west-1' }), 'GetCallerIdentity', 403, 'SignatureDoesNotMatch'],
    [signer(session, { service: 'iam' }), 'GetCallerIdentity', 501, 'NotImplemented'],
    [signer(session), 'GetSessionToken', 501, 'NotImplemented'],
  ];
  for (const [who, action, status, code] of attempts) {
    const answer = await query(who, action, VERSION);
    expect([answer.status, field(answer.body, 'Code')]).toEqual([status, code]);
  }
  for (const region of ['eu-central-1', 'us-east-1']) {
    expect((await query(signer(session, { region }), 'GetCallerIdentity', VERSION)).status).toBe(200);
  }
});

const ALLOW_ALL = createPolicy({ Effect: 'Allow', Action: '*', Resource: '*' });
const ROLE = 'arn:aws:iam::123456789012:role/deployer';

function trust(Principal: object, changes: object = {}): string {
  return createPolicy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...changes });
}

/** A user `invoke` with these rights, and a role `deployer` with these rights and this trust policy. */
async function startWithRole(userPolicy: string, rolePolicy: string, trustPolicy: string) {
  const session = await startSession();
  const { iam } = session;
  await newInvokeUser(session, userPolicy);
  await iam.send(new CreateRoleCommand({ RoleName: 'deployer', AssumeRolePolicyDocument: trustPolicy }));
  const inline = { RoleName: 'deployer', PolicyName: 'rights', PolicyDocument: rolePolicy };
  await iam.send(new PutRolePolicyCommand(inline));
  const sts = stsAs(session, await newKey(iam, 'invoke'));
  return { ...session, sts };
}

function stsAs({ aws }: Pick<Session, 'aws'>, credentials: Credentials): STSClient {
  const sts = new STSClient({ endpoint: aws.endpoint, region: aws.region, credentials, maxAttempts: 1 });
  onTestFinished(() => sts.destroy());
  return sts;
}

async function assume(sts: STSClient, changes: Partial<AssumeRoleCommandInput> = {}): Promise<Credentials> {
  const input = { RoleArn: ROLE, RoleSessionName: 'me', ...changes };
  const { Credentials: found } = await sts.send(new AssumeRoleCommand(input));
  return {
    accessKeyId: found?.AccessKeyId ?? '',
    secretAccessKey: found?.SecretAccessKey ?? '',
    sessionToken: found?.SessionToken ?? '',
  };
}

const OWN_ACCOUNT = { AWS: 'arn:aws:iam::123456789012:root' };

it('lets a user assume a role, whose policies decide what the session may do', async () => {
  const rights = createPolicy({ Effect: 'Allow', Action: 'iam:GetRole', Resource: ROLE });
  const session = await startWithRole(ALLOW_ALL, rights, trust(OWN_ACCOUNT));
  const credentials = await assume(session.sts);
  expect(credentials.accessKeyId).toMatch(/^ASIA/);
  const { Arn, UserId } = await stsAs(session, credentials).send(new GetCallerIdentityCommand({}));
  expect(Arn).toBe('arn:aws:sts::123456789012:assumed-role/deployer/me');
  expect(UserId).toMatch(/^AROA\w+:me$/);
  const { iam } = clientsAs(session.aws, credentials);
  await iam.send(new GetRoleCommand({ RoleName: 'deployer' }));
  await expect(iam.send(new GetUserCommand({ UserName: 'invoke' }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining(`User: ${Arn} is not authorized to perform: iam:GetUser`),
  });
});

it('lets a role be assumed only by those whom its trust policy and their own policies allow', async () => {
  const nothing = createPolicy({ Effect: 'Deny', Action: 's3:*', Resource: '*' });
  const byName = { AWS: 'arn:aws:iam::123456789012:user/invoke' };
  const external = { Condition: { StringEquals: { 'sts:ExternalId': 'a-company' } } };
  const denied = { name: 'AccessDenied', message: expect.stringContaining('sts:AssumeRole on resource') };
  const ofService = await startWithRole(ALLOW_ALL, ALLOW_ALL, trust({ Service: 'lambda.amazonaws.com' }));
  await expect(assume(ofService.sts)).rejects.toMatchObject(denied);
  const viaAccount = await startWithRole(nothing, ALLOW_ALL, trust(OWN_ACCOUNT));
  await expect(assume(viaAccount.sts)).rejects.toMatchObject(denied);
  await assume((await startWithRole(nothing, ALLOW_ALL, trust(byName))).sts);
  const { sts } = await startWithRole(ALLOW_ALL, ALLOW_ALL, trust(OWN_ACCOUNT, external));
  await expect(assume(sts)).rejects.toMatchObject(denied);
  await assume(sts, { ExternalId: 'a-company' });
  await expect(assume(stsAs(viaAccount, viaAccount.aws.admin))).rejects.toMatchObject({
    message: 'Roles may not be assumed by root accounts.',
  });
});

it('demands the token of temporary credentials, and refuses them when they have expired', async () => {
  const session = await startWithRole(ALLOW_ALL, ALLOW_ALL, trust(OWN_ACCOUNT));
  const credentials = await assume(session.sts);
  const call = async (changes: Partial<Credentials>): Promise<unknown> => {
    const clients = clientsAs(session.aws, { ...credentials, ...changes });
    const requests = {
      iam: () => clients.iam.send(new GetRoleCommand({ RoleName: 'deployer' })),
      lambda: () => clients.lambda.send(new ListFunctionsCommand({})),
      s3: () => clients.s3.send(new ListObjectsV2Command({ Bucket: 'missing' })),
    };
    const names = Object.entries(requests).map(async ([service, send]) => [
      service,
      await send().then(
        () => 'done',
        (error: Error) => error.name,
      ),
    ]);
    return Object.fromEntries(await Promise.all(names));
  };
  expect(await call({})).toEqual({ iam: 'done', lambda: 'done', s3: 'NoSuchBucket' });
  expect(await call({ sessionToken: 'another' })).toEqual({
    iam: 'InvalidClientTokenId',
    lambda: 'UnrecognizedClientException',
    s3: 'InvalidToken',
  });
  session.aws.expireSessions();
  expect(await call({})).toEqual({
    iam: 'ExpiredToken',
    lambda: 'ExpiredTokenException',
    s3: 'ExpiredToken',
  });
});

it('takes each code of an MFA device once, from the user to whom it belongs', async () => {
  const withMfa = { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } };
  const session = await startWithRole(ALLOW_ALL, ALLOW_ALL, trust(OWN_ACCOUNT, withMfa));
  const { iam, sts, aws } = session;
  await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }));
  const SerialNumber = 'arn:aws:iam::123456789012:mfa/phone';
  const codes = { AuthenticationCode1: '111111', AuthenticationCode2: '222222' };
  await iam.send(new EnableMFADeviceCommand({ UserName: 'invoke', SerialNumber, ...codes }));
  await expect(assume(sts)).rejects.toMatchObject({ name: 'AccessDenied' });
  const TokenCode = aws.newMfaCode(SerialNumber);
  await assume(sts, { SerialNumber, TokenCode });
  await expect(assume(sts, { SerialNumber, TokenCode })).rejects.toMatchObject({
    message: 'MultiFactorAuthentication failed with invalid MFA one time pass code.',
  });
  await expect(assume(sts, { SerialNumber: `${SerialNumber}2`, TokenCode })).rejects.toMatchObject({
    message: expect.stringContaining('unable to validate MFA code'),
  });
});

it('lets an identity provider that a role trusts give it to its own identities', async () => {
  const issuer = 'token.actions.githubusercontent.com';
  const federated = { Federated: `arn:aws:iam::123456789012:oidc-provider/${issuer}` };
  const session = await startWithRole(
    ALLOW_ALL,
    ALLOW_ALL,
    trust(federated, {
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringLike: { [`${issuer}:sub`]: 'repo:me/*' } },
    }),
  );
  const send = (WebIdentityToken: string) =>
    session.sts.send(
      new AssumeRoleWithWebIdentityCommand({ RoleArn: ROLE, RoleSessionName: 'ci', WebIdentityToken }),
    );
  const identity = { issuer, subject: 'repo:me/apps', audience: 'sts.amazonaws.com' };
  const { AssumedRoleUser } = await send(session.aws.issueWebIdentityToken(identity));
  expect(AssumedRoleUser?.Arn).toBe('arn:aws:sts::123456789012:assumed-role/deployer/ci');
  const other = session.aws.issueWebIdentityToken({ ...identity, subject: 'repo:you/apps' });
  await expect(send(other)).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(send('forged')).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
});

it('refuses sessions that are longer than the role allows, and parameters that it does not know', async () => {
  const { sts } = await startWithRole(ALLOW_ALL, ALLOW_ALL, trust(OWN_ACCOUNT));
  await expect(assume(sts, { DurationSeconds: 7200 })).rejects.toMatchObject({
    message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  });
  await expect(assume(sts, { RoleSessionName: 'a session' })).rejects.toMatchObject({
    name: 'ValidationError',
  });
  await expect(assume(sts, { Policy: ALLOW_ALL })).rejects.toMatchObject({ name: 'NotImplemented' });
});

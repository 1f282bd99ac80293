import { GetUserCommand } from '@aws-sdk/client-iam';
import { expect, it } from 'vitest';
import { createPolicy } from './helpers.js';
import { newInvokeUser, newKey, type Session, startSession } from './session.js';
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
    [signer(session), 'AssumeRole', 501, 'NotImplemented'],
  ];
  for (const [who, action, status, code] of attempts) {
    const answer = await query(who, action, VERSION);
    expect([answer.status, field(answer.body, 'Code')]).toEqual([status, code]);
  }
  for (const region of ['eu-central-1', 'us-east-1']) {
    expect((await query(signer(session, { region }), 'GetCallerIdentity', VERSION)).status).toBe(200);
  }
});

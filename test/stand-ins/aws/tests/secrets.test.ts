import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, test } from 'vitest';
import type { Secret } from '../secrets.js';
import { createPolicy } from './helpers.js';
import { newInvokeUser, type Session, startSession } from './session.js';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1';

async function newSecret({ aws, secrets }: Session, changes: Partial<Secret> = {}): Promise<string> {
  const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: 'server', SecretString: '1' }));
  const stored = aws.stored.secrets.get(ARN);
  if (stored !== undefined) Object.assign(stored, changes);
  return ARN;
}

describe('Secrets Manager', () => {
  test.each([
    ['a name with other characters', new CreateSecretCommand({ Name: 'a b' }), 'ValidationException'],
    ['tags', new CreateSecretCommand({ Name: 'a', Tags: [] }), 'NotImplemented'],
    ['what it does not carry out', new DeleteSecretCommand({ SecretId: 'a' }), 'NotImplemented'],
    ['no value', new PutSecretValueCommand({ SecretId: 'server' }), 'InvalidRequestException'],
    [
      'a value that is too long',
      new PutSecretValueCommand({ SecretId: 'server', SecretString: 'x'.repeat(65_537) }),
      'ValidationException',
    ],
  ])('refuses %s', async (_, command, name) => {
    const session = await startSession();
    await newSecret(session);
    // The union of commands is not one that the type of send accepts.
    const sent = session.secrets.send(command as CreateSecretCommand);
    await expect(sent).rejects.toMatchObject({ name });
  });

  test.each<[string, Partial<Secret>]>([
    ['that is to be deleted', { deletedAt: new Date() }],
    ['of another service', { owningService: 'rds' }],
    ['that is a replica', { primaryRegion: 'eu-west-1' }],
  ])('refuses values for a secret %s, which it describes', async (_, changes) => {
    const session = await startSession();
    const SecretId = await newSecret(session, changes);
    const put = session.secrets.send(new PutSecretValueCommand({ SecretId, SecretString: '2' }));
    await expect(put).rejects.toMatchObject({ name: 'InvalidRequestException' });
    const described = await session.secrets.send(new DescribeSecretCommand({ SecretId }));
    expect(described).toMatchObject({
      ...(changes.deletedAt && { DeletedDate: expect.any(Date) }),
      ...(changes.owningService && { OwningService: changes.owningService }),
      ...(changes.primaryRegion && { PrimaryRegion: changes.primaryRegion }),
    });
  });

  test('asks the policies of the caller, by the ARN with its random characters', async () => {
    const session = await startSession();
    const SecretId = await newSecret(session);
    const allow = (Action: string) => ({ Effect: 'Allow' as const, Action, Resource: SecretId });
    const { secrets } = await newInvokeUser(session, createPolicy(allow('secretsmanager:DescribeSecret')));
    await secrets.send(new DescribeSecretCommand({ SecretId }));
    await secrets.send(new DescribeSecretCommand({ SecretId: 'server' }));
    await expect(
      secrets.send(new PutSecretValueCommand({ SecretId, SecretString: '2' })),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`secretsmanager:PutSecretValue on resource: ${SecretId}`),
    });
    await expect(secrets.send(new DescribeSecretCommand({ SecretId: 'other' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  test.each<[string, readonly string[], boolean]>([
    ['neither', [], false],
    ['kms:Decrypt alone', ['kms:Decrypt'], false],
    ['both', ['kms:Decrypt', 'kms:GenerateDataKey'], true],
  ])('writes a secret with a key of the customer with permission for %s', async (_, Action, isAllowed) => {
    const session = await startSession();
    const SecretId = await newSecret(session, { kmsKey: KEY });
    const { secrets } = await newInvokeUser(
      session,
      createPolicy(
        { Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' },
        ...(Action.length > 0 ? [{ Effect: 'Allow' as const, Action: [...Action], Resource: KEY }] : []),
      ),
    );
    const put = secrets.send(new PutSecretValueCommand({ SecretId, SecretString: '2' }));
    await (isAllowed
      ? put
      : expect(put).rejects.toMatchObject({
          name: 'AccessDeniedException',
          message: 'Access to KMS is not allowed',
        }));
  });

  test('stores nothing twice for the same token, and refuses another value for it', async () => {
    const session = await startSession();
    const SecretId = await newSecret(session);
    const ClientRequestToken = 'a'.repeat(32);
    const put = (SecretString: string) =>
      session.secrets.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken }));
    await put('2');
    await put('2');
    await expect(put('3')).rejects.toMatchObject({ name: 'ResourceExistsException' });
    const previous = new GetSecretValueCommand({ SecretId, VersionStage: 'AWSPREVIOUS' });
    expect((await session.secrets.send(previous)).SecretString).toBe('1');
  });
});

import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect, it } from 'vitest';
import { refusal } from '../stand-ins/aws/tests/helpers.js';
import type { Clients } from '../support/aws-clients.js';
import { freshName } from './target.js';

export function secretsContract(clients: () => Clients): void {
  it('creates a secret once, and describes it by name and by ARN', async () => {
    const { secrets } = clients();
    const Name = freshName('secret');
    expect(await refusal(secrets.send(new DescribeSecretCommand({ SecretId: Name })))).toBe(
      'ResourceNotFoundException',
    );
    const { ARN } = await secrets.send(new CreateSecretCommand({ Name, SecretString: 'first' }));
    expect(ARN).toMatch(new RegExp(`:secret:${Name}-\\w{6}$`));
    expect(await refusal(secrets.send(new CreateSecretCommand({ Name, SecretString: 'x' })))).toBe(
      'ResourceExistsException',
    );
    for (const SecretId of [Name, ARN]) {
      const described = await secrets.send(new DescribeSecretCommand({ SecretId }));
      expect(described).toMatchObject({ ARN, Name });
      expect(described.DeletedDate).toBeUndefined();
    }
  });

  it('returns the current value, and keeps the one before', async () => {
    const { secrets } = clients();
    const Name = freshName('secret');
    const { ARN } = await secrets.send(new CreateSecretCommand({ Name, SecretString: 'first' }));
    const put = await secrets.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: 'second' }));
    expect(put).toMatchObject({ ARN, Name, VersionStages: ['AWSCURRENT'] });
    const current = await secrets.send(new GetSecretValueCommand({ SecretId: Name }));
    expect(current).toMatchObject({ SecretString: 'second', VersionId: put.VersionId });
    const previous = new GetSecretValueCommand({ SecretId: Name, VersionStage: 'AWSPREVIOUS' });
    expect(await secrets.send(previous)).toMatchObject({ SecretString: 'first' });
  });

  it('finds no value of a secret that does not exist, and writes none', async () => {
    const { secrets } = clients();
    const SecretId = freshName('secret');
    const read = new GetSecretValueCommand({ SecretId });
    expect(await refusal(secrets.send(read))).toBe('ResourceNotFoundException');
    const write = new PutSecretValueCommand({ SecretId, SecretString: 'x' });
    expect(await refusal(secrets.send(write))).toBe('ResourceNotFoundException');
  });
}

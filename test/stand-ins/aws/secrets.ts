import { randomBytes, randomUUID } from 'node:crypto';
import type { Account } from './account.js';
import { copyOf } from './copy.js';
import { AwsError, jsonAnswer, notImplemented } from './errors.js';
import { type Answer, header, type IncomingCall, type Operation, type Permission } from './exchange.js';
import { type LambdaBody, readBody } from './lambda-settings.js';

/** What Secrets Manager stores. */
export interface Secret {
  name: string;
  arn: string;
  createdAt: Date;
  /** The ARN of a customer managed key; undefined for the key of AWS, which needs no permissions. */
  kmsKey: string | undefined;
  /** By id, the oldest first. */
  versions: Map<string, { value: string; stages: string[] }>;
  /** When its deletion was requested. */
  deletedAt: Date | undefined;
  /** The service that manages it. */
  owningService: string | undefined;
  /** The region of the secret that it replicates. */
  primaryRegion: string | undefined;
}

/** Of the request header that names the operation. */
const TARGET = /^secretsmanager\.(\w+)$/;
const MAX_BYTES = 65_536;
const [CURRENT, PREVIOUS] = ['AWSCURRENT', 'AWSPREVIOUS'];

interface SecretOperation {
  reads: boolean;
  /** The fields that it understands. */
  fields: readonly string[];
  /** What it needs on the key of the secret. */
  kms?: readonly string[];
  act(account: Account, body: LambdaBody): unknown;
}

const OPERATIONS: Readonly<Record<string, SecretOperation>> = {
  DescribeSecret: { reads: true, fields: ['SecretId'], act: describeSecret },
  GetSecretValue: {
    reads: true,
    fields: ['SecretId', 'VersionId', 'VersionStage'],
    kms: ['kms:Decrypt'],
    act: getSecretValue,
  },
  PutSecretValue: {
    reads: false,
    fields: ['SecretId', 'ClientRequestToken', 'SecretString'],
    kms: ['kms:GenerateDataKey', 'kms:Decrypt'],
    act: putSecretValue,
  },
  CreateSecret: {
    reads: false,
    fields: ['Name', 'ClientRequestToken', 'KmsKeyId', 'SecretString'],
    act: createSecret,
  },
};

/** Understands one request of the JSON 1.1 protocol. */
export function secretsOperation(account: Account, call: IncomingCall): Operation {
  const [, name = ''] = TARGET.exec(header(call, 'x-amz-target') ?? '') ?? [];
  const operation = OPERATIONS[name];
  if (operation === undefined || call.method !== 'POST') {
    throw notImplemented(`the Secrets Manager operation ${header(call, 'x-amz-target')}`);
  }
  const body = readBody(call.body);
  const unknown = Object.keys(body).find((field) => !operation.fields.includes(field));
  if (unknown !== undefined) throw notImplemented(`${unknown} of ${name}`);
  const id = String(body['SecretId'] ?? body['Name'] ?? '');
  const secret = findSecret(account, id);
  const resource = secret?.arn ?? (id.startsWith('arn:') ? id : account.secretArn(id));
  return {
    service: 'secretsmanager',
    name,
    resource,
    reads: operation.reads,
    needs: [{ action: `secretsmanager:${name}`, resource }],
    act: (caller): Answer => {
      const needs = secret === undefined ? [] : keyPermissions(secret, operation);
      // Secrets Manager does not repeat what KMS says.
      if (!needs.every((permission) => caller.allows(permission))) {
        throw new AwsError(400, 'AccessDeniedException', 'Access to KMS is not allowed');
      }
      return jsonAnswer(200, operation.act(account, body));
    },
  };
}

function keyPermissions({ kmsKey }: Secret, { kms = [] }: SecretOperation): Permission[] {
  return kmsKey === undefined ? [] : kms.map((action) => ({ action, resource: kmsKey }));
}

/** A secret can be named by its name, or by its ARN with or without the random characters at its end. */
function findSecret({ secrets }: Account, id: string): Secret | undefined {
  return [...secrets.values()].find(
    ({ name, arn }) => id === name || id === arn || id === arn.replace(/-\w{6}$/, ''),
  );
}

function existingSecret(account: Account, body: LambdaBody): Secret {
  const found = findSecret(account, String(body['SecretId']));
  if (found !== undefined) return found;
  throw new AwsError(400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
}

function describeSecret(account: Account, body: LambdaBody): unknown {
  const secret = existingSecret(account, body);
  return {
    ARN: secret.arn,
    Name: secret.name,
    KmsKeyId: secret.kmsKey,
    CreatedDate: secret.createdAt.getTime() / 1000,
    DeletedDate: secret.deletedAt && secret.deletedAt.getTime() / 1000,
    OwningService: secret.owningService,
    PrimaryRegion: secret.primaryRegion,
    VersionIdsToStages: Object.fromEntries([...secret.versions].map(([id, { stages }]) => [id, stages])),
  };
}

function getSecretValue(account: Account, body: LambdaBody): unknown {
  const secret = usableSecret(account, body);
  const asked = body['VersionId'];
  const stage = String(body['VersionStage'] ?? CURRENT);
  const found = [...secret.versions].find(([id, { stages }]) =>
    asked === undefined ? stages.includes(stage) : id === asked,
  );
  if (found === undefined) {
    const message = `Secrets Manager can't find the specified secret value for staging label: ${stage}`;
    throw new AwsError(400, 'ResourceNotFoundException', message);
  }
  const [VersionId, { value, stages }] = found;
  return { ARN: secret.arn, Name: secret.name, VersionId, SecretString: value, VersionStages: stages };
}

function putSecretValue(account: Account, body: LambdaBody): unknown {
  const secret = usableSecret(account, body);
  if (secret.owningService !== undefined || secret.primaryRegion !== undefined) {
    const reason = secret.owningService === undefined ? 'is a replica' : 'is managed by another service';
    throw invalidRequest(`You can't perform this operation on a secret that ${reason}.`);
  }
  const value = readValue(body);
  if (value === undefined) throw invalidRequest('You must provide either SecretString or SecretBinary.');
  const before = account.snapshot('secrets');
  before.secrets.set(secret.arn, copyOf(secret));
  account.remember(before);
  const VersionId = addVersion(secret, String(body['ClientRequestToken'] ?? randomUUID()), value);
  const VersionStages = secret.versions.get(VersionId)?.stages;
  return { ARN: secret.arn, Name: secret.name, VersionId, VersionStages };
}

function createSecret(account: Account, body: LambdaBody): unknown {
  const name = String(body['Name'] ?? '');
  if (!/^[\w/+=.@-]{1,512}$/.test(name)) {
    throw new AwsError(
      400,
      'ValidationException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    );
  }
  if (findSecret(account, name) !== undefined) {
    const message = `The operation failed because the secret ${name} already exists.`;
    throw new AwsError(400, 'ResourceExistsException', message);
  }
  const value = readValue(body);
  account.remember(account.snapshot('secrets'));
  const secret: Secret = {
    ...{ name, arn: `${account.secretArn(name)}-${randomBytes(3).toString('hex')}` },
    createdAt: account.now(),
    kmsKey: typeof body['KmsKeyId'] === 'string' ? body['KmsKeyId'] : undefined,
    versions: new Map(),
    ...{ deletedAt: undefined, owningService: undefined, primaryRegion: undefined },
  };
  account.secrets.set(secret.arn, secret);
  const VersionId =
    value === undefined
      ? undefined
      : addVersion(secret, String(body['ClientRequestToken'] ?? randomUUID()), value);
  return { ARN: secret.arn, Name: name, VersionId };
}

function readValue(body: LambdaBody): string | undefined {
  const value = body['SecretString'];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= MAX_BYTES) return value;
  throw new AwsError(400, 'ValidationException', `SecretString must have 1 to ${MAX_BYTES} bytes.`);
}

/** Adds a version, which becomes the current one; the same request again changes nothing. */
function addVersion(secret: Secret, id: string, value: string): string {
  const known = secret.versions.get(id);
  if (known?.value === value) return id;
  if (known !== undefined) {
    const message = "You can't use ClientRequestToken for a secret value that already exists.";
    throw new AwsError(400, 'ResourceExistsException', message);
  }
  const current = [...secret.versions.values()].find(({ stages }) => stages.includes(CURRENT));
  for (const version of secret.versions.values()) version.stages = [];
  if (current !== undefined) current.stages = [PREVIOUS];
  for (const [other, { stages }] of secret.versions) if (stages.length === 0) secret.versions.delete(other);
  secret.versions.set(id, { value, stages: [CURRENT] });
  return id;
}

function usableSecret(account: Account, body: LambdaBody): Secret {
  const secret = existingSecret(account, body);
  if (secret.deletedAt === undefined) return secret;
  throw invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");
}

function invalidRequest(message: string): AwsError {
  return new AwsError(400, 'InvalidRequestException', message);
}

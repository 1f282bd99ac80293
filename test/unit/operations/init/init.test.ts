import { describe, expect, test } from 'vitest';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { LIBRARY_VOCABULARY } from '../../../../src/core/diagnostics/vocabulary.js';
import type { InitSettings } from '../../../../src/core/init/settings.js';
import {
  MAX_POLICY_CHARACTERS,
  type PolicyDocument,
  policySize,
} from '../../../../src/core/policy/policy-document.js';
import {
  initialInvokePolicy,
  isBucketReadable,
  LAMBDA_TRUST_POLICY,
  withBucket,
} from '../../../../src/core/policy/policy-templates.js';
import type { AccessKey } from '../../../../src/core/ports/iam.js';
import { prepareInit } from '../../../../src/operations/init/init.js';
import type { InitPorts } from '../../../../src/operations/init/ports.js';
import { warnings } from '../../../support/memory-ports/memory-account.js';
import { MemoryBucketSetup, MemoryIam, MemoryPolicies, waitContext } from '../../../support/memory-ports.js';
import { INIT, INIT_HINT } from '../../../support/messages/init.js';

const POLICY_ARN = 'arn:aws:iam::123456789012:policy/p';
const LOGGING_ARN = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
const GROUP = { kind: 'group', name: 'g' } as const;
const ROLE = { kind: 'role', name: 'r' } as const;
const document = initialInvokePolicy('bucket', 'aws');

const keys = (...ids: string[]): AccessKey[] => ids.map((id) => ({ id, isActive: true }));

/** An account in memory, and `init` in it. */
function setUp(signal?: AbortSignal) {
  const iam = new MemoryIam();
  const policies = new MemoryPolicies();
  const bucket = new MemoryBucketSetup();
  const context = waitContext(signal);
  const ports: InitPorts = {
    identity: { arn: async () => 'arn:aws:iam::123456789012:user/admin' },
    users: iam,
    roles: iam,
    policies,
    accessKeys: iam.accessKeys,
    openBucket: async () => bucket,
    vocabulary: LIBRARY_VOCABULARY,
    store: undefined,
    saveAccessKey: undefined,
    testServerKey: async () => {},
    confirmKeyChange: undefined,
    ...context,
  };
  const plan = (changes: Partial<InitSettings> = {}) =>
    prepareInit(
      {
        region: 'us-east-1',
        ...{ userName: 'u', groupName: 'g', policyName: 'p', executionRoleName: 'r' },
        ...{ create: false, createAccessKey: false, rotateAccessKey: false, deleteOldKey: false },
        ...{ serverKey: undefined, permissionsBoundary: undefined },
        ...{ path: '/', tags: {}, kmsKey: undefined },
        ...changes,
      },
      ports,
    );
  const init = async (changes?: Partial<InitSettings>) => (await plan(changes)).apply();
  const changes = () => [...iam.changes, ...policies.changes, ...bucket.changes];
  const clear = (): void => {
    for (const list of [iam.changes, policies.changes, bucket.changes, context.events]) list.length = 0;
  };
  /** The events of changes, such as `created user u`. */
  const reported = (): string[] =>
    context.events.flatMap((event) =>
      event.type === 'resource'
        ? [`${event.outcome} ${event.kind} ${event.name}${event.detail ? ` ${event.detail}` : ''}`]
        : [],
    );
  return { ...context, iam, policies, bucket, plan, init, changes, clear, reported };
}

/** An account that `init` has prepared. */
async function setUpPrepared(signal?: AbortSignal) {
  const account = setUp(signal);
  await account.init({ create: true });
  account.clear();
  return account;
}

describe('missing resources', () => {
  test('are all named, and nothing is created without create', async () => {
    const { plan, changes } = setUp();
    await expect(plan()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: INIT.missing('bucket bucket', 'user u', 'group g', 'policy p', 'role r'),
      hint: INIT_HINT.createMissing('create: true'),
    });
    expect(changes()).toEqual([]);
  });

  test.each([
    ['bucket bucket', ({ bucket }: Account) => Object.assign(bucket, { isThere: false })],
    ['user u', ({ iam }: Account) => iam.users.clear()],
    ['group g', ({ iam }: Account) => iam.groups.clear()],
    ['policy p', ({ policies }: Account) => policies.policies.delete(POLICY_ARN)],
    ['role r', ({ iam }: Account) => iam.roles.clear()],
  ])('%s alone is named', async (name, remove) => {
    const account = await setUpPrepared();
    remove(account);
    await expect(account.plan()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: INIT.missing(name),
    });
  });

  test('are created with create, each before what needs it, and reported', async () => {
    const { init, iam, policies, bucket, reported, clock } = setUp();
    const result = await init({ create: true });
    expect(iam.changes).toEqual([
      'create user u',
      'create group g',
      'add user u to group g',
      'create role r',
    ]);
    expect(policies.changes).toEqual([
      ...['create p', 'attach p to g', 'attach AWSLambdaBasicExecutionRole to r'],
    ]);
    expect(bucket.changes).toEqual(['create bucket in aws', 'add cleanup rules']);
    expect(reported()).toEqual([
      'created user u',
      'created bucket bucket',
      'updated bucket bucket to remove abandoned uploads',
      'created group g',
      'created invoke policy p',
      'updated group g with policy p attached',
      'updated group g with user u added',
      'created execution role r',
      'updated execution role r to write logs',
    ]);
    expect(policies.readDocument(POLICY_ARN)).toEqual(document);
    expect(iam.roles.get('r')?.trustPolicy).toEqual(LAMBDA_TRUST_POLICY);
    expect(clock.waited).toBe(0);
    expect(result).toEqual({
      region: 'us-east-1',
      userArn: 'arn:aws:iam::123456789012:user/u',
      groupArn: 'arn:aws:iam::123456789012:group/g',
      policyArn: POLICY_ARN,
      executionRoleArn: 'arn:aws:iam::123456789012:role/r',
      accessKey: undefined,
      existingAccessKeyIds: [],
      disabledAccessKeyIds: [],
      deletedAccessKeyIds: [],
    });
  });

  test('are created with the permissions boundary', async () => {
    const { init, iam } = setUp();
    await init({ create: true, permissionsBoundary: 'arn:boundary' });
    expect(iam.changes).toContain('create user u within arn:boundary');
    expect(iam.changes).toContain('create role r within arn:boundary');
  });

  test('are created in the order user, bucket, group, policy, role', async () => {
    const { init, reported } = setUp();
    await init({ create: true });
    const created = reported().filter((line) => line.startsWith('created'));
    expect(created.map((line) => line.split(' ').slice(1, -1).join(' '))).toEqual([
      ...['user', 'bucket', 'group', 'invoke policy', 'execution role'],
    ]);
  });
});

type Account = Awaited<ReturnType<typeof setUp>>;

describe('a prepared account', () => {
  test.each([false, true])('is not changed, with create: %j', async (create) => {
    const { init, changes, reported } = await setUpPrepared();
    await init({ create });
    expect(changes()).toEqual([]);
    expect(reported()).toEqual([
      ...[
        'found user u',
        'found bucket bucket',
        'found group g',
        'found invoke policy p',
        'found execution role r',
      ],
    ]);
  });

  test('may have the policy at another path: the group has it', async () => {
    const { init, policies, changes } = await setUpPrepared();
    policies.policies.delete(POLICY_ARN);
    const arn = 'arn:aws:iam::123456789012:policy/team/p';
    policies.put(arn, document, [GROUP]);
    policies.reads.length = 0;
    expect((await init({ create: true })).policyArn).toBe(arn);
    expect(changes()).toEqual([]);
    expect(policies.reads).not.toContain('locate p');
  });

  test('may have the policy at another path: it is among all policies', async () => {
    const { init, policies, changes } = await setUpPrepared();
    policies.policies.delete(POLICY_ARN);
    const arn = 'arn:aws:iam::123456789012:policy/team/p';
    policies.put(arn, document);
    expect((await init({ create: true })).policyArn).toBe(arn);
    expect(changes()).toEqual(['attach p to g']);
  });

  test('is missing a policy that is nowhere if policies cannot be listed', async () => {
    const { plan, policies } = await setUpPrepared();
    policies.policies.delete(POLICY_ARN);
    policies.locatePolicy = () => Promise.reject(new AppsctlError('ACCESS_DENIED', 'refused'));
    await expect(plan()).rejects.toMatchObject({ message: INIT.missing('policy p') });
  });
});

describe('misconfigurations', () => {
  const otherBucket = initialInvokePolicy('another-bucket', 'aws');
  const cases: [string, (account: Account) => unknown, string[]][] = [
    [
      INIT.policyNotAttached('p', 'g'),
      ({ policies }) => policies.put(POLICY_ARN, document),
      ['attach p to g'],
    ],
    [
      INIT.userNotInGroup('u', 'g'),
      ({ iam }) => iam.groups.set('g', { arn: 'arn', userNames: ['other'] }),
      ['add user u to group g'],
    ],
    [
      INIT.bucketNotReadable('p', 'bucket'),
      ({ policies }) => policies.put(POLICY_ARN, otherBucket, [GROUP]),
      ['version p'],
    ],
    [
      INIT.roleWithoutLogs('r'),
      ({ policies }) => policies.policies.delete(LOGGING_ARN),
      ['attach AWSLambdaBasicExecutionRole to r'],
    ],
  ];

  test.each(cases)('"%s" is an error without create, and fixed with it', async (message, change, fixes) => {
    const account = await setUpPrepared();
    change(account);
    await expect(account.plan()).rejects.toMatchObject({
      ...{ code: 'CONFLICT', message, hint: INIT_HINT.fix('create: true') },
    });
    expect(account.changes()).toEqual([]);
    await account.init({ create: true });
    expect(account.changes()).toEqual(fixes);
    await account.init();
  });

  test('are all named', async () => {
    const account = await setUpPrepared();
    account.policies.put(POLICY_ARN, otherBucket);
    account.iam.groups.set('g', { arn: 'arn', userNames: [] });
    account.policies.policies.delete(LOGGING_ARN);
    await expect(account.plan()).rejects.toMatchObject({
      message: INIT.all(
        INIT.policyNotAttached('p', 'g'),
        INIT.userNotInGroup('u', 'g'),
        INIT.bucketNotReadable('p', 'bucket'),
        INIT.roleWithoutLogs('r'),
      ),
    });
  });

  test('of the policy are fixed by an addition', async () => {
    const { policies, init, reported } = await setUpPrepared();
    policies.put(POLICY_ARN, otherBucket, [GROUP]);
    await init({ create: true });
    const documents = [policies.readDocument(POLICY_ARN)];
    expect(isBucketReadable(documents, 'bucket', 'aws')).toBe(true);
    expect(isBucketReadable(documents, 'another-bucket', 'aws')).toBe(true);
    expect(reported()).toContain('updated invoke policy p to allow bucket bucket');
  });

  test('of a policy that is changed concurrently are merged', async () => {
    const { policies, init } = await setUpPrepared();
    policies.put(POLICY_ARN, otherBucket, [GROUP]);
    policies.beforeChange = () => {
      policies.beforeChange = () => {};
      policies.write(POLICY_ARN, initialInvokePolicy('third-bucket', 'aws'));
    };
    await init({ create: true });
    const documents = [policies.readDocument(POLICY_ARN)];
    expect(isBucketReadable(documents, 'third-bucket', 'aws')).toBe(true);
    expect(isBucketReadable(documents, 'bucket', 'aws')).toBe(true);
  });

  test('of a policy that does not stop changing are an error', async () => {
    const { policies, init } = await setUpPrepared();
    policies.put(POLICY_ARN, otherBucket, [GROUP]);
    policies.addVersion = async () => undefined;
    await expect(init({ create: true })).rejects.toMatchObject({
      ...{ code: 'CONFLICT', message: 'policy p is being changed concurrently' },
    });
  });

  test('of a policy that would be too large are an error before anything is changed', async () => {
    const { policies, init, changes, clear } = await setUpPrepared();
    const large: PolicyDocument = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'x'.repeat(6000) }],
    };
    policies.put(POLICY_ARN, large, [GROUP]);
    clear();
    await expect(init({ create: true })).rejects.toMatchObject({
      code: 'LIMIT',
      message: INIT.policyTooLarge('p', 'bucket'),
      hint: INIT_HINT.otherPolicy('policyName'),
    });
    expect(changes()).toEqual([]);
  });
});

test('a policy that is full with the bucket, to the character, is not too large', async () => {
  const { policies, init } = await setUpPrepared();
  const padded = (length: number): PolicyDocument => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'x'.repeat(length) }],
  });
  const room = MAX_POLICY_CHARACTERS - policySize(withBucket(padded(0), 'bucket', 'aws'));
  policies.put(POLICY_ARN, padded(room), [GROUP]);
  await init({ create: true });
  expect(policySize(policies.readDocument(POLICY_ARN))).toBe(MAX_POLICY_CHARACTERS);
});

describe('a policy that another run creates at the same time', () => {
  test('is waited for and used', async () => {
    const { policies, init } = setUp();
    policies.createPolicy = async (arn, created) => {
      policies.put(arn, created);
      return undefined;
    };
    expect(await init({ create: true })).toMatchObject({ policyArn: POLICY_ARN });
    expect(policies.reads.at(-1)).toBe('find p for update');
  });
});

describe('the execution role', () => {
  const allowing = (changes: Readonly<Record<string, unknown>>): PolicyDocument => ({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
        ...changes,
      },
    ],
  });

  test.each<[string, PolicyDocument]>([
    ['Lambda', LAMBDA_TRUST_POLICY],
    ['several services', allowing({ Principal: { Service: ['ec2.amazonaws.com', 'lambda.amazonaws.com'] } })],
    ['any principal', allowing({ Principal: '*' })],
    ['Lambda with any action', allowing({ Action: ['sts:*'] })],
    ['Lambda on a condition', allowing({ Condition: { StringEquals: { a: 'b' } } })],
  ])('can be one that trusts %s', async (_, trustPolicy) => {
    const { iam, init, changes } = await setUpPrepared();
    iam.roles.set('r', { arn: 'arn', createdAt: 0, trustPolicy });
    await init();
    expect(changes()).toEqual([]);
  });

  test.each<[string, PolicyDocument | undefined]>([
    ['another service', allowing({ Principal: { Service: 'ec2.amazonaws.com' } })],
    ['Lambda with another action', allowing({ Action: 'sts:TagSession' })],
    ['all but Lambda', allowing({ Effect: 'Deny' })],
    ['an account', allowing({ Principal: { AWS: '123456789012' } })],
    ['no one', { Version: '2012-10-17', Statement: [] }],
    ['someone, but not as a policy that can be read', undefined],
  ])('cannot be one that trusts %s', async (_, trustPolicy) => {
    const { iam, init, changes } = await setUpPrepared();
    iam.roles.set('r', { arn: 'arn', createdAt: 0, trustPolicy });
    for (const create of [false, true]) {
      await expect(init({ create })).rejects.toMatchObject({
        code: 'CONFLICT',
        message: INIT.roleNotAssumable('r'),
        hint: INIT_HINT.otherRole('executionRoleName', LAMBDA_TRUST_POLICY),
      });
    }
    expect(changes()).toEqual([]);
  });
});

describe('the bucket', () => {
  test('is made private if its creation was interrupted', async () => {
    const { bucket, init, reported } = await setUpPrepared();
    bucket.isPrivate = false;
    await init({ create: true });
    expect(bucket.changes).toEqual(['make bucket private in aws']);
    expect(reported()).toContain('updated bucket bucket is private');
  });

  test('is not examined for an interrupted creation without create', async () => {
    const { bucket, init, changes } = await setUpPrepared();
    bucket.isPrivate = false;
    await init();
    expect(changes()).toEqual([]);
  });

  test('gets lifecycle rules with create', async () => {
    const { bucket, init, reported, events } = await setUpPrepared();
    bucket.cleanupRules = false;
    await init({ create: true });
    expect(bucket.changes).toEqual(['add cleanup rules']);
    expect(reported()).toContain('updated bucket bucket to remove abandoned uploads');
    expect(warnings(events)).toEqual([]);
  });

  test('without lifecycle rules causes a warning without create', async () => {
    const { bucket, init, changes, events } = await setUpPrepared();
    bucket.cleanupRules = false;
    await init();
    expect(changes()).toEqual([]);
    expect(warnings(events)).toEqual([
      'bucket bucket has no lifecycle rules that remove abandoned uploads (create: true adds them)',
    ]);
  });

  test('that does not exist causes no warning about its lifecycle rules', async () => {
    const { plan, events } = setUp();
    await expect(plan()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(warnings(events)).toEqual([]);
  });

  test('causes a warning if its lifecycle rules cannot be changed', async () => {
    const { bucket, init, events } = await setUpPrepared();
    Object.assign(bucket, { cleanupRules: false, mayChangeRules: false });
    await init({ create: true });
    expect(warnings(events)).toEqual([
      'bucket bucket does not remove abandoned uploads: permission to change its lifecycle rules is missing',
    ]);
  });

  test.each([false, true])('whose rules cannot be read is not changed, with create: %j', async (create) => {
    const { bucket, init, changes, events } = await setUpPrepared();
    bucket.cleanupRules = undefined;
    await init({ create });
    expect(changes()).toEqual([]);
    expect(warnings(events)).toEqual([]);
  });

  test('that is encrypted with a KMS key causes a warning until the policy allows kms:Decrypt', async () => {
    const { bucket, policies, init, events, clear } = await setUpPrepared();
    bucket.key = 'arn:aws:kms:us-east-1:123456789012:key/k';
    await init();
    expect(warnings(events)).toEqual([INIT.encryptedBucket('bucket', bucket.key, 'p')]);
    const decrypt = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: bucket.key };
    policies.write(POLICY_ARN, { ...document, Statement: [...[document['Statement']].flat(), decrypt] });
    clear();
    await init();
    expect(warnings(events)).toEqual([]);
  });

  test('that is encrypted causes no warning before the policy exists', async () => {
    const { bucket, plan, events } = setUp();
    Object.assign(bucket, { isThere: true, key: 'arn:key' });
    await plan({ create: true });
    expect(warnings(events)).toEqual([]);
  });
});

describe('an access key', () => {
  test('is created last, and returned with those that existed before', async () => {
    const { init, iam, reported } = await setUpPrepared();
    iam.users.set('u', { arn: 'arn', accessKeys: keys('AKIA1') });
    expect(await init({ createAccessKey: true })).toMatchObject({
      accessKey: { id: 'AKIA2', secret: 'secret of AKIA2' },
      existingAccessKeyIds: ['AKIA1'],
    });
    expect(reported().at(-1)).toBe('created access key AKIA2');
  });

  test('is created for a new user too', async () => {
    const { init } = setUp();
    expect(await init({ create: true, createAccessKey: true })).toMatchObject({ accessKey: { id: 'AKIA1' } });
  });

  test('cannot be a third one', async () => {
    const { plan, iam, changes } = await setUpPrepared();
    iam.users.set('u', { arn: 'arn', accessKeys: keys('AKIA1', 'AKIA2') });
    await expect(plan({ createAccessKey: true })).rejects.toMatchObject({
      code: 'LIMIT',
      message: INIT.twoAccessKeys('u'),
      hint: INIT_HINT.deleteKey('AKIA1, AKIA2', 'createAccessKey: true'),
    });
    expect(changes()).toEqual([]);
    await plan();
  });

  test('is not created if the existing ones cannot be listed', async () => {
    const { plan, iam } = await setUpPrepared();
    iam.users.set('u', { arn: 'arn', accessKeys: undefined });
    await expect(plan({ createAccessKey: true })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: 'cannot list the access keys of user u',
    });
    await plan();
  });
});

describe('an aborted signal', () => {
  const changes = [
    'create user u',
    'create group g',
    'create p',
    'attach p to g',
    'add user u to group g',
    'create role r',
  ];
  test.each(changes)('during "%s" stops before the next change', async (change) => {
    const controller = new AbortController();
    const { iam, policies, init } = setUp(controller.signal);
    const made: string[] = [];
    for (const port of [iam, policies]) {
      port.beforeChange = (name) => {
        made.push(name);
        if (name === change) controller.abort();
      };
    }
    await expect(init({ create: true })).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(made).toEqual(changes.slice(0, changes.indexOf(change) + 1));
  });

  test('before the lifecycle rules are added leaves them out', async () => {
    const controller = new AbortController();
    const { bucket, init } = await setUpPrepared(controller.signal);
    bucket.cleanupRules = false;
    controller.abort();
    await expect(init({ create: true })).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(bucket.changes).toEqual([]);
  });
});

test('only the policy of the role counts, not one of a group with its name', async () => {
  const { plan, policies } = await setUpPrepared();
  policies.policies.delete(LOGGING_ARN);
  policies.put(LOGGING_ARN, document, [{ kind: 'group', name: ROLE.name }]);
  await expect(plan()).rejects.toMatchObject({ message: INIT.roleWithoutLogs('r') });
});

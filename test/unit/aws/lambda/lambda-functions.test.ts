import { randomBytes } from 'node:crypto';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { PublishLayerVersionCommand } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LambdaCaller } from '../../../../src/aws/lambda/lambda-caller.js';
import { LambdaFunctions } from '../../../../src/aws/lambda/lambda-functions.js';
import { functionChanges } from '../../../../src/core/deploy/function-changes.js';
import {
  type FunctionSettings,
  type FunctionSpec,
  NO_SETTINGS,
} from '../../../../src/core/deploy/function-spec.js';
import { LAMBDA_TRUST_POLICY } from '../../../../src/core/policy/policy-templates.js';
import { MINUTE } from '../../../../src/core/units.js';
import {
  type Fault,
  type LocalAws,
  type LocalAwsOptions,
  startLocalAws,
} from '../../../stand-ins/aws/index.js';
import { adminClients } from '../../../support/aws-clients.js';
import { functionArchive, functionCode, zip } from '../../../support/bundle.js';
import { connectionTo } from '../../../support/connection.js';
import { machine } from '../../../support/memory-ports.js';
import { DEPLOY, DEPLOY_HINT } from '../../../support/messages/deploy.js';

const BUCKET = 'bucket';

/** Starts a local AWS with a bucket and a role. */
async function setUp(options: LocalAwsOptions = {}) {
  let fault: ((operation: string) => Fault | undefined) | undefined;
  const aws: LocalAws = await startLocalAws({ intercept: ({ operation }) => fault?.(operation), ...options });
  const reported = connectionTo(aws);
  const s3 = new S3Client({
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: aws.admin,
    forcePathStyle: true,
  });
  const iam = new IAMClient({ endpoint: aws.endpoint, region: aws.region, credentials: aws.admin });
  onTestFinished(async () => {
    s3.destroy();
    iam.destroy();
    await aws.stop();
  });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const AssumeRolePolicyDocument = JSON.stringify(LAMBDA_TRUST_POLICY);
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'role', AssumeRolePolicyDocument }));
  const role = { arn: Role?.Arn ?? '', createdAt: Date.now(), trustPolicy: undefined };
  const spec = async (changes: Partial<FunctionSpec> = {}, settings: Partial<FunctionSettings> = {}) => ({
    name: 'a_1_go',
    handler: 'index.handler',
    runtime: 'nodejs22.x',
    role,
    code: functionCode(await functionArchive()),
    settings: { ...NO_SETTINGS, ...settings },
    ...changes,
  });
  const functions = new LambdaFunctions(reported.connection, BUCKET, machine('here', 1));
  /** Updates a function as a deployment does. */
  const update = async (target: FunctionSpec): Promise<void> => {
    const current = await functions.find(target.name);
    if (current === undefined) throw new Error('the function does not exist');
    const changes = functionChanges(target, current);
    if (changes.some(({ field }) => field === 'code')) await functions.checkCodeUpdate(current, changes);
    await functions.update(target, current, changes);
  };
  return {
    ...{ aws, s3, role, spec, functions, update, ...reported },
    caller: new LambdaCaller(reported.connection, false),
    failOn: (next: typeof fault) => {
      fault = next;
    },
    /** The operations that change something, from the index of a request on. */
    changesSince: (start: number): string[] =>
      aws.requests
        .slice(start)
        .map(({ operation }) => operation)
        .filter((operation) => !/^(?:Get|List|Head)/.test(operation)),
  };
}

const refuse = (code: string, message: string, status = 400): Fault => ({
  kind: 'error',
  status,
  code,
  message,
});

describe('the settings of a function', () => {
  const vpc = { subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1'] };
  const NO_VPC = { subnets: [], securityGroups: [] };

  /** A role that may use a VPC and X-Ray, and two layers. */
  async function setUpSettings() {
    const started = await setUp();
    const { aws } = started;
    const role = aws.stored.roles.get('role');
    for (const name of ['service-role/AWSLambdaVPCAccessExecutionRole', 'AWSXRayDaemonWriteAccess'])
      role?.attached.add(`arn:aws:iam::aws:policy/${name}`);
    const lambda = adminClients(aws).lambda;
    onTestFinished(() => lambda.destroy());
    const layers: string[] = [];
    for (const LayerName of ['first', 'second']) {
      const ZipFile = await functionArchive();
      const { LayerVersionArn = '' } = await lambda.send(
        new PublishLayerVersionCommand({ LayerName, Content: { ZipFile } }),
      );
      layers.push(LayerVersionArn);
    }
    return { ...started, layers };
  }

  test('are set when it is created, and changed by one request', async () => {
    const { changesSince, aws, functions, layers, spec, update } = await setUpSettings();
    const first = { ephemeralStorage: 1024, vpc, layers, tracing: 'active' } as const;
    await functions.create(await spec({}, first));
    expect(await functions.find('a_1_go')).toMatchObject(first);
    const start = aws.requests.length;
    const second = { ephemeralStorage: 512, vpc: NO_VPC, layers: [], tracing: 'pass-through' } as const;
    await update(await spec({}, second));
    expect(await functions.find('a_1_go')).toMatchObject(second);
    expect(changesSince(start)).toEqual(['UpdateFunctionConfiguration']);
    await update(await spec({}, { layers: [...layers].reverse() }));
    expect((await functions.find('a_1_go'))?.layers).toEqual([...layers].reverse());
  });

  test('that are not given are not sent', async () => {
    const { aws, functions, layers, spec, update } = await setUpSettings();
    await functions.create(await spec({}, { vpc, layers }));
    aws.function('a_1_go').logGroup = '/my/group';
    await update(await spec({}, { memory: 512 }));
    expect(await functions.find('a_1_go')).toMatchObject({ vpc, layers, memory: 512, logGroup: '/my/group' });
  });

  test.each<[string, Partial<FunctionSettings>, LocalAwsOptions['lambda'], RegExp]>([
    ['the VPC, without permissions of the role', { vpc }, {}, /AWSLambdaVPCAccessExecutionRole/],
    ['tracing, without permissions of the role', { tracing: 'active' }, {}, /AWSXRayDaemonWriteAccess/],
    [
      'a layer that does not exist',
      { layers: ['arn:aws:lambda:us-east-1:123456789012:layer:missing:1'] },
      {},
      /^check the ARN of the layer/,
    ],
    [
      'a subnet that does not exist',
      { vpc },
      { missingVpcIds: ['subnet-2'] },
      /^check the IDs of the subnets/,
    ],
    [
      'a security group that does not exist',
      { vpc },
      { missingVpcIds: ['sg-1'] },
      /^check the IDs of the subnets/,
    ],
  ])('are refused by AWS with a hint: %s', async (_, settings, lambda, hint) => {
    const { functions, role, spec } = await setUp(lambda === undefined ? {} : { lambda });
    const old = { ...role, createdAt: 0 };
    await expect(functions.create(await spec({ role: old }, settings))).rejects.toMatchObject({
      code: 'SERVICE',
      hint: expect.stringMatching(hint),
    });
  });
});

describe('a function that was just created', () => {
  test('is waited for while AWS does not find it', async () => {
    const { functions, spec } = await setUp({ lambda: { missingReads: 5, pendingReads: 2 } });
    expect(await functions.create(await spec())).toBe(true);
    expect(await functions.find('a_1_go')).toMatchObject({ status: 'ready' });
  });

  test('does not exist if AWS does not find it for too long', async () => {
    const { functions, spec } = await setUp({ lambda: { missingReads: 100, pendingReads: 1 } });
    await expect(functions.create(await spec())).rejects.toMatchObject({
      message: 'function a_1_go no longer exists',
    });
  });
});

describe('a function in an unusual state', () => {
  test('is updated again if its last update failed', async () => {
    const { aws, functions, spec, update } = await setUp();
    await functions.create(await spec());
    aws.function('a_1_go').updateFailure = { reason: 'an internal error', code: 'InternalError' };
    await update(await spec({}, { memory: 512 }));
    expect(aws.function('a_1_go')).toMatchObject({ live: { memorySize: 512 }, updateFailure: undefined });
  });

  test('is reported if the update itself fails', async () => {
    const { aws, functions, spec, update, failOn } = await setUp({ lambda: { inProgressReads: 1 } });
    await functions.create(await spec());
    failOn((operation) => {
      if (operation === 'GetFunction' && aws.function('a_1_go').live.memorySize === 512)
        aws.function('a_1_go').updateFailure = {
          reason: 'no IP address available',
          code: 'SubnetOutOfIPAddresses',
        };
      return undefined;
    });
    await expect(update(await spec({}, { memory: 512 }))).rejects.toMatchObject({
      message: 'function a_1_go could not be updated: no IP address available, SubnetOutOfIPAddresses',
    });
  });

  test('is found as failed if its creation failed', async () => {
    const { aws, functions, spec } = await setUp();
    await functions.create(await spec());
    aws.function('a_1_go').state = { name: 'Failed', reason: 'no image', code: 'InvalidImage' };
    expect(await functions.find('a_1_go')).toMatchObject({
      status: 'failed',
      failure: 'no image, InvalidImage',
    });
  });

  test('is waited for while it is being deleted', async () => {
    const { aws, functions, spec } = await setUp();
    await functions.create(await spec());
    const stored = aws.function('a_1_go');
    stored.state = { name: 'Deleting', reason: '', code: '' };
    stored.deletingReads = 3;
    expect(await functions.find('a_1_go')).toBeUndefined();
  });

  test('is described as it is, without a wait', async () => {
    const { aws, functions, spec } = await setUp();
    expect(await functions.describe('a_1_go')).toBeUndefined();
    const created = await spec({}, { memory: 512 });
    await functions.create(created);
    expect(await functions.describe('a_1_go')).toMatchObject({
      ...{ name: 'a_1_go', state: 'Active', stateReason: undefined, isUpdating: false, memory: 512 },
      codeSize: created.code.size,
      lastModified: aws.function('a_1_go').lastModified.getTime(),
    });
    const stored = aws.function('a_1_go');
    stored.state = { name: 'Deleting', reason: 'The function is being deleted.' };
    stored.inProgressReads = 1;
    expect(await functions.describe('a_1_go')).toMatchObject({
      ...{ state: 'Deleting', stateReason: 'The function is being deleted.', isUpdating: true },
    });
  });

  test('is updated if it is inactive', async () => {
    const { aws, functions, spec, update } = await setUp();
    await functions.create(await spec());
    aws.function('a_1_go').state = { name: 'Inactive', reason: 'idle', code: 'Idle' };
    await update(await spec({}, { memory: 512 }));
    expect(aws.function('a_1_go').live.memorySize).toBe(512);
  });
});

describe('an update', () => {
  test('of a function with a retired runtime starts with the configuration', async () => {
    const { aws, functions, spec, update, changesSince } = await setUp();
    await functions.create(await spec());
    aws.function('a_1_go').live.runtime = 'nodejs12.x';
    const start = aws.requests.length;
    await update(await spec({ code: functionCode(await functionArchive('exports.handler = () => 2;')) }));
    expect(aws.function('a_1_go').live.runtime).toBe('nodejs22.x');
    // The first one is a dry run.
    expect(changesSince(start)).toEqual([
      'UpdateFunctionCode',
      'UpdateFunctionConfiguration',
      'UpdateFunctionCode',
    ]);
  });

  test('of a function with a supported runtime starts with the code', async () => {
    const { aws, functions, spec, update, changesSince } = await setUp();
    await functions.create(await spec());
    const start = aws.requests.length;
    const code = functionCode(await functionArchive('exports.handler = () => 2;'));
    await update(await spec({ code, handler: 'index.other' }));
    expect(changesSince(start)).toEqual([
      'UpdateFunctionCode',
      'UpdateFunctionCode',
      'UpdateFunctionConfiguration',
    ]);
  });

  test('sends only what differs: neither a retired runtime nor the role', async () => {
    const { aws, functions, spec, update } = await setUp();
    await functions.create(await spec());
    aws.function('a_1_go').live.runtime = 'nodejs12.x';
    await update(await spec({ runtime: 'nodejs12.x' }, { memory: 512 }));
    expect(aws.function('a_1_go').live).toMatchObject({ memorySize: 512, runtime: 'nodejs12.x' });
  });

  test('of tags keeps the tags of AWS services', async () => {
    const { aws, functions, spec, update } = await setUp();
    await functions.create(await spec({}, { tags: { team: 'a' } }));
    aws.function('a_1_go').tags.set('aws:cloudformation:stack-name', 'stack');
    await update(await spec({}, { tags: { team: 'b' } }));
    expect(Object.fromEntries(aws.function('a_1_go').tags)).toEqual({
      'aws:cloudformation:stack-name': 'stack',
      team: 'b',
    });
  });

  test('starts with a dry run of new code', async () => {
    const { functions, spec, update, failOn, aws } = await setUp();
    await functions.create(await spec());
    const start = aws.requests.length;
    failOn((operation) =>
      operation === 'UpdateFunctionCode'
        ? refuse('CodeVerificationFailedException', 'no signature')
        : undefined,
    );
    const code = functionCode(await functionArchive('exports.handler = () => 2;'));
    await expect(update(await spec({ code, handler: 'x.y' }))).rejects.toThrow(
      'cannot update the code of function a_1_go: CodeVerificationFailedException: no signature',
    );
    expect(aws.requests.slice(start).map(({ operation }) => operation)).toEqual([
      'GetFunction',
      'UpdateFunctionCode',
    ]);
  });
});

test('environment variables that AWS cannot decrypt are unknown, not empty', async () => {
  const { aws, functions, spec } = await setUp();
  await functions.create(await spec({}, { environment: { KEEP: 'me' } }));
  aws.function('a_1_go').environmentError = { code: 'KMSAccessDenied', message: 'the key is disabled' };
  expect(await functions.find('a_1_go')).toMatchObject({
    environment: undefined,
    environmentError: 'the key is disabled',
  });
});

describe('a large archive', () => {
  const large = async () => functionCode(await zip({ 'index.js': '', data: randomBytes(10_100_000) }));
  const listUploads = (aws: LocalAws): string[] => [...aws.bucket(BUCKET).objects.keys()];

  test('can be the code of two functions at the same time', async () => {
    let reading = 0;
    const { aws, functions, spec } = await setUp({
      lambda: {
        async whileCodeIsRead() {
          // Delays the first read until after the second one.
          if (reading++ === 0)
            while (aws.stored.functions.size === 0) await new Promise((done) => setTimeout(done, 5));
        },
      },
    });
    const code = await large();
    const created = await Promise.all(
      ['a_1_one', 'a_1_two'].map(async (name) => functions.create(await spec({ name, code }))),
    );
    expect(created).toEqual([true, true]);
    expect(listUploads(aws)).toEqual([]);
  });

  test('that is replaced during its upload is detected', async () => {
    const replacement = await functionArchive('exports.handler = () => "other";');
    const { aws, functions, s3, spec } = await setUp({
      lambda: {
        async whileCodeIsRead({ bucket: Bucket, key: Key }) {
          await s3.send(new PutObjectCommand({ Bucket, Key, Body: replacement }));
        },
      },
    });
    await expect(functions.create(await spec({ code: await large() }))).rejects.toMatchObject({
      message: 'the code that AWS stored for function a_1_go is not the code that was uploaded',
      hint: expect.stringMatching(/^check who can write to functions\/ in the bucket.* with update: true$/),
    });
    expect(listUploads(aws)).toEqual([]);
  });

  test('that is replaced during an update is detected', async () => {
    const replacement = await functionArchive('exports.handler = () => "other";');
    const { functions, s3, spec, update } = await setUp({
      lambda: {
        async whileCodeIsRead({ bucket: Bucket, key: Key }) {
          await s3.send(new PutObjectCommand({ Bucket, Key, Body: replacement }));
        },
      },
    });
    await functions.create(await spec());
    await expect(update(await spec({ code: await large() }))).rejects.toThrow(
      'is not the code that was uploaded',
    );
  });

  test('leaves no object version in a versioned bucket', async () => {
    const { aws, functions, s3, spec } = await setUp();
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
    await functions.create(await spec({ code: await large() }));
    expect([...aws.bucket(BUCKET).versions.values()].flat()).toEqual([]);
  });

  test('is uploaded through a connection on which it takes more than five minutes', async () => {
    const { functions, spec } = await setUp({ bytesPerSecond: 20_000 });
    expect(await functions.create(await spec({ code: await large() }))).toBe(true);
  });
});

test('a request that is too slow for its signature is a network error, not one of credentials', async () => {
  const { functions, spec } = await setUp({ bytesPerSecond: 1000 });
  const code = functionCode(await zip({ 'index.js': '', data: randomBytes(500_000) }));
  await expect(functions.create(await spec({ code }))).rejects.toMatchObject({
    code: 'NETWORK',
    message: 'cannot create function a_1_go: the request reached AWS more than 5 minutes after it was signed',
  });
});

describe('an error about the role of a function', () => {
  const notAssumable = 'The role defined for the function cannot be assumed by Lambda.';

  test('is retried only while the role is new', async () => {
    const { functions, role, spec, failOn, clock } = await setUp();
    failOn((operation) =>
      operation === 'CreateFunction' ? refuse('InvalidParameterValueException', notAssumable) : undefined,
    );
    const old = { ...role, createdAt: Date.now() - 60 * MINUTE };
    await expect(functions.create(await spec({ role: old }))).rejects.toMatchObject({
      message: DEPLOY.roleNotAllowed(role.arn),
      hint: DEPLOY_HINT.trustPolicy(LAMBDA_TRUST_POLICY),
    });
    expect(clock.waited).toBe(0);
    await expect(functions.create(await spec())).rejects.toThrow(DEPLOY.roleNotAllowed(role.arn));
    expect(clock.waited).toBeGreaterThan(4 * MINUTE);
  });

  test('because of EC2 throttling is retried, even for an old role', async () => {
    const { functions, role, spec, failOn, clock } = await setUp();
    let refusals = 12;
    failOn((operation) =>
      operation === 'CreateFunction' && refusals-- > 0
        ? refuse('InvalidParameterValueException', 'Lambda was throttled by EC2: Request limit exceeded.')
        : undefined,
    );
    expect(await functions.create(await spec({ role: { ...role, createdAt: 0 } }))).toBe(true);
    expect(clock.waited).toBeGreaterThan(30_000);
  });

  test('of another kind is reported in the words of AWS', async () => {
    const { functions, role, spec, failOn } = await setUp();
    const message =
      'The provided execution role does not have permissions to call CreateNetworkInterface on EC2';
    failOn((operation) =>
      operation === 'CreateFunction' ? refuse('InvalidParameterValueException', message) : undefined,
    );
    await expect(functions.create(await spec({ role: { ...role, createdAt: 0 } }))).rejects.toThrow(
      `cannot create function a_1_go: InvalidParameterValueException: ${message}`,
    );
  });
});

describe('an invocation', () => {
  test.each([
    ['ResourceConflictException', 409],
    ['ResourceNotReadyException', 502],
  ])('that fails with %s is sent again', async (code, status) => {
    const { functions, caller, spec, failOn } = await setUp();
    await functions.create(await spec());
    let refusals = 3;
    failOn((operation) =>
      operation === 'Invoke' && refusals-- > 0 ? refuse(code, 'not ready', status) : undefined,
    );
    expect(await caller.invoke('a_1_go', '{}')).toMatchObject({ functionError: undefined });
  });

  test.each<[string, Fault, string]>([
    ['whose response is lost', { kind: 'resetAfter' }, 'NETWORK'],
    ['that fails in the service', refuse('ServiceException', 'internal error', 500), 'SERVICE'],
  ])('%s is not sent again: the function may have run', async (_, fault, code) => {
    const { aws, functions, caller, spec, failOn } = await setUp();
    await functions.create(await spec());
    let faults = 1;
    failOn((operation) => (operation === 'Invoke' && faults-- > 0 ? fault : undefined));
    await expect(caller.invoke('a_1_go', '{}')).rejects.toMatchObject({ code });
    expect(aws.requests.filter(({ operation }) => operation === 'Invoke')).toHaveLength(1);
  });

  test('that is throttled is sent again', async () => {
    const { functions, caller, spec, failOn } = await setUp();
    await functions.create(await spec());
    let faults = 1;
    failOn((operation) =>
      operation === 'Invoke' && faults-- > 0
        ? refuse('TooManyRequestsException', 'Rate Exceeded.', 429)
        : undefined,
    );
    expect(await caller.invoke('a_1_go', '{}')).toMatchObject({ functionError: undefined });
  });
});

test('a function that cannot be looked up, or is being deleted, counts as existing', async () => {
  const { aws, functions, spec, failOn } = await setUp();
  expect(await functions.exists('a_1_go')).toBe(false);
  await functions.create(await spec());
  aws.function('a_1_go').state = { name: 'Deleting', reason: '', code: '' };
  expect(await functions.exists('a_1_go')).toBe(true);
  failOn(() => refuse('AccessDeniedException', 'not authorized', 403));
  expect(await functions.exists('b_1_go')).toBe(true);
  failOn(() => refuse('ExpiredTokenException', 'expired', 403));
  await expect(functions.exists('b_1_go')).rejects.toMatchObject({ code: 'CREDENTIALS' });
});

test('functions are looked up within the rate limit of AWS', async () => {
  const aws = await startLocalAws({ lambda: { requestsPerSecond: 15 } });
  onTestFinished(() => aws.stop());
  const { connection, requests } = connectionTo(aws);
  const functions = new LambdaFunctions(
    {
      ...connection,
      clock: {
        now: Date.now,
        sleep: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
      },
    },
    BUCKET,
    machine('here', 1),
  );
  await Promise.all(Array.from({ length: 150 }, (_, index) => functions.find(`function-${index}`)));
  expect(requests().filter((line) => line.includes('429'))).toEqual([]);
});

test('exceeded code storage is a limit, not a service error', async () => {
  const { functions, spec, failOn } = await setUp();
  failOn((operation) =>
    operation === 'CreateFunction'
      ? refuse('CodeStorageExceededException', 'Code storage limit exceeded.')
      : undefined,
  );
  await expect(functions.create(await spec())).rejects.toMatchObject({
    code: 'LIMIT',
    hint: expect.stringContaining('75 GB'),
  });
});

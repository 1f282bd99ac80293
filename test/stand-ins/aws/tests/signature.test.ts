import { createHash } from 'node:crypto';
import { CreatePolicyCommand, GetUserCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import { createPolicy } from './helpers.js';
import { creation, type Session, startSession } from './session.js';
import { query, send as sendTo, signed as signAs, type Wire } from './wire.js';

const EMPTY = createHash('sha256').update('').digest('hex');

function signed(session: Session, wire: Wire, time?: Date): Record<string, string> {
  const { endpoint, admin } = session.aws;
  return signAs({ endpoint, credentials: admin, service: 's3' }, wire, time);
}

async function send(session: Session, wire: Wire) {
  const { status, body } = await sendTo(session.aws.endpoint, wire);
  return { status, code: /<Code>(\w+)<\/Code>/.exec(body)?.[1] };
}

async function sessionWithBucket(): Promise<Session> {
  const session = await startSession();
  await session.s3.send(new CreateBucketCommand({ Bucket: 'apps' }));
  return session;
}

const PUT: Wire = { method: 'PUT', path: '/apps/k', headers: {}, body: 'hello' };

it('takes a request that is signed by the letter, and none that was changed after', async () => {
  const session = await sessionWithBucket();
  const headers = signed(session, PUT);
  expect((await send(session, { ...PUT, headers })).status).toBe(200);
  const refused = { status: 403, code: 'SignatureDoesNotMatch' };
  expect(await send(session, { ...PUT, headers, path: '/apps/other' })).toEqual(refused);
  expect(await send(session, { ...PUT, headers, path: '/apps/k?x=1' })).toEqual(refused);
  expect(await send(session, { ...PUT, headers, method: 'DELETE', body: '' })).toEqual(refused);
  expect(await send(session, { ...PUT, headers: { ...headers, 'x-amz-content-sha256': EMPTY } })).toEqual(
    refused,
  );
  expect(await send(session, { ...PUT, headers, body: 'other' })).toEqual({
    status: 400,
    code: 'XAmzContentSHA256Mismatch',
  });
});

/** A session whose server is this many minutes ahead of its clients. */
function sessionAhead(minutes: number): Promise<Session> {
  return startSession({ clock: { now: () => Date.now() + minutes * 60_000 } });
}

it('refuses signatures for S3 older than 15 minutes', async () => {
  const session = await sessionWithBucket();
  const headers = signed(session, PUT, new Date(Date.now() - 14 * 60 * 1000));
  expect((await send(session, { ...PUT, headers })).status).toBe(200);
  const old = signed(session, PUT, new Date(Date.now() - 16 * 60 * 1000));
  expect(await send(session, { ...PUT, headers: old })).toEqual({
    status: 403,
    code: 'RequestTimeTooSkewed',
  });
});

it('accepts signatures for 5 minutes in Lambda and IAM, for 15 in STS and S3', async () => {
  const four = await sessionAhead(4);
  await four.lambda.send(new ListFunctionsCommand({}));
  await four.iam.send(new GetUserCommand({}));
  const six = await sessionAhead(6);
  await expect(six.lambda.send(new ListFunctionsCommand({}))).rejects.toMatchObject({
    name: 'InvalidSignatureException',
    message: expect.stringMatching(
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/,
    ),
    $metadata: { httpStatusCode: 403 },
  });
  await expect(six.iam.send(new GetUserCommand({}))).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
    message: expect.stringContaining('- 5 min.'),
  });
  await six.s3.send(new ListBucketsCommand({}));
  const identity = async ({ aws }: Session) => {
    const signer = { endpoint: aws.endpoint, credentials: aws.admin, service: 'sts' };
    return (await query(signer, 'GetCallerIdentity', '2011-06-15')).status;
  };
  expect([await identity(six), await identity(await sessionAhead(16))]).toEqual([200, 403]);
  const behind = await sessionAhead(-6);
  await expect(behind.lambda.send(new ListFunctionsCommand({}))).rejects.toThrow(
    /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)$/,
  );
});

it('sends its time, so that a client with a wrong clock can correct it', async () => {
  const { aws } = await sessionAhead(60);
  const lambda = new LambdaClient({ endpoint: aws.endpoint, region: aws.region, credentials: aws.admin });
  onTestFinished(() => lambda.destroy());
  expect((await lambda.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
});

it('counts the time of a slow body in Lambda and IAM, but not in S3', async () => {
  const session = await startSession({ bytesPerSecond: 1 });
  const { lambda, iam, s3 } = session;
  // More than 300 bytes take more than five minutes.
  const Description = 'd'.repeat(300);
  await expect(lambda.send(await creation(session, { Description }))).rejects.toMatchObject({
    name: 'InvalidSignatureException',
    message: expect.stringContaining('Signature expired'),
  });
  await lambda.send(new ListFunctionsCommand({}));
  const create = (PolicyName: string) =>
    iam.send(
      new CreatePolicyCommand({
        PolicyName,
        PolicyDocument: createPolicy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }),
      }),
    );
  await create('p');
  await expect(create('p'.repeat(128))).rejects.toThrow('Signature expired');
  await s3.send(new CreateBucketCommand({ Bucket: 'apps' }));
  await s3.send(new PutObjectCommand({ Bucket: 'apps', Key: 'k', Body: 'x'.repeat(5000) }));
});

it('reads chunks and the checksum behind them', async () => {
  const session = await sessionWithBucket();
  const chunked = (
    trailer: string,
    body = '5\r\nhello\r\n6\r\n world\r\n0\r\n',
  ): Promise<{ status?: number | undefined; code?: string | undefined }> => {
    const wire: Wire = {
      ...PUT,
      headers: {
        'content-encoding': 'aws-chunked',
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': '11',
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
      body: `${body}${trailer}\r\n`,
    };
    return send(session, { ...wire, headers: signed(session, wire) });
  };
  expect((await chunked('x-amz-checksum-crc32:DUoRhQ==\r\n')).status).toBe(200);
  expect((await chunked('x-amz-checksum-crc32:AAAAAA==\r\n')).code).toBe('BadDigest');
  expect((await chunked('', '5\r\nhello\r\n0\r\n')).code).toBe('IncompleteBody');
  expect((await chunked('', 'b\r\nhello')).code).toBe('IncompleteBody');
});

it('handles a path with an invalid percent-encoding, and a query without an operation', async () => {
  const session = await sessionWithBucket();
  for (const path of ['/apps/%zz', '/apps?policy=&versioning=']) {
    const wire: Wire = { method: 'GET', path, headers: {} };
    const { status } = await send(session, { ...wire, headers: signed(session, wire) });
    expect(status).toBeGreaterThanOrEqual(400);
  }
});

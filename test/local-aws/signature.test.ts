import { createHash } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { type Session, startSession } from './session.js';
import { send as sendTo, signed as signAs, type Wire } from './wire.js';

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

it('takes no old signature', async () => {
  const session = await sessionWithBucket();
  const headers = signed(session, PUT, new Date(Date.now() - 16 * 60 * 1000));
  expect(await send(session, { ...PUT, headers })).toEqual({ status: 403, code: 'RequestTimeTooSkewed' });
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

it('answers a path that is no percent-encoding, and a query in front of no operation', async () => {
  const session = await sessionWithBucket();
  for (const path of ['/apps/%zz', '/apps?policy=&versioning=']) {
    const wire: Wire = { method: 'GET', path, headers: {} };
    const { status } = await send(session, { ...wire, headers: signed(session, wire) });
    expect(status).toBeGreaterThanOrEqual(400);
  }
});

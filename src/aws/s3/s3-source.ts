import type { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { ObjectLocation } from '../../core/bundle/app-location.js';
import { AppsctlError, type ErrorCode } from '../../core/diagnostics/error.js';
import type { Hint } from '../../core/diagnostics/vocabulary.js';
import type { Download, DownloadSource } from '../../core/ports/download.js';
import { type AwsError, isAwsError } from '../client/aws-error.js';
import type { AwsConnection } from '../client/connection.js';
import { withExplainedErrors } from '../client/explain-errors.js';
import { AnyRegionClient, isDenied, missingBucket, reasonOfRefusal } from './s3-client.js';

/** An object to download. */
interface WantedObject extends ObjectLocation {
  /** What an object without a version must be, without quotes; undefined for anything. */
  readonly etag?: string;
}

/**
 * An object in a bucket of any account and region, to be downloaded.
 *
 * @param name how messages name it
 */
export function s3Source(connection: AwsConnection, object: ObjectLocation, name: string): DownloadSource {
  return {
    name,
    async open(signal): Promise<Download> {
      const client = new AnyRegionClient(connection, undefined);
      try {
        const { chunks, ...download } = await openObject(client, connection, object, name, signal);
        return { ...download, chunks: thenClose(chunks, client) };
      } catch (error) {
        client.close();
        throw error;
      }
    },
  };
}

async function* thenClose(
  chunks: AsyncIterable<Uint8Array>,
  client: AnyRegionClient,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } finally {
    client.close();
  }
}

/**
 * Starts the download of an object.
 *
 * @param name how messages name it
 * @throws AppsctlError NOT_FOUND, ACCESS_DENIED, CREDENTIALS, NETWORK, SERVICE
 */
export async function openObject(
  client: AnyRegionClient,
  connection: AwsConnection,
  object: WantedObject,
  name: string,
  signal: AbortSignal,
): Promise<Download> {
  const { bucket: Bucket, key: Key, versionId: VersionId, etag } = object;
  const explained = <T>(send: () => Promise<T>): Promise<T> =>
    withExplainedErrors(connection, `download ${name}`, async () => {
      try {
        return await send();
      } catch (error) {
        throw explainFailure(name, object, error) ?? error;
      }
    });
  const command = new GetObjectCommand({
    ...{ Bucket, Key, VersionId, ChecksumMode: 'ENABLED' },
    // A version stays what it is; the ETag may be that of the one before, which was current when the bucket was listed.
    ...(etag !== undefined && VersionId === undefined && { IfMatch: `"${etag}"` }),
  });
  const { Body, ContentLength, ChecksumSHA256, ChecksumType } = await explained(() =>
    client.send((s3) => s3.send(command, { abortSignal: signal })),
  );
  // The SDK's type is that of all platforms.
  const body = Body as unknown as Readable;
  // If it fails before it is read, reading it reports that; without a listener, the process would end.
  body.on('error', () => {});
  const isWhole =
    ChecksumSHA256 !== undefined && ChecksumType !== 'COMPOSITE' && !ChecksumSHA256.includes('-');
  return {
    length: ContentLength,
    sha256: isWhole ? Buffer.from(ChecksumSHA256, 'base64').toString('hex') : undefined,
    chunks: chunksOf(body, explained),
  };
}

async function* chunksOf(
  body: Readable,
  explained: <T>(send: () => Promise<T>) => Promise<T>,
): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value, done } = await explained(() => chunks.next());
      if (done === true) return;
      yield value;
    }
  } finally {
    await chunks.return?.();
  }
}

/** @returns undefined for a failure that could be of any request */
function explainFailure(name: string, object: WantedObject, error: unknown): AppsctlError | undefined {
  if (isAwsError(error, 'NoSuchBucket')) return missingBucket(object.bucket, error);
  const fail = (code: ErrorCode, message: string, hint?: Hint): AppsctlError =>
    new AppsctlError(code, message, { hint, cause: error });
  if (isMissing(error)) {
    if (object.etag !== undefined) return fail('NOT_FOUND', `${name} was replaced or removed`);
    return isAwsError(error, 'NoSuchKey')
      ? fail('NOT_FOUND', `${name} does not exist`, 'check the key; case matters')
      : fail('NOT_FOUND', `${name} does not exist, or is a delete marker`, 'check the version');
  }
  if (isAwsError(error, 'InvalidObjectState')) {
    const hint = 'restore it first, or upload it again';
    return fail('CONFLICT', `cannot download ${name}: it is archived in another storage class`, hint);
  }
  // The SDK compares the checksum that S3 states with that of what has arrived.
  if (/^Checksum mismatch/.test((error as AwsError).message)) {
    return fail('NETWORK', `cannot download ${name}: what arrived is not what S3 has`, 'check the network');
  }
  if (!isDenied(error)) return undefined;
  const permission = object.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  return fail(
    'ACCESS_DENIED',
    `cannot download ${name}: ${reasonOfRefusal(error)}`,
    `grant ${permission} on it, and kms:Decrypt if it is encrypted with a KMS key; without s3:ListBucket, a missing object is denied, too`,
  );
}

/** Whether there is no such object or version, it is a delete marker, or it has another ETag. */
function isMissing(error: unknown): boolean {
  return isAwsError(error, 'NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed', 'PreconditionFailed');
}

import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ObjectLocation } from '../../core/bundle/app-location.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Hint } from '../../core/diagnostics/vocabulary.js';
import type { Download, DownloadSource } from '../../core/ports/download.js';
import { type AwsError, httpStatus, isAwsError } from '../client/aws-error.js';
import { type AwsConnection, clientConfig } from '../client/connection.js';
import { withExplainedErrors } from '../client/explain-errors.js';
import { reportRequests } from '../client/request-events.js';
import { OTHER_REGION_ERRORS } from './s3-bucket.js';

/**
 * An object in a bucket of any account and region, to be downloaded.
 *
 * @param name how messages name it
 */
export function s3Source(connection: AwsConnection, object: ObjectLocation, name: string): DownloadSource {
  const explained = <T>(send: () => Promise<T>): Promise<T> =>
    withExplainedErrors(connection, `download ${name}`, async () => {
      try {
        return await send();
      } catch (error) {
        throw explainMissing(name, object, error) ?? error;
      }
    });
  return {
    name,
    async open(signal): Promise<Download> {
      const client = new ObjectClient(connection);
      try {
        const { Body, ContentLength: length } = await explained(() => client.get(object, signal));
        // The SDK's type is that of all platforms; with Node.js it is a stream.
        const body = Body as unknown as AsyncIterable<Uint8Array>;
        return { length, chunks: chunksOf(body, explained, () => client.close()) };
      } catch (error) {
        client.close();
        throw error;
      }
    },
  };
}

/** Reads an object in the region of its bucket, which S3 names when another one is asked. */
class ObjectClient {
  private client: S3Client;

  constructor(private readonly connection: AwsConnection) {
    this.client = createClient(connection);
  }

  async get({ bucket, key, versionId }: ObjectLocation, signal: AbortSignal) {
    const command = new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId });
    try {
      return await this.client.send(command, { abortSignal: signal });
    } catch (error) {
      const region = regionOfBucket(error);
      if (region === undefined) throw error;
      this.close();
      this.client = createClient({ ...this.connection, region });
      return await this.client.send(command, { abortSignal: signal });
    }
  }

  close(): void {
    this.client.destroy();
  }
}

function createClient(connection: AwsConnection): S3Client {
  const isCompatible = connection.endpoints.s3 !== undefined;
  const client = new S3Client({
    ...clientConfig(connection, 's3'),
    forcePathStyle: isCompatible,
    responseChecksumValidation: isCompatible ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED',
  });
  // No logger is configured, and this middleware copies all inputs and outputs.
  client.middlewareStack.remove('loggerMiddleware');
  reportRequests(client, 's3', connection);
  return client;
}

/** The header may be missing. */
function regionOfBucket(error: unknown): string | undefined {
  if (!isAwsError(error, ...OTHER_REGION_ERRORS)) return undefined;
  const { $response, Region } = error as Pick<AwsError, '$response'> & { readonly Region?: string };
  return $response?.headers?.['x-amz-bucket-region'] ?? Region;
}

async function* chunksOf(
  body: AsyncIterable<Uint8Array>,
  explained: <T>(send: () => Promise<T>) => Promise<T>,
  close: () => void,
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
    close();
  }
}

function explainMissing(
  name: string,
  { bucket, versionId }: ObjectLocation,
  error: unknown,
): AppsctlError | undefined {
  const missing = (message: string, hint: Hint): AppsctlError =>
    new AppsctlError('NOT_FOUND', message, { hint, cause: error });
  if (isAwsError(error, 'NoSuchBucket')) return missing(`bucket ${bucket} does not exist`, 'check its name');
  if (isAwsError(error, 'NoSuchKey')) return missing(`${name} does not exist`, 'check the key; case matters');
  if (isAwsError(error, 'NoSuchVersion', 'MethodNotAllowed')) {
    return missing(`${name} does not exist, or is a delete marker`, 'check the version');
  }
  if (httpStatus(error) !== 403 || !isAwsError(error, 'AccessDenied', 'Forbidden')) return undefined;
  const permission = versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  const reason = (error as AwsError).message;
  return new AppsctlError('ACCESS_DENIED', `cannot download ${name}: ${reason}`, {
    hint: `grant ${permission} on it, and kms:Decrypt if it is encrypted with a KMS key; without s3:ListBucket, a missing object is denied, too`,
    cause: error,
  });
}

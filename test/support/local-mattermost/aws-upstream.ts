import { createHash } from 'node:crypto';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { isObject, type JsonObject, type Manifest } from './manifest.js';
import { PluginError } from './plugin-error.js';

/** What MM_APPS_AWS_ACCESS_KEY, MM_APPS_AWS_SECRET_KEY, MM_APPS_AWS_REGION and MM_APPS_S3_BUCKET say, and where AWS is. */
export interface AwsSettings {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
  bucket: string;
  endpoint: string;
}

const MAX_FUNCTION_NAME = 64;

/** The server's access to apps on AWS: it calls their functions and fetches their assets, with the invoke key. */
export class AwsUpstream {
  readonly #lambda: LambdaClient;
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #callTimeout: number;

  /** @param callTimeout Milliseconds; the server waits 30 s for a call. */
  constructor(settings: AwsSettings, callTimeout = 30_000) {
    const { accessKeyId, secretAccessKey, region, endpoint, bucket } = settings;
    const access = { region, endpoint, credentials: { accessKeyId, secretAccessKey } };
    this.#lambda = new LambdaClient(access);
    this.#s3 = new S3Client({ ...access, forcePathStyle: true });
    this.#bucket = bucket;
    this.#callTimeout = callTimeout;
  }

  /** The call response of the function that the manifest has for the path. */
  async call(manifest: Manifest, path: string, request: JsonObject): Promise<unknown> {
    const name = functionForPath(manifest, path);
    if (name === undefined) {
      throw new PluginError(`no function for ${path}`, 'not found');
    }
    const answer = parseJson(await this.#invoke(name, path, request));
    if (!isObject(answer)) {
      throw new PluginError('error decoding serverless response');
    }
    // A function that failed answers with errorMessage and errorType: no status code, which Go reads as 0.
    const status = answer['statusCode'] ?? 0;
    const body = answer['body'] ?? '';
    if (status !== 200) {
      throw new PluginError(`function failed with status code ${status}, body ${body}`);
    }
    const response = parseJson(String(body));
    if (response === undefined) {
      throw new PluginError('error decoding call response');
    }
    return response;
  }

  /** The bytes of an asset, by its path under static/. */
  async getStatic(manifest: Manifest, path: string): Promise<Uint8Array> {
    try {
      const object = await this.#s3.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: staticKey(manifest, path) }),
        { abortSignal: AbortSignal.timeout(this.#callTimeout) },
      );
      return (await object.Body?.transformToByteArray()) ?? new Uint8Array();
    } catch (error) {
      throw new PluginError(
        `can't download from S3:bucket:${this.#bucket}, path:${path}: ${awsMessage(error)}`,
      );
    }
  }

  close(): void {
    this.#lambda.destroy();
    this.#s3.destroy();
  }

  async #invoke(name: string, path: string, request: JsonObject): Promise<string> {
    const event = {
      path,
      httpMethod: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(request),
    };
    try {
      const result = await this.#lambda.send(
        new InvokeCommand({
          FunctionName: name,
          InvocationType: 'RequestResponse',
          Payload: Buffer.from(JSON.stringify(event)),
        }),
        { abortSignal: AbortSignal.timeout(this.#callTimeout) },
      );
      return Buffer.from(result.Payload ?? []).toString();
    } catch (error) {
      throw new PluginError(`Error calling function ${name}: ${awsMessage(error)}`);
    }
  }
}

/** The function whose path is the longest that the call's path begins with. */
export function functionForPath(manifest: Manifest, path: string): string | undefined {
  const [match] = (manifest.aws_lambda?.functions ?? [])
    .filter((candidate) => candidate.path !== '' && path.startsWith(candidate.path))
    .sort((a, b) => b.path.length - a.path.length);
  return match === undefined ? undefined : functionName(manifest.app_id, manifest.version ?? '', match.name);
}

/** The name of a function on AWS. A name that is too long keeps the raw id and version, dots included. */
export function functionName(id: string, version: string, name: string): string {
  const full = `${id.replaceAll('.', '-')}_${version.replaceAll('.', '-')}_${name.replaceAll(' ', '-')}`;
  if (Buffer.byteLength(full) <= MAX_FUNCTION_NAME) {
    return full;
  }
  const left = MAX_FUNCTION_NAME - Buffer.byteLength(id) - Buffer.byteLength(version) - 2;
  return `${id}_${version}_${createHash('sha256').update(full).digest('hex').slice(0, left)}`;
}

function staticKey(manifest: Manifest, path: string): string {
  return `static/${manifest.app_id}_${manifest.version ?? ''}_app/${path.replaceAll(' ', '-')}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function awsMessage(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return error.name === 'AbortError'
    ? 'RequestCanceled: context deadline exceeded'
    : `${error.name}: ${error.message}`;
}

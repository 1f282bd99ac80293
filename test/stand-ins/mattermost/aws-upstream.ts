import { createHash } from 'node:crypto';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { goAwsText, isNoSuchFunction } from './aws-errors.js';
import { isObject, type JsonObject, parseJson } from './go-json.js';
import type { Manifest } from './manifest.js';
import { PluginError } from './plugin-error.js';

/** What MM_APPS_AWS_ACCESS_KEY, MM_APPS_AWS_SECRET_KEY, MM_APPS_AWS_REGION and MM_APPS_S3_BUCKET say, and where AWS is. */
export interface AwsSettings {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
  bucket: string;
  endpoint: string;
}

/** A call of an app; `path` says which function gets it. */
export interface CallRequest extends JsonObject {
  path: string;
}

/** The response of an app to a call. */
export interface CallResponse extends JsonObject {
  type?: string;
  text?: string;
}

const MAX_FUNCTION_NAME = 64;

/** The server's access to apps on AWS: it calls their functions and fetches their assets, with the invoke key. */
export class AwsUpstream {
  readonly #lambda: LambdaClient;
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor({ accessKeyId, secretAccessKey, region, endpoint, bucket }: AwsSettings) {
    const access = { region, endpoint, credentials: { accessKeyId, secretAccessKey } };
    this.#lambda = new LambdaClient(access);
    this.#s3 = new S3Client({ ...access, forcePathStyle: true });
    this.#bucket = bucket;
  }

  /** The call response of the function that the manifest has for the path. */
  async call(manifest: Manifest, request: CallRequest, signal: AbortSignal): Promise<CallResponse> {
    const name = functionForPath(manifest, request.path);
    if (name === undefined) {
      throw new PluginError(`no function for ${request.path}`, 'not found');
    }
    const answer = parseJson(await this.#invoke(name, request, signal));
    if (!isObject(answer)) {
      throw new PluginError('error decoding JSON-encoded HTTP response');
    }
    // A function that failed returns errorMessage and errorType without a status code, which Go reads as 0.
    const status = answer['statusCode'] ?? 0;
    const body = String(answer['body'] ?? '');
    if (status !== 200) {
      throw new PluginError(`function failed with status code ${status}, body ${body}`);
    }
    const response = parseJson(body);
    if (response !== null && !isObject(response)) {
      throw new PluginError(body === '' ? 'EOF' : 'invalid character in the call response');
    }
    return response ?? {};
  }

  /** The bytes of an asset, by its path under static/, which is taken as it is. */
  async getStatic(manifest: Manifest, path: string, signal: AbortSignal): Promise<Uint8Array> {
    try {
      const object = await this.#s3.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: staticKey(manifest, path) }),
        { abortSignal: signal },
      );
      return (await object.Body?.transformToByteArray()) ?? new Uint8Array();
    } catch (error) {
      const reason = goAwsText(error, 's3');
      throw new PluginError(
        `can't download from S3:bucket:${this.#bucket}, path:${path}: failed to download file: ${reason}`,
      );
    }
  }

  close(): void {
    this.#lambda.destroy();
    this.#s3.destroy();
  }

  async #invoke(name: string, request: CallRequest, signal: AbortSignal): Promise<string> {
    const event = {
      path: request.path,
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
        { abortSignal: signal },
      );
      return Buffer.from(result.Payload ?? []).toString();
    } catch (error) {
      const reason = goAwsText(error, 'lambda');
      if (isNoSuchFunction(error)) {
        throw new PluginError(reason, 'not found');
      }
      throw new PluginError(`invoke AWS Lambda function ${name}: ${reason}`);
    }
  }
}

/** The function whose path is the longest that the call's path begins with; of several, the first. */
export function functionForPath(manifest: Manifest, path: string): string | undefined {
  const [match] = (manifest.aws_lambda?.functions ?? [])
    .filter((candidate) => candidate.path !== '' && path.startsWith(candidate.path))
    .sort((a, b) => b.path.length - a.path.length);
  return match === undefined ? undefined : functionName(manifest.app_id, manifest.version ?? '', match.name);
}

/** The name of a function on AWS. A name that is too long contains the raw id and version, including dots. */
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

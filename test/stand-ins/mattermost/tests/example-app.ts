import { readFile } from 'node:fs/promises';
import { type LocalMattermost, startLocalMattermost } from '../index.js';
import { type AwsEndpoint, type AwsResponse, startAwsEndpoint } from './aws-endpoint.js';
import { type Answer, post } from './mattermost-requests.js';

const FOLDER = new URL('../../../../examples/hello-serverless/', import.meta.url);

export const ID = 'hello-serverless';
export const INVOCATION = 'POST /2015-03-31/functions/hello-serverless_v1-2-0_hello-serverless/invocations';
export const ICON = 'GET /apps-bucket/static/hello-serverless_v1.2.0_app/icon.png';

/** AWS with the example app on it. */
export interface ExampleOnAws extends AwsEndpoint {
  /** The responses of AWS, by request line, a prefix of it, or the path of the call. */
  instead: Record<string, AwsResponse | 'nothing'>;
  /** The bodies of the call requests with this path. */
  calls(path: string): Record<string, unknown>[];
}

export async function startExampleOnAws(): Promise<ExampleOnAws> {
  const instead: ExampleOnAws['instead'] = {};
  const endpoint = await startAwsEndpoint(async (line, body) => {
    const event = line.startsWith('POST') ? JSON.parse(body) : {};
    const other = instead[line] ?? instead[line.slice(0, 4).trim()] ?? instead[event.path];
    if (other === 'nothing') {
      return new Promise(() => undefined);
    }
    if (other !== undefined) {
      return other;
    }
    if (line === INVOCATION) {
      const source = await import(new URL('hello-serverless/index.js', FOLDER).href);
      return { status: 200, body: JSON.stringify(await source.handler(event)) };
    }
    if (line === ICON) {
      return { status: 200, body: await readFile(new URL('static/icon.png', FOLDER)) };
    }
    return line.startsWith('POST') ? noSuchFunction : noSuchKey;
  });
  return {
    ...endpoint,
    instead,
    calls: (path) =>
      endpoint.requests
        .filter(({ line }) => line.startsWith('POST'))
        .map(({ body }) => JSON.parse(body))
        .filter((event) => event.path === path)
        .map((event) => JSON.parse(event.body)),
  };
}

const noSuchKey: AwsResponse = {
  status: 404,
  body: '<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>',
};
const noSuchFunction: AwsResponse = {
  status: 404,
  headers: { 'x-amzn-errortype': 'ResourceNotFoundException' },
  body: '{"Message":"Function not found"}',
};
export const accessDenied: AwsResponse = {
  status: 403,
  headers: { 'x-amzn-errortype': 'AccessDeniedException' },
  body: '{"Message":"not allowed to invoke"}',
};

/** A function's answer: the status 200 and this in its body. */
export function answering(response: unknown): AwsResponse {
  return { status: 200, body: JSON.stringify({ statusCode: 200, body: JSON.stringify(response) }) };
}

/** What the server needs to know of AWS. */
export function settingsFor({ url }: AwsEndpoint) {
  return {
    accessKeyId: 'INVOKEKEY',
    secretAccessKey: 'secret',
    region: 'us-east-1',
    bucket: 'apps-bucket',
    endpoint: url,
  };
}

/** A local Mattermost that calls the example app on AWS. */
export async function startMattermostOnExample() {
  const aws = await startExampleOnAws();
  const mattermost = await startLocalMattermost({ aws: settingsFor(aws) });
  const stop = async (): Promise<void> => {
    await mattermost.stop();
    await aws.stop();
  };
  return { aws, mattermost, stop };
}

/** Lists the example app with changes to its manifest; returns the manifest. */
export async function listExample(
  mattermost: LocalMattermost,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, unknown>> {
  const manifest = JSON.parse(await readFile(new URL('manifest.json', FOLDER), 'utf8'));
  const listed = { ...manifest, ...changes };
  await post(mattermost, 'update-app-listing', { ...listed, Replace: false, add_deploys: ['aws_lambda'] });
  return listed;
}

export function install(mattermost: LocalMattermost, appId = ID, deployType = 'aws_lambda'): Promise<Answer> {
  return post(mattermost, 'install-app', { app_id: appId, deploy_type: deployType });
}

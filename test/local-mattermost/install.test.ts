import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalMattermost, startLocalMattermost } from '../support/local-mattermost/index.js';
import { type AwsEndpoint, type AwsResponse, startAwsEndpoint } from './aws-endpoint.js';
import { type Answer, awsFunction, manifest, post, send } from './mattermost-requests.js';

const example = new URL('../../examples/hello-serverless/', import.meta.url);
const invocation = 'POST /2015-03-31/functions/hello-serverless_v1-2-0_hello-serverless/invocations';

let mattermost: LocalMattermost;
let aws: AwsEndpoint;
/** What AWS answers instead, by the beginning of the request's line or by the path of the call. */
let instead: Record<string, AwsResponse>;

beforeEach(async () => {
  instead = {};
  aws = await startAwsEndpoint(answerAsAws);
  mattermost = await startLocalMattermost();
});

afterEach(async () => {
  await mattermost.stop();
  await aws.stop();
});

async function answerAsAws(line: string, body: string): Promise<AwsResponse> {
  const event = line.startsWith('POST') ? JSON.parse(body) : {};
  const other = instead[line.slice(0, 4).trim()] ?? instead[event.path];
  if (other !== undefined) {
    return other;
  }
  if (line === invocation) {
    const source = await import(new URL('hello-serverless/index.js', example).href);
    return { status: 200, body: JSON.stringify(await source.handler(event)) };
  }
  if (line === 'GET /apps-bucket/static/hello-serverless_v1.2.0_app/icon.png') {
    return { status: 200, body: await readFile(new URL('static/icon.png', example)) };
  }
  return { status: 404, body: '<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>' };
}

function settings() {
  return {
    accessKeyId: 'INVOKEKEY',
    secretAccessKey: 'secret',
    region: 'us-east-1',
    bucket: 'apps-bucket',
    endpoint: aws.url,
  };
}

async function listExample(): Promise<Record<string, unknown>> {
  const listed = JSON.parse(await readFile(new URL('manifest.json', example), 'utf8'));
  await post(mattermost, 'update-app-listing', { ...listed, Replace: false, add_deploys: ['aws_lambda'] });
  return listed;
}

function install(appId: string, deployType = 'aws_lambda'): Promise<Answer> {
  return post(mattermost, 'install-app', { app_id: appId, deploy_type: deployType });
}

function accessDenied(type: string): AwsResponse {
  return { status: 403, headers: { 'x-amzn-errortype': type }, body: '{"Message":"not allowed to invoke"}' };
}

describe('install-app', () => {
  it('refuses an app that is not listed', async () => {
    expect(await install('HELLO')).toMatchObject({
      status: 404,
      text: 'failed to find manifest to install app: HELLO: not found',
    });
  });

  it.each([
    ['http', 'app does not support HTTP deployment'],
    ['submarine', 'app does not support submarine deployment'],
    ['', 'app does not support  deployment'],
    ['constructor', 'app does not support constructor deployment'],
  ])('refuses the deploy type "%s" that the listed manifest lacks', async (deployType, message) => {
    await listExample();

    const answer = await install('hello-serverless', deployType);

    expect(answer.status).toBe(400);
    expect(answer.text).toContain(message);
  });

  it('refuses an app on AWS when AWS is not configured, and one by HTTP always', async () => {
    await listExample();
    await post(
      mattermost,
      'update-app-listing',
      manifest({ http: { root_url: 'https://example.com' }, Replace: true }),
    );

    const onAws = await install('hello-serverless');
    const byHttp = await install('com.example.hello', 'http');

    expect(onAws.status).toBe(400);
    expect(onAws.text).toContain('deployment type "AWS Lambda" is not configured on this Mattermost server');
    expect(byHttp.text).toContain('deployment type "HTTP" is not configured on this Mattermost server');
    expect(mattermost.installed.size).toBe(0);
  });

  it('installs once AWS is configured: calls the function, fetches the icon, with the invoke key', async () => {
    const listed = await listExample();
    mattermost.configureAws(settings());

    expect(await install('hello-serverless')).toMatchObject({ status: 200, text: '' });

    const icon = await readFile(new URL('static/icon.png', example));
    expect(mattermost.installed.get('hello-serverless')).toEqual({
      manifest: listed,
      deployType: 'aws_lambda',
      pong: { type: 'ok', text: 'PONG' },
      iconBytes: icon.length,
      onInstall: { type: 'ok', text: expect.stringContaining('/hello-serverless send') },
      bindings: { type: 'ok', data: [expect.anything(), expect.anything()] },
    });
    expect(aws.requests.map((request) => request.line)).toEqual([
      invocation,
      'GET /apps-bucket/static/hello-serverless_v1.2.0_app/icon.png',
      invocation,
      invocation,
    ]);
    expect(new Set(aws.requests.map((request) => request.accessKeyId))).toEqual(new Set(['INVOKEKEY']));
    expect(JSON.parse(aws.requests[0]?.body ?? '')).toEqual({
      path: '/ping',
      httpMethod: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"path":"/ping","context":{}}',
    });
  });

  it('shows the installed app', async () => {
    const listed = await listExample();
    mattermost.configureAws(settings());
    await install('hello-serverless');

    const path = '/plugins/com.mattermost.apps/api/v1/apps/hello-serverless';
    const answer = await send(mattermost, 'GET', path, mattermost.adminToken);

    expect(JSON.parse(answer.text)).toEqual({ ...listed, deploy_type: 'aws_lambda' });
  });

  it.each<[string, Record<string, AwsResponse>, string]>([
    [
      'the invoke key may not call the function',
      { '/ping': accessDenied('AccessDeniedException') },
      'failed to install, /ping path is not accessible: Error calling function hello-serverless_v1-2-0_hello-serverless: AccessDeniedException: not allowed to invoke',
    ],
    [
      'the function fails',
      {
        '/ping': {
          status: 200,
          headers: { 'x-amz-function-error': 'Unhandled' },
          body: '{"errorMessage":"x"}',
        },
      },
      'function failed with status code 0, body',
    ],
    [
      'the function has no /ping',
      { '/ping': { status: 200, body: '{"statusCode":404,"body":"gone"}' } },
      'function failed with status code 404, body gone',
    ],
    [
      'the function answers no JSON',
      { '/ping': { status: 200, body: 'hello' } },
      'error decoding serverless response',
    ],
    [
      'the call response is no JSON',
      { '/ping': { status: 200, body: '{"statusCode":200,"body":"hi"}' } },
      'error decoding call response',
    ],
    [
      'the icon is not there',
      { GET: { status: 404, body: '<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>' } },
      "failed get bot icon: can't download from S3:bucket:apps-bucket, path:icon.png: NoSuchKey: no such key",
    ],
    [
      'on_install cannot be called',
      { '/install': accessDenied('AccessDeniedException') },
      'on_install failed: Error calling function',
    ],
  ])('answers 500 when %s', async (_name, responses, message) => {
    await listExample();
    mattermost.configureAws(settings());
    instead = responses;

    const answer = await install('hello-serverless');

    expect(answer.status).toBe(500);
    expect(answer.text).toContain(message);
    expect(mattermost.installed.size).toBe(0);
  });

  it('installs an app whose bindings fail, and one that has nothing at /ping', async () => {
    await listExample();
    await post(mattermost, 'update-app-listing', {
      ...manifest({ aws_lambda: { functions: [awsFunction('hello', '/api')] } }),
      Replace: true,
    });
    mattermost.configureAws(settings());
    instead = { '/bindings': accessDenied('AccessDeniedException') };

    expect((await install('hello-serverless')).status).toBe(200);
    expect((await install('com.example.hello')).status).toBe(200);

    expect(mattermost.installed.get('hello-serverless')?.bindings).toMatchObject({ type: 'error' });
    expect(mattermost.installed.get('com.example.hello')).not.toHaveProperty('pong');
  });
});

describe('a call to an installed app', () => {
  it('gives the call response', async () => {
    await listExample();
    mattermost.configureAws(settings());
    await install('hello-serverless');

    const response = await mattermost.call('hello-serverless', '/send', {
      values: { message: 'good morning' },
    });

    expect(response).toEqual({ type: 'ok', text: 'You said:\n```\ngood morning\n```' });
    expect(JSON.parse(JSON.parse(aws.requests.at(-1)?.body ?? '').body)).toEqual({
      path: '/send',
      values: { message: 'good morning' },
      context: {
        app_id: 'hello-serverless',
        mattermost_site_url: mattermost.siteUrl,
        app_path: '/plugins/com.mattermost.apps/apps/hello-serverless',
      },
    });
  });

  it('fails for an app that is not installed, and when AWS is not configured any more', async () => {
    await listExample();
    mattermost.configureAws(settings());
    await install('hello-serverless');
    mattermost.configureAws(undefined);

    await expect(mattermost.call('nobody', '/ping')).rejects.toThrow(
      'app is not installed: nobody: not found',
    );
    await expect(mattermost.call('hello-serverless', '/ping')).rejects.toThrow(
      '"AWS Lambda" is not configured',
    );
  });
});

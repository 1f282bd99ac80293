import { beforeEach, describe, expect, it } from 'vitest';
import { type LocalMattermost, type PluginTimeouts, startLocalMattermost } from '../index.js';
import type { AwsResponse } from './aws-endpoint.js';
import {
  accessDenied,
  answering,
  type ExampleOnAws,
  ICON,
  ID,
  INVOCATION,
  install,
  listExample,
  settingsFor,
  startMattermostOnExample,
} from './example-app.js';
import { awsFunction, get, manifest, post } from './mattermost-requests.js';

let mattermost: LocalMattermost;
let aws: ExampleOnAws;

beforeEach(async () => {
  const example = await startMattermostOnExample();
  ({ aws, mattermost } = example);
  return example.stop;
});

const anId = expect.stringMatching(/^[0-9a-f]{26}$/);

describe('install-app', () => {
  it('refuses an app that is not listed', async () => {
    expect(await install(mattermost, 'HELLO')).toMatchObject({
      status: 404,
      text: 'failed to find manifest to install app: HELLO: not found',
    });
  });

  it.each([
    ['http', 'app does not support HTTP deployment'],
    ['submarine', 'app does not support submarine deployment'],
    ['', 'app does not support  deployment'],
    ['constructor', 'app does not support constructor deployment'],
  ])('refuses the deploy type "%s" that the listed manifest lacks', async (deployType, text) => {
    await listExample(mattermost);

    expect(await install(mattermost, ID, deployType)).toMatchObject({ status: 500, text });
  });

  it('refuses an app on AWS when AWS is not configured, and one by HTTP always', async () => {
    await listExample(mattermost, { http: { root_url: 'https://example.com' } });
    await post(
      mattermost,
      'update-app-listing',
      manifest({ http: { root_url: 'https://a.b' }, Replace: true }),
    );
    mattermost.configureAws(undefined);

    expect(await install(mattermost)).toMatchObject({
      status: 500,
      text: 'deployment type "AWS Lambda" is not configured on this Mattermost server',
    });
    expect(await install(mattermost, 'com.example.hello', 'http')).toMatchObject({
      status: 500,
      text: 'deployment type "HTTP" is not configured on this Mattermost server',
    });
    expect(mattermost.installed.size).toBe(0);
  });

  it('calls the function, fetches the icon, with the invoke key; then the app is installed', async () => {
    const listed = await listExample(mattermost);

    const { status, text } = await install(mattermost);

    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      SchemaVersion: '1.2.2',
      ...listed,
      deploy_type: 'aws_lambda',
      webhook_secret: anId,
      bot_user_id: anId,
      bot_username: 'hello-serverless',
      mattermost_oauth2: expect.objectContaining({
        id: anId,
        client_secret: anId,
        name: 'Hello, Serverless!',
        is_trusted: false,
        mattermost_app_id: ID,
      }),
      remote_oauth2: {},
      granted_permissions: ['act_as_bot'],
      granted_locations: ['/command', '/channel_header'],
    });
    expect(mattermost.installed.get(ID)).toMatchObject({
      deployType: 'aws_lambda',
      pong: { type: 'ok', text: 'PONG' },
      iconBytes: expect.any(Number),
      onInstall: { type: 'ok', text: expect.stringContaining('/hello-serverless send') },
    });
    expect(aws.requests.map(({ line }) => line)).toEqual([INVOCATION, ICON, INVOCATION]);
    expect(new Set(aws.requests.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['INVOKEKEY']));
    expect(JSON.parse(aws.requests[0]?.body ?? '')).toEqual({
      path: '/ping',
      httpMethod: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"path":"/ping","context":{"app_id":"","mattermost_site_url":"","app_path":"","bot_user_id":"","oauth2":{}}}',
    });
  });

  it('shows the installed app to users, its secrets only to administrators', async () => {
    await listExample(mattermost);
    const { text } = await install(mattermost);
    const app = JSON.parse(text);

    expect(await get(mattermost, `apps/${ID}`)).toEqual(app);
    const { webhook_secret, mattermost_oauth2, ...harmless } = app;
    expect(await get(mattermost, `apps/${ID}`, mattermost.userToken)).toEqual(harmless);
    expect([webhook_secret, mattermost_oauth2]).not.toContain(undefined);
  });

  it.each<[string, Record<string, AwsResponse | 'nothing'>, RegExp]>([
    [
      'the invoke key may not call the function',
      { '/ping': accessDenied },
      /^failed to install, \/ping path is not accessible: failed to call \/ping endpoint: invoke AWS Lambda function hello-serverless_v1-2-0_hello-serverless: AccessDeniedException: not allowed to invoke\n\tstatus code: 403, request id: $/,
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
      /: function failed with status code 0, body $/,
    ],
    [
      'the function has no /ping',
      { '/ping': { status: 200, body: '{"statusCode":404,"body":"gone"}' } },
      /: function failed with status code 404, body gone$/,
    ],
    [
      'the function does not return JSON',
      { '/ping': { status: 200, body: 'hello' } },
      /: error decoding JSON-encoded HTTP response$/,
    ],
    [
      'the call response is not JSON',
      { '/ping': { status: 200, body: '{"statusCode":200,"body":"hi"}' } },
      /: invalid character in the call response$/,
    ],
    ['the call response is empty', { '/ping': { status: 200, body: '{"statusCode":200}' } }, /: EOF$/],
    [
      'the icon is not there',
      {
        [ICON]: { status: 404, body: '<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>' },
      },
      /^failed to get bot icon: failed to download icon: icon\.png: can't download from S3:bucket:apps-bucket, path:icon\.png: failed to download file: NoSuchKey: no such key\n\tstatus code: 404, request id: , host id: $/,
    ],
  ])('returns 500 when %s', async (_name, instead, message) => {
    await listExample(mattermost);
    Object.assign(aws.instead, instead);

    const answer = await install(mattermost);

    expect(answer.status).toBe(500);
    expect(answer.text).toMatch(message);
    expect(mattermost.installed.size).toBe(0);
  });

  it('fetches the icon by the text of its path as it is', async () => {
    for (const icon of [
      '/icon.png',
      './icon.png',
      'icon%2Epng',
      'icon.png?x=1',
      'https://example.com/icon.png',
    ]) {
      await listExample(mattermost, { icon });

      const { status, text } = await install(mattermost);

      expect(status).toBe(500);
      expect(text).toContain(`failed to download icon: ${icon}: can't download from S3:bucket:apps-bucket`);
    }
  });

  it('installs an app without a function for /ping, and one whose function is not there', async () => {
    const functions = [awsFunction('hello', '/api')];
    await post(mattermost, 'update-app-listing', manifest({ aws_lambda: { functions }, Replace: true }));
    const other = manifest({ app_id: 'com.example.other', Replace: true });
    await post(mattermost, 'update-app-listing', other);

    expect((await install(mattermost, 'com.example.hello')).status).toBe(200);
    expect((await install(mattermost, 'com.example.other')).status).toBe(200);

    expect(mattermost.installed.get('com.example.hello')).not.toHaveProperty('pong');
  });

  it.each([
    ['cannot be called', accessDenied, 'upstream call failed: invoke AWS Lambda function'],
    ['returns an error', answering({ type: 'error', text: 'no luck' }), 'no luck'],
  ])('installs an app whose on_install %s', async (_name, answer, text) => {
    await listExample(mattermost);
    aws.instead['/install'] = answer;

    expect((await install(mattermost)).status).toBe(200);

    expect(mattermost.installed.get(ID)?.onInstall).toEqual({
      type: 'error',
      text: expect.stringContaining(text),
    });
  });

  it('asks for the bindings of an app only if it has no on_install', async () => {
    await listExample(mattermost);
    await install(mattermost);
    expect(aws.calls('/bindings')).toEqual([]);

    await listExample(mattermost, { on_install: undefined });
    await install(mattermost);
    expect(aws.calls('/bindings')).toHaveLength(1);
    expect(mattermost.installed.get(ID)).toMatchObject({ bindings: { type: 'ok' } });
  });

  it.each<[string, Partial<PluginTimeouts>, string, RegExp]>([
    ['/ping', { ping: 50 }, '/ping', /^failed to install, \/ping path is not accessible: /],
    ['the icon', { request: 1_500 }, ICON, /^failed to get bot icon: /],
  ])('does not wait for %s indefinitely', async (_name, timeouts, silent, message) => {
    await mattermost.stop();
    mattermost = await startLocalMattermost({ aws: settingsFor(aws), timeouts });
    await listExample(mattermost);
    aws.instead[silent] = 'nothing';

    const { text } = await install(mattermost);

    expect(text).toMatch(message);
    expect(text).toMatch(
      /: RequestCanceled: request context canceled\ncaused by: context deadline exceeded$/,
    );
  });
});

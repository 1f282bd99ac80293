import { join } from 'node:path';
import { GetFunctionConfigurationCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callPayload } from '../../src/core/app-call/call-request.js';
import { readBundleContent } from '../support/bundle-content.js';
import { runCli } from '../support/cli.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { copyLayout, layoutNames } from '../support/temp-app.js';

interface Layout {
  readonly app: string;
  /** The function archive, and its files in any order. */
  readonly archive: string;
  readonly files: readonly string[];
  /** In any order. */
  readonly assets: readonly string[];
  readonly handler: string;
  readonly runtime: string;
  readonly lambdaName: string;
  /** Settings of the function on AWS, besides handler and runtime. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Variables that the settings require. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the build command writes. */
  readonly output?: string;
  /** What the function responds to /ping; only functions for Node.js run on the local AWS. */
  readonly pong?: string;
}

const PACKAGES = [
  'node_modules/call-parser/index.js',
  'node_modules/call-parser/package.json',
  'node_modules/serve-calls/index.js',
  'node_modules/serve-calls/package.json',
];
const CODE = ['app.js', 'index.js', 'locales/de.json', 'locales/en.json', ...PACKAGES];
const below = (folder: string, files: readonly string[]): string[] =>
  files.map((file) => `${folder}/${file}`);

const NODE = {
  archive: 'bundle.zip',
  files: below('bundle', CODE),
  assets: ['icon.png'],
  handler: 'bundle/index.handler',
  runtime: 'nodejs22.x',
  output: 'compiled to dist-ts',
};
const GO = { files: ['bootstrap'], assets: ['icon.png'], handler: 'bootstrap', runtime: 'provided.al2023' };

const LAYOUTS: readonly Layout[] = [
  {
    app: 'trello',
    ...NODE,
    assets: ['board.svg', 'icon.png'],
    lambdaName: 'com-example-trello-layout_1-0-0_bundle',
    pong: 'PONG of trello',
  },
  {
    app: 'google-drive',
    ...NODE,
    files: [
      ...NODE.files,
      'bundle/node_modules/@example/drive/index.js',
      'bundle/node_modules/@example/drive/package.json',
    ],
    lambdaName: 'com-example-google-drive-layout_1-0-1_bundle',
    settings: { MemorySize: 512, Timeout: 60 },
    pong: 'PONG of google-drive, with a drive',
  },
  {
    app: 'pagerduty',
    ...NODE,
    files: [...NODE.files, 'bundle/package.json'],
    lambdaName: 'com-example-pagerduty-layout_1-0-0_bundle',
    settings: { Environment: { Variables: { LOG_LEVEL: 'info' } } },
    pong: 'PONG of pagerduty',
  },
  {
    app: 'opsgenie',
    ...NODE,
    files: CODE,
    assets: ['icon.png', 'images/alert.svg'],
    handler: 'index.handler',
    lambdaName: 'com-example-opsgenie-layout_2-1-0_bundle',
    pong: 'PONG of opsgenie',
  },
  {
    app: 'zendesk',
    ...NODE,
    archive: 'js-function.zip',
    files: CODE,
    handler: 'index.handler',
    lambdaName: 'com-example-zendesk-layout_1-2-3_js-function',
    output: 'compiled to dist',
    pong: 'PONG of zendesk',
  },
  {
    app: 'servicenow',
    archive: 'servicenow.zip',
    ...GO,
    lambdaName: 'com-example-servicenow-layout_0-3-4_servicenow',
  },
  {
    app: 'gcal',
    archive: 'gcal.zip',
    ...GO,
    lambdaName: 'com-example-gcal-layout_0-1-0_gcal',
    settings: { Architectures: ['x86_64'] },
  },
  {
    app: 'nextcloud',
    archive: 'nextcloud.zip',
    ...GO,
    files: ['bootstrap', 'config/limits.yaml'],
    lambdaName: 'com-example-nextcloud-layout_1-0-0_nextcloud',
    env: { CHUNK_FILE_SIZE_MB: '5' },
    settings: {
      MemorySize: 1024,
      Timeout: 120,
      Environment: {
        Variables: { GIN_MODE: 'release', MAX_REQUEST_RETRIES: '3', CHUNK_FILE_SIZE_MB: '5' },
      },
    },
  },
  {
    app: 'golang-serverless',
    archive: 'go-function.zip',
    ...GO,
    lambdaName: 'com-example-golang-layout_v1-1-0_go-function',
  },
  {
    app: 'chaosengine',
    archive: 'go-function.zip',
    ...GO,
    lambdaName: 'com-example-chaosengine-layout_0-9-0_go-function',
    settings: { Environment: { Variables: { CHAOS_ENGINE_DEBUG: 'false' } } },
  },
  {
    app: 'figma',
    archive: 'java-figma-function.jar',
    files: ['META-INF/MANIFEST.MF', 'com/example/figma/StreamLambdaHandler.class'],
    assets: ['icon.png', 'logo.svg', 'manifest.json'],
    handler: 'com.example.figma.StreamLambdaHandler::handleRequest',
    runtime: 'java21',
    lambdaName: 'com-example-figma-layout_0-0-1_java-figma-function',
    env: { ENCRYPTION_KEY: 'secret-of-the-test' },
    settings: {
      MemorySize: 1024,
      Environment: { Variables: { ENCRYPTION_KEY: 'secret-of-the-test' } },
    },
  },
];

let environment: TestEnvironment;
beforeAll(async () => {
  environment = await startEnvironment({ runner: 'in-process' });
  await environment.init();
});
afterAll(() => environment.stop());

test('every layout of test/fixtures is tested', async () => {
  expect(LAYOUTS.map(({ app }) => app).sort()).toEqual((await layoutNames()).sort());
});

describe.each(LAYOUTS)('the layout of $app', (layout) => {
  test('is packaged as its settings say', async () => {
    await using app = await copyLayout(layout.app);

    const result = await runCli(['aws', 'package', '.', '-o', 'bundle.zip'], {}, app.path);

    expect(result).toMatchObject({ code: 0 });
    if (layout.output !== undefined) {
      expect(result.stderr).toContain(layout.output);
      expect(result.stdout).not.toContain(layout.output);
    }
    const bundle = await readBundleContent(join(app.path, 'bundle.zip'));
    expect(Object.keys(bundle.archives)).toEqual([layout.archive]);
    expect(Object.keys(bundle.archives[layout.archive] ?? {}).sort()).toEqual([...layout.files].sort());
    expect([...bundle.assets].sort()).toEqual(layout.assets);
    const { handler, runtime } = layout;
    expect(bundle.manifest.aws_lambda.functions).toEqual([expect.objectContaining({ handler, runtime })]);
  });

  test('is deployed from its folder', async () => {
    await using app = await copyLayout(layout.app);
    const { lambda } = environment.clients;

    const env = { PATH: process.env['PATH'] ?? '', ...layout.env };
    const result = await environment.run(['aws', 'deploy', app.path], { env });

    expect(result).toMatchObject({ code: 0 });
    for (const secret of Object.values(layout.env ?? {}).filter((value) => value.startsWith('secret')))
      expect(`${result.stdout}${result.stderr}`).not.toContain(secret);
    const FunctionName = layout.lambdaName;
    expect(await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).toMatchObject({
      Handler: layout.handler,
      Runtime: layout.runtime,
      ...layout.settings,
    });
    if (layout.pong === undefined) return;
    const response = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: callPayload({ path: '/ping' }) }),
    );
    const { body } = JSON.parse(Buffer.from(response.Payload ?? []).toString());
    expect(JSON.parse(body)).toEqual({ type: 'ok', text: layout.pong });
  });
});

import { join } from 'node:path';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callPayload } from '../../src/core/app-call/call-request.js';
import { manifest } from '../support/bundle.js';
import { readBundleContent } from '../support/bundle-content.js';
import { type CliResult, runCli } from '../support/cli.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { createTempApp, installEsbuild, makeLinks } from '../support/temp-app.js';

/** An app as a package manager or a compiler leaves it. */
interface NpmApp {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  /** The folder of the app. */
  readonly folder?: string;
  readonly hasEsbuild?: boolean;
  /** The files of the function archive, in any order. */
  readonly archive: readonly string[];
  readonly pong: string;
}

const SECRET = 'secret-of-the-developer';
const SECRET_FILES = {
  '.env': `TOKEN=${SECRET}\n`,
  '.npmrc': `//registry.example.com/:_authToken=${SECRET}\n`,
};

function appFiles(folder = '', settings?: object): Record<string, string> {
  const name = { name: 'hello', path: '/', handler: 'index.handler', runtime: 'nodejs22.x' };
  return {
    [`${folder}manifest.json`]: JSON.stringify(manifest({ aws_lambda: { functions: [name] } })),
    ...(settings !== undefined && { [`${folder}appsctl.json`]: JSON.stringify(settings) }),
    ...within(folder, SECRET_FILES),
  };
}

function within(folder: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`${folder}${path}`, content]));
}

function packageJson(name: string, dependencies?: Readonly<Record<string, string>>): string {
  return JSON.stringify({ name, version: '1.0.0', main: 'index.js', dependencies });
}

const HANDLER = `
  const { greet } = require('greet');
  exports.handler = async () => ({ statusCode: 200, body: JSON.stringify({ type: 'ok', text: greet() }) });
`;
/** Its own version of `words`, beside another one at the top. */
const GREET = "exports.greet = () => 'PONG ' + require('words').word;";
const WORDS = "exports.word = 'of words 1';";
const WORDS_2 = "exports.word = 'of words 2';";

const TYPESCRIPT = {
  'package.json': '{"devDependencies":{"esbuild-wasm":"*"}}',
  'hello/index.ts': `
    import { readFileSync } from 'node:fs';
    import { Pong } from './pong';
    export const handler = async (event: { path: string }) => ({
      statusCode: 200,
      body: JSON.stringify({ type: 'ok', text: Pong.Text + event.path }),
    });
    export const unused = readFileSync;
  `,
  'hello/pong.ts': "export enum Pong { Text = 'PONG from TypeScript of ' }",
  'hello/pong.test.ts': "throw new Error('only for tests');",
};

const APPS: readonly NpmApp[] = [
  {
    title: 'with npm dependencies of two versions',
    files: {
      ...appFiles(),
      ...within('hello/', {
        ...SECRET_FILES,
        'package.json': packageJson('hello', { greet: '1.0.0', words: '1.0.0' }),
        'index.js': HANDLER,
        'node_modules/.package-lock.json': '{}',
        'node_modules/greet/package.json': packageJson('greet', { words: '2.0.0' }),
        'node_modules/greet/index.js': GREET,
        'node_modules/greet/cli.js': '#!/usr/bin/env node\n',
        'node_modules/greet/node_modules/words/package.json': packageJson('words'),
        'node_modules/greet/node_modules/words/index.js': WORDS_2,
        'node_modules/words/package.json': packageJson('words'),
        'node_modules/words/index.js': WORDS,
      }),
    },
    links: { 'hello/node_modules/.bin/greet': '../greet/cli.js' },
    archive: [
      'index.js',
      'package.json',
      'node_modules/greet/cli.js',
      'node_modules/greet/index.js',
      'node_modules/greet/package.json',
      'node_modules/greet/node_modules/words/index.js',
      'node_modules/greet/node_modules/words/package.json',
      'node_modules/words/index.js',
      'node_modules/words/package.json',
    ],
    pong: 'PONG of words 2',
  },
  {
    title: 'that is an npm workspace',
    files: {
      ...appFiles('', { functions: { hello: { code: { '.': 'src', node_modules: 'node_modules' } } } }),
      'package.json': '{"private":true,"workspaces":["packages/*"]}',
      'src/index.js': HANDLER,
      'packages/greet/package.json': packageJson('greet', { words: '1.0.0' }),
      'packages/greet/index.js': GREET,
      'packages/greet/.env': SECRET_FILES['.env'],
      'node_modules/words/package.json': packageJson('words'),
      'node_modules/words/index.js': WORDS,
    },
    links: { 'node_modules/greet': '../packages/greet' },
    archive: [
      'index.js',
      'node_modules/greet/index.js',
      'node_modules/greet/package.json',
      'node_modules/words/index.js',
      'node_modules/words/package.json',
    ],
    pong: 'PONG of words 1',
  },
  {
    title: 'installed by pnpm, in a workspace',
    folder: 'packages/app',
    files: {
      ...appFiles('packages/app/'),
      'pnpm-workspace.yaml': 'packages:\n  - packages/*\n',
      'packages/app/hello/package.json': packageJson('hello', { greet: 'workspace:*' }),
      'packages/app/hello/index.js': HANDLER,
      'packages/greet/package.json': packageJson('greet', { words: '2.0.0' }),
      'packages/greet/index.js': GREET,
      'node_modules/.modules.yaml': '',
      'node_modules/.pnpm/words@2.0.0/node_modules/words/package.json': packageJson('words'),
      'node_modules/.pnpm/words@2.0.0/node_modules/words/index.js': WORDS_2,
    },
    links: {
      'packages/app/hello/node_modules/greet': '../../../greet',
      'packages/greet/node_modules/words': '../../../node_modules/.pnpm/words@2.0.0/node_modules/words',
    },
    archive: [
      'index.js',
      'package.json',
      'node_modules/greet/index.js',
      'node_modules/greet/package.json',
      'node_modules/words/index.js',
      'node_modules/words/package.json',
    ],
    pong: 'PONG of words 2',
  },
  {
    title: 'in TypeScript',
    files: { ...appFiles(), ...TYPESCRIPT },
    hasEsbuild: true,
    archive: ['index.js', 'index.js.map'],
    pong: 'PONG from TypeScript of /ping',
  },
  {
    title: 'in TypeScript that is an ES module',
    files: { ...appFiles(), ...TYPESCRIPT, 'package.json': '{"type":"module"}' },
    hasEsbuild: true,
    archive: ['index.mjs', 'index.mjs.map'],
    pong: 'PONG from TypeScript of /ping',
  },
  {
    title: 'that is bundled, with files that the settings add',
    files: {
      ...appFiles('', {
        functions: { hello: { code: { '.': 'src', texts: 'texts' }, bundle: true, exclude: ['*.map'] } },
      }),
      'src/index.js': `
        const { readFileSync } = require('fs');
        const { greet } = require('greet');
        const text = readFileSync(__dirname + '/texts/pong.txt', 'utf8') + greet();
        exports.handler = async () => ({ statusCode: 200, body: JSON.stringify({ type: 'ok', text }) });
      `,
      'src/other.js': "throw new Error('nothing imports it');",
      'texts/pong.txt': 'PONG and ',
      'node_modules/greet/package.json': packageJson('greet'),
      'node_modules/greet/index.js': GREET,
      'node_modules/words/package.json': packageJson('words'),
      'node_modules/words/index.js': WORDS,
    },
    hasEsbuild: true,
    archive: ['index.js', 'texts/pong.txt'],
    pong: 'PONG and PONG of words 1',
  },
];

let environment: TestEnvironment;
beforeAll(async () => {
  environment = await startEnvironment();
  await environment.init();
});
afterAll(() => environment.stop());

describe.sequential.each(APPS)('an app $title', (npmApp) => {
  test('is packaged without secrets and commands, deployed, and responds', async () => {
    await using app = await createTempApp(npmApp.files);
    await makeLinks(app.path, npmApp.links ?? {});
    if (npmApp.hasEsbuild) await installEsbuild(app.path);
    const folder = join(app.path, npmApp.folder ?? '');

    expect(await runCli(['aws', 'package', '.', '-o', 'bundle.zip'], {}, folder)).toMatchObject({ code: 0 });

    const { archives } = await readBundleContent(join(folder, 'bundle.zip'));
    expect(Object.keys(archives)).toEqual(['hello.zip']);
    const files = archives['hello.zip'] ?? {};
    expect(Object.keys(files).sort()).toEqual([...npmApp.archive].sort());
    expect(Buffer.concat(Object.values(files)).includes(SECRET)).toBe(false);
    expect(await deploy(join(folder, 'bundle.zip'))).toMatchObject({ code: 0 });
    expect(await ping()).toEqual({ type: 'ok', text: npmApp.pong });
  });
});

function deploy(bundle: string): Promise<CliResult> {
  return environment.run(['aws', 'deploy', bundle, '--update']);
}

async function ping(): Promise<unknown> {
  const FunctionName = 'com-example-test_1-0-0_hello';
  const { Payload = [] } = await environment.clients.lambda.send(
    new InvokeCommand({ FunctionName, Payload: callPayload({ path: '/ping' }) }),
  );
  return JSON.parse(JSON.parse(Buffer.from(Payload).toString()).body);
}

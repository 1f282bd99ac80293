import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { bundleCode, type CodeToBundle } from '../../../src/bundle/bundle-code.js';
import { Findings } from '../../../src/core/diagnostics/findings.js';
import { createTempApp, installEsbuild, writeFiles } from '../../support/temp-app.js';

const execute = promisify(execFile);

const TYPESCRIPT_APP = {
  'package.json': '{}',
  'src/index.ts': `
    import type { Event } from './event.js';
    import { greet } from './greet';
    import { Tone } from './event';
    export const handler = async (event: Event): Promise<string> => greet(event.name, Tone.Kind);
  `,
  'src/event.ts': "export interface Event { name: string }\nexport enum Tone { Kind = 'Dear' }",
  'src/greet.ts': `
    import { capitalize } from 'capitalizer';
    export const greet = (name: string, tone: string): string => tone + ' ' + capitalize(name) + ' ✓';
  `,
  'node_modules/capitalizer/package.json': '{"name":"capitalizer","version":"1.0.0"}',
  'node_modules/capitalizer/index.js': `
    const { sep } = require('path');
    exports.capitalize = (text) => text[0].toUpperCase() + text.slice(1) + (__dirname.includes(sep) ? '' : '?');
  `,
};

const CODE = { name: 'hello', entry: 'src/index.ts', handlerPath: 'index', runtime: 'nodejs22.x' };

async function bundle(folder: string, code: Partial<CodeToBundle> = {}) {
  const app = { path: folder, realPath: folder, workspaceRoot: folder };
  const { files } = await bundleCode({ ...CODE, app, findings: new Findings(), ...code });
  return files;
}

/** Writes the files to an empty folder, and calls the handler in a process of its own. */
async function callHandler(files: ReadonlyMap<string, Uint8Array>, file: string): Promise<string> {
  await using app = await createTempApp({});
  for (const [path, content] of files) {
    await mkdir(join(app.path, path, '..'), { recursive: true });
    await writeFile(join(app.path, path), content);
  }
  const program = `import(${JSON.stringify(join(app.path, file))}).then(async (module) => {
    process.stdout.write(await (module.handler ?? module.default.handler)({ name: 'ada' }));
  })`;
  return (await execute(process.execPath, ['--enable-source-maps', '--eval', program])).stdout;
}

function text(files: ReadonlyMap<string, Uint8Array>, path: string): string {
  return Buffer.from(files.get(path) ?? []).toString();
}

describe('bundling', () => {
  test('makes one CommonJS file of the code and its packages, at the path of the handler', async () => {
    await using app = await createTempApp(TYPESCRIPT_APP);
    await installEsbuild(app.path);

    const files = await bundle(app.path, { handlerPath: 'bundle/index' });

    expect([...files.keys()].sort()).toEqual(['bundle/index.js', 'bundle/index.js.map']);
    expect(await callHandler(files, 'bundle/index.js')).toBe('Dear Ada ✓');
  });

  test.each([
    ['the package has the type module', { 'package.json': '{"type":"module"}' }, 'src/index.ts'],
    ['the nearest package has the type module', { 'src/package.json': '{"type":"module"}' }, 'src/index.ts'],
    ['its extension says so', { 'src/main.mts': TYPESCRIPT_APP['src/index.ts'] }, 'src/main.mts'],
  ])('makes an ES module that contains CommonJS packages when %s', async (_, files, entry) => {
    await using app = await createTempApp({ ...TYPESCRIPT_APP, ...files });
    await installEsbuild(app.path);

    const bundled = await bundle(app.path, { entry });

    expect([...bundled.keys()].sort()).toEqual(['index.mjs', 'index.mjs.map']);
    expect(text(bundled, 'index.mjs')).toMatch(/^export \{/m);
    expect(await callHandler(bundled, 'index.mjs')).toBe('Dear Ada ✓');
  });

  test('leaves code alone that declares the names of CommonJS in an ES module', async () => {
    await using app = await createTempApp({
      'package.json': '{"type":"module"}',
      'src/index.ts': `
        import { createRequire } from 'node:module';
        const require = createRequire(import.meta.url);
        const __dirname = 'own';
        export const handler = async () => __dirname + typeof require('os').EOL;
      `,
    });
    await installEsbuild(app.path);

    expect(await callHandler(await bundle(app.path), 'index.mjs')).toBe('ownstring');
  });

  test('maps the code to its sources, without absolute paths', async () => {
    await using app = await createTempApp(TYPESCRIPT_APP);
    await installEsbuild(app.path);

    const files = await bundle(app.path);

    expect(JSON.parse(text(files, 'index.js.map')).sources.sort()).toEqual([
      '../node_modules/capitalizer/index.js',
      'greet.ts',
      'index.ts',
    ]);
    expect(text(files, 'index.js')).toMatch(/\/\/# sourceMappingURL=index\.js\.map\n$/);
    for (const content of files.values()) expect(Buffer.from(content).includes(app.path)).toBe(false);
  });

  test('writes no source map when it is excluded', async () => {
    await using app = await createTempApp(TYPESCRIPT_APP);
    await installEsbuild(app.path);

    const files = await bundle(app.path, {
      handlerPath: 'bundle/index',
      isExcluded: (path) => path === 'bundle/index.js.map',
    });

    expect([...files.keys()]).toEqual(['bundle/index.js']);
    expect(text(files, 'bundle/index.js')).not.toContain('sourceMappingURL');
  });

  test('gives the same bytes in another folder and another working folder', async () => {
    await using first = await createTempApp(TYPESCRIPT_APP);
    await using other = await createTempApp({});
    const second = join(other.path, 'deeper', 'app');
    await writeFiles(second, TYPESCRIPT_APP);
    await Promise.all([installEsbuild(first.path), installEsbuild(second)]);

    const files = await bundle(first.path);
    const before = process.cwd();
    process.chdir(other.path);
    try {
      expect(await bundle(second)).toEqual(files);
    } finally {
      process.chdir(before);
    }
  });

  test('leaves the AWS SDK to the runtime', async () => {
    await using app = await createTempApp({
      'src/index.ts': `
        import { S3Client } from '@aws-sdk/client-s3';
        import { toHex } from '@smithy/util-hex-encoding';
        export const handler = async () => [S3Client, toHex];
      `,
    });
    await installEsbuild(app.path);

    expect(text(await bundle(app.path), 'index.js')).toContain('require("@aws-sdk/client-s3")');
    await expect(bundle(app.path, { runtime: 'nodejs16.x' })).rejects.toMatchObject({
      message: 'cannot bundle function hello: esbuild reports 2 errors',
    });
  });

  test('reports warnings as findings', async () => {
    await using app = await createTempApp({
      'src/index.ts': 'export const handler = async () => typeof {} === "text";',
    });
    await installEsbuild(app.path);
    const findings = new Findings();

    await bundle(app.path, { findings });

    expect(findings.all).toEqual([
      expect.objectContaining({
        rule: 'package/bundling',
        severity: 'warning',
        location: 'src/index.ts:1:50',
        message: expect.stringContaining('"typeof"'),
      }),
    ]);
  });
});

const INSTALL_FIX = 'install the packages that the code imports, or correct the imports';

describe('what is outside the workspace', () => {
  const APP = {
    'src/index.ts': 'export class A { a = 1 }; export const handler = async () => new A().a;',
  };
  const bundleIn = async (outer: Readonly<Record<string, string>>, code: Partial<CodeToBundle> = {}) => {
    await using app = await createTempApp({ ...outer });
    const inner = join(app.path, 'inner');
    await writeFiles(inner, APP);
    await installEsbuild(inner);
    return await bundle(inner, code);
  };

  test('does not change the bundled code: tsconfig.json and package.json above', async () => {
    const expected = await bundleIn({});
    const outer = {
      'tsconfig.json': '{"compilerOptions":{"target":"ES2015","useDefineForClassFields":false}}',
      'jsconfig.json': '{"compilerOptions":{"alwaysStrict":true}}',
      'package.json': '{"name":"outer","private":true}',
    };
    expect(await bundleIn(outer)).toEqual(expected);
  });

  test('is an error if it would: a package.json above an app without one', async () => {
    await expect(bundleIn({ 'package.json': '{"type":"module"}' })).rejects.toMatchObject({
      findings: [
        {
          rule: 'package/bundling',
          location: 'src/index.ts',
          message: expect.stringContaining('its folders have no package.json, and "type" in '),
          fix: 'add a package.json to the folder of the app',
        },
      ],
    });
  });

  test('is not imported', async () => {
    await using app = await createTempApp({
      'node_modules/foreign/index.js': 'module.exports = 1',
      'inner/src/index.ts': "import 'foreign'; export const handler = async () => 1;",
    });
    await installEsbuild(join(app.path, 'inner'));
    await expect(bundle(join(app.path, 'inner'))).rejects.toMatchObject({
      findings: [
        {
          rule: 'package/bundling',
          location: '../node_modules/foreign/index.js',
          message: 'is outside the folder of the app, and the code of function hello imports it',
        },
      ],
    });
  });

  test('has no esbuild for the app, and no packages: NODE_PATH is ignored', async () => {
    await using app = await createTempApp({
      'packages/foreign/index.js': 'module.exports = 1',
      'inner/src/index.ts': "import 'foreign'; export const handler = async () => 1;",
    });
    await installEsbuild(app.path);
    const inner = join(app.path, 'inner');
    const env = { ...process.env, NODE_PATH: join(app.path, 'packages') };
    await expect(bundle(inner, { env })).rejects.toMatchObject({
      message: expect.stringContaining('the app has not installed esbuild'),
    });
    await installEsbuild(inner);
    await expect(bundle(inner, { env })).rejects.toMatchObject({
      findings: [{ message: expect.stringContaining('Could not resolve "foreign"') }],
    });
  });
});

test('the tsconfig.json of the app is obeyed, wherever its workspace is', async () => {
  await using app = await createTempApp({
    'tsconfig.json': '{"compilerOptions":{"jsxFactory":"make"}}',
    'package.json': '{}',
    'app/src/index.tsx': 'const make = String; export const handler = async () => <a/>;',
  });
  await installEsbuild(app.path);
  const folder = join(app.path, 'app');
  const { files } = await bundleCode({
    ...{ ...CODE, entry: 'src/index.tsx', findings: new Findings() },
    app: { path: folder, realPath: folder, workspaceRoot: app.path },
  });
  expect(text(files, 'index.js')).toContain('make("a"');
});

describe('bundling fails', () => {
  test.each([
    [
      'one error, which is the message',
      'export const handler = ;',
      {
        message: 'cannot bundle function hello: src/index.ts:1:24: Unexpected ";"',
        findings: [
          {
            rule: 'package/bundling',
            severity: 'error',
            location: 'src/index.ts:1:24',
            message: 'Unexpected ";"',
            fix: 'correct the code',
          },
        ],
        hint: 'correct the code',
      },
    ],
    [
      'several errors, one finding each',
      "import 'one';\nimport 'two';",
      {
        message: 'cannot bundle function hello: esbuild reports 2 errors',
        findings: [
          { location: 'src/index.ts:1:8', message: 'Could not resolve "one"', fix: INSTALL_FIX },
          { location: 'src/index.ts:2:8', message: 'Could not resolve "two"', fix: INSTALL_FIX },
        ],
        hint: undefined,
      },
    ],
  ])('with %s', async (_, source, expected) => {
    await using app = await createTempApp({ 'src/index.ts': source });
    await installEsbuild(app.path);

    await expect(bundle(app.path)).rejects.toMatchObject({ code: 'INVALID_BUNDLE', ...expected });
  });

  test('without esbuild', async () => {
    await using app = await createTempApp(TYPESCRIPT_APP);

    await expect(bundle(app.path)).rejects.toMatchObject({
      code: 'INVALID_BUNDLE',
      message: 'cannot bundle src/index.ts of function hello: the app has not installed esbuild',
      hint: 'run npm install --save-dev esbuild',
      findings: [{ rule: 'package/bundling', location: 'src/index.ts' }],
    });
  });

  test.each([
    ['cannot start', "throw new Error('wrong platform')", 'esbuild failed: wrong platform'],
    ['ends', 'process.exit(3)', 'esbuild failed: its process ended unexpectedly'],
    [
      'returns something else',
      'exports.build = async () => ({ outputFiles: [{ path: 1 }] })',
      'esbuild failed: its process ended unexpectedly',
    ],
  ])('when esbuild %s', async (_, module, problem) => {
    await using app = await createTempApp({ ...TYPESCRIPT_APP, 'node_modules/esbuild/index.js': module });

    await expect(bundle(app.path)).rejects.toMatchObject({
      message: `cannot bundle function hello: ${problem}`,
      hint: 'install the packages of the app again, such as with npm ci',
    });
  });

  test('when it is interrupted, also while esbuild runs', async () => {
    await using app = await createTempApp({
      ...TYPESCRIPT_APP,
      'node_modules/esbuild/index.js':
        'exports.build = () => new Promise((resolve) => setTimeout(resolve, 60_000))',
    });
    const interruption = new AbortController();
    const running = bundle(app.path, { signal: interruption.signal });
    setTimeout(() => interruption.abort(), 200);

    await expect(running).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await expect(bundle(app.path, { signal: interruption.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
});

test('esbuild and its packages run with the given environment alone', async () => {
  await using app = await createTempApp({
    ...TYPESCRIPT_APP,
    'node_modules/esbuild/index.js': `exports.build = async ({ absWorkingDir }) => ({
      warnings: [],
      outputFiles: [{ path: absWorkingDir + '/src/env', contents: Buffer.from(Object.keys(process.env).sort().join()) }],
    })`,
  });

  const files = await bundle(app.path, { env: { VISIBLE: '1', PATH: process.env['PATH'] } });

  expect(text(files, 'env').replace(/,?__CF_USER_TEXT_ENCODING/, '')).toBe('PATH,VISIBLE');
});

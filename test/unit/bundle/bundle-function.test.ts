import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleFunction, type FunctionToBundle } from '../../../src/bundle/bundle-function.js';
import { Findings } from '../../../src/core/diagnostics/findings.js';
import { createTempApp, installEsbuild, type TempApp } from '../../support/temp-app.js';

const FILES = {
  'src/index.ts': "import { word } from './word'; export const handler = async () => word;",
  'src/word.ts': "export const word = 'hello';",
  'src/index.js': 'compiled',
  'texts/en.txt': 'hello',
};

/** Bundles a function with files at these paths of its archive. */
async function bundle(
  app: TempApp,
  files: Readonly<Record<string, string>>,
  item: Partial<FunctionToBundle> = {},
) {
  const sources = Object.entries(files).map(([path, source]) => [path, join(app.path, source)] as const);
  const bundled = await bundleFunction({
    name: 'hello',
    handler: 'index.handler',
    runtime: 'nodejs22.x',
    bundle: undefined,
    app: { path: app.path, realPath: app.path, workspaceRoot: app.path },
    files: new Map(sources),
    findings: new Findings(),
    ...item,
  });
  return bundled.files;
}

test('a function in JavaScript keeps its files', async () => {
  await using app = await createTempApp(FILES);

  expect(await bundle(app, { 'index.js': 'src/index.js', 'word.ts': 'src/word.ts' })).toEqual(
    new Map([
      ['index.js', join(app.path, 'src/index.js')],
      ['word.ts', join(app.path, 'src/word.ts')],
    ]),
  );
});

test('a function in TypeScript consists of its bundled code and source map', async () => {
  await using app = await createTempApp(FILES);
  await installEsbuild(app.path);

  const files = await bundle(app, { 'index.ts': 'src/index.ts', 'word.ts': 'src/word.ts' });

  expect([...files.keys()].sort()).toEqual(['index.js', 'index.js.map']);
  expect(Buffer.from(files.get('index.js') ?? '').toString()).toContain('// src/word.ts');
});

test('the files of other sources are packaged besides the bundled code', async () => {
  await using app = await createTempApp(FILES);
  await installEsbuild(app.path);

  const files = await bundle(
    app,
    {
      'api/index.js': 'src/index.js',
      'api/index.ts': 'src/index.ts',
      'api/word.ts': 'src/word.ts',
      'api/texts/en.txt': 'texts/en.txt',
    },
    { handler: 'api/index.handler', bundle: true, places: ['api', 'api/texts'], isExcluded: isMap },
  );

  expect(new Map(files)).toEqual(
    new Map<string, unknown>([
      ['api/index.js', expect.any(Uint8Array)],
      ['api/texts/en.txt', join(app.path, 'texts/en.txt')],
    ]),
  );
});

function isMap(path: string): boolean {
  return path.endsWith('.map');
}

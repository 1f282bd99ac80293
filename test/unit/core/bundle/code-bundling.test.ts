import { describe, expect, test } from 'vitest';
import {
  bundledFileName,
  esbuildOptions,
  filesBesides,
  moduleFormat,
  planBundling,
} from '../../../../src/core/bundle/code-bundling.js';

interface Case {
  readonly when: string;
  readonly files: Readonly<Record<string, string>>;
  readonly handler?: string;
  readonly runtime?: string;
  readonly bundle?: boolean;
  readonly entry: string | undefined;
}

/** Files that keep their names in the archive. */
function same(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

function plan({ files, handler = 'index.handler', runtime = 'nodejs22.x', bundle }: Case) {
  return planBundling({ name: 'hello', handler, runtime, bundle, files: new Map(Object.entries(files)) });
}

describe('the entry of bundled code', () => {
  test.each<Case>([
    { when: 'there is only TypeScript', files: same('index.ts', 'dep.ts'), entry: 'index.ts' },
    { when: 'it is an ES module', files: same('index.mts'), entry: 'index.mts' },
    { when: 'it is a CommonJS module', files: same('index.cts'), entry: 'index.cts' },
    {
      when: 'the runtime runs TypeScript',
      files: same('index.ts'),
      runtime: 'nodejs24.x',
      entry: 'index.ts',
    },
    { when: 'there is JavaScript', files: same('index.js'), entry: undefined },
    { when: 'there are both', files: same('index.ts', 'index.js'), entry: undefined },
    {
      when: 'there are both, the other an ES module',
      files: same('index.ts', 'index.mjs'),
      entry: undefined,
    },
    { when: 'there are both, the other CommonJS', files: same('index.ts', 'index.cjs'), entry: undefined },
    { when: 'only another file is TypeScript', files: same('index.js', 'dep.ts'), entry: undefined },
    { when: 'the file is missing', files: same('dep.ts'), entry: undefined },
    {
      when: 'it is in a folder',
      files: same('bundle/index.ts', 'index.ts'),
      handler: 'bundle/index.handler',
      entry: 'bundle/index.ts',
    },
    {
      when: 'the settings give a TypeScript file the name of the handler',
      files: { 'index.js': 'src/main.ts' },
      entry: 'index.js',
    },
    {
      when: 'the settings give a JavaScript file the name of the handler',
      files: { 'index.js': 'src/main.js' },
      entry: undefined,
    },
    { when: 'bundling is on, for JavaScript', files: same('index.js'), bundle: true, entry: 'index.js' },
    {
      when: 'bundling is on, with both: the source',
      files: same('index.js', 'index.ts'),
      bundle: true,
      entry: 'index.ts',
    },
    { when: 'bundling is off', files: same('index.ts'), bundle: false, entry: undefined },
    { when: 'it is a Python function', files: same('index.ts'), runtime: 'python3.13', entry: undefined },
    {
      when: 'bundling is off, and it is a Go function',
      files: same('bootstrap'),
      runtime: 'provided.al2023',
      bundle: false,
      entry: undefined,
    },
    {
      when: 'the handler is not valid',
      files: same('index.ts'),
      handler: 'index',
      bundle: true,
      entry: undefined,
    },
  ])('when $when', (given) => {
    expect(plan(given)?.entry).toBe(given.entry);
  });

  test('keeps the path of the handler', () => {
    const files = same('src/api/index.ts');
    const handler = './src/api/index.default.handler';
    expect(plan({ when: '', files, handler, entry: '' })).toEqual({
      entry: 'src/api/index.ts',
      handlerPath: 'src/api/index',
    });
  });

  test.each([
    [
      'a function for another runtime',
      { runtime: 'python3.13', files: same('index.ts') },
      'function hello cannot be bundled: its runtime is python3.13',
    ],
    [
      'a function without the file of its handler',
      { files: same('main.ts') },
      'function hello cannot be bundled: it has no index.ts or index.js, which its handler index.handler names',
    ],
  ])('does not exist for %s', (_, given, message) => {
    expect(() => plan({ when: '', bundle: true, entry: '', ...given })).toThrow(
      expect.objectContaining({ code: 'INVALID_BUNDLE', message }),
    );
  });
});

test.each([
  ['only the folder of the function', 'index.ts', ['index.ts', 'dep.ts', 'locales/en.json'], undefined, []],
  [
    'sources of the settings',
    'bundle/index.ts',
    ['bundle/index.ts', 'bundle/dep.ts', 'bundle/locales/en.json', 'LICENSE'],
    ['bundle', 'bundle/locales', 'LICENSE'],
    ['bundle/locales/en.json', 'LICENSE'],
  ],
  [
    'a folder within the root',
    'index.ts',
    ['index.ts', 'dep.ts', 'locales/en.json', 'locales2.json'],
    ['.', 'locales'],
    ['locales/en.json'],
  ],
  ['one file', 'index.js', ['index.js', 'locales/en.json'], ['index.js', 'locales'], ['locales/en.json']],
])('keeps the right files besides bundled code: %s', (_, entry, files, places, kept) => {
  expect(filesBesides(entry, files, places)).toEqual(kept);
});

test.each([
  ['index.ts', undefined, 'index.js'],
  ['index.ts', 'commonjs', 'index.js'],
  ['index.ts', 'module', 'index.mjs'],
  ['index.js', 'module', 'index.mjs'],
  ['index.mts', undefined, 'index.mjs'],
  ['index.mjs', 'commonjs', 'index.mjs'],
  ['index.cts', 'module', 'index.js'],
  ['index.cjs', 'module', 'index.js'],
  ['a.mjs/index.ts', undefined, 'index.js'],
  ['index.ts', 7, 'index.js'],
])('the bundled code of %s in a package of the type %s is %s', (file, type, name) => {
  expect(bundledFileName('index', moduleFormat(file, type))).toBe(name);
});

test.each([
  ['nodejs24.x', 'node24', ['@aws-sdk/*', '@smithy/*']],
  ['nodejs22.x', 'node22', ['@aws-sdk/*', '@smithy/*']],
  ['nodejs18.x', 'node18', ['@aws-sdk/*', '@smithy/*']],
  ['nodejs16.x', 'node16', ['aws-sdk']],
  ['nodejs14.x', 'node14', ['aws-sdk']],
])('for %s the target is %s, without the SDK that the runtime has', (runtime, target, external) => {
  expect(esbuildOptions(runtime, 'cjs', true)).toMatchObject({ target, external, platform: 'node' });
});

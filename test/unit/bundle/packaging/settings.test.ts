import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import {
  createFiles,
  type FileContent,
  MANIFEST,
  packageAndRead,
  settingsOf,
} from '../../../support/app-folder.js';
import { functionArchive, manifest } from '../../../support/bundle.js';
import { installEsbuild } from '../../../support/temp-app.js';
import { tempFolders } from '../../../support/temp-folder.js';

const nextFolder = await tempFolders();

function create(files: Readonly<Record<string, FileContent>>): Promise<string> {
  return createFiles(nextFolder(), files);
}

type Settings = ReturnType<typeof settingsOf>;

/** The errors for which a folder is refused. */
async function errorsOf(root: string, settings?: Settings): Promise<string[]> {
  const error: unknown = await packageAndRead(root, settings).catch((thrown: unknown) => thrown);
  if (!(error instanceof AppsctlError)) throw error;
  if (error.findings.length === 0) return [`${error.message.replaceAll(root, '.')} (${error.hint})`];
  return error.findings
    .filter(({ severity }) => severity === 'error')
    .map(({ rule, location, message, fix }) => `${rule} ${location}: ${message} (${fix})`);
}

test('manifest, assets and code may be anywhere', async () => {
  const root = await create({
    'src/manifest.json': MANIFEST,
    'public/icon.png': 'x',
    'build/out.js': 'exports.handler = 1',
    'src/locales/en.json': '{}',
    'src/other.ts': '',
  });
  const settings = settingsOf(
    { code: { 'index.js': 'build/out.js', './locales/': './src/locales/', lib: 'build/out.js' } },
    { manifest: 'src/manifest.json', static: 'public' },
  );
  const { names, bundle, leftOut } = await packageAndRead(root, settings);
  expect(names).toEqual(['index.js', 'lib', 'locales/en.json']);
  expect(Object.keys(bundle.files)).toEqual(['go.zip', 'manifest.json', 'static/icon.png']);
  expect(await bundle.file('manifest.json')?.async('string')).toBe(MANIFEST);
  expect(leftOut).toEqual([]);
});

test('an archive may have another name', async () => {
  const root = await create({ 'manifest.json': MANIFEST, 'target/app-0.1.zip': '' });
  const archive = await functionArchive();
  await writeFile(join(root, 'target/app-0.1.zip'), archive);
  const { bundle, functions } = await packageAndRead(root, settingsOf({ archive: 'target/app-0.1.zip' }));
  expect(await bundle.file('go.zip')?.async('nodebuffer')).toEqual(archive);
  expect(functions).toEqual([{ name: 'go', files: 1, bytes: 62, packedBytes: archive.length }]);
});

describe('handler and runtime', () => {
  test('replace those of the manifest, and nothing else', async () => {
    const text = `{"future": {"b": 1, "a": [1.5, "ü<"]}, "AWS_Lambda": {"functions": [
      {"Handler": "x.y", "name": "go", "runtime": "nodejs20.x", "path": "/", "note": null}]},
      ${JSON.stringify(manifest({ aws_lambda: undefined })).slice(1)}`;
    const root = await create({ 'manifest.json': text, 'go/index.js': '' });
    const settings = settingsOf({ handler: 'index.handler', runtime: 'nodejs22.x' });
    const { bundle } = await packageAndRead(root, settings);
    const replaced = (await bundle.file('manifest.json')?.async('string')) ?? '';
    expect(replaced).toMatch(/^\{\n {2}"future": \{\n {4}"b": 1,\n/);
    const expected = text.replace('x.y', 'index.handler').replace('nodejs20.x', 'nodejs22.x');
    expect(JSON.stringify(JSON.parse(replaced))).toBe(JSON.stringify(JSON.parse(expected)));
  });

  test('that are the same leave the manifest as it is, byte for byte', async () => {
    const text = ` ${MANIFEST}\r\n`;
    const root = await create({ 'manifest.json': text, 'go/index.js': '' });
    const { bundle } = await packageAndRead(root, settingsOf({ handler: 'index.handler' }));
    expect(await bundle.file('manifest.json')?.async('string')).toBe(text);
  });
});

describe('settings that do not fit the folder are refused', () => {
  const files = { 'manifest.json': MANIFEST, 'go/index.js': '', 'lib/index.js': '' };
  test.each<[string, Settings, string]>([
    [
      'a source that does not exist',
      settingsOf({ code: { '.': 'dist' } }),
      'package/no-code functions.go.code: dist does not exist (run the build first, or correct the path)',
    ],
    [
      'a source outside the folder',
      settingsOf({ code: { '.': '../x' } }),
      'package/no-code functions.go.code: ../x is outside the folder of the app (name a file or folder in it)',
    ],
    [
      'an archive that does not exist',
      settingsOf({ archive: 'target/go.jar' }),
      'package/no-code functions.go.archive: target/go.jar does not exist (run the build first, or correct the path)',
    ],
    [
      'an archive that is a folder',
      settingsOf({ archive: 'lib' }),
      'package/no-code functions.go.archive: lib is not a .zip or .jar file (name a file, or put the folder into functions.go.code)',
    ],
    [
      'code and archive',
      settingsOf({ archive: 'go.zip', code: { '.': 'lib' } }),
      'package/duplicate-code functions.go: function go has both code and an archive (remove one of them)',
    ],
    [
      'two sources for one path',
      settingsOf({ code: { '.': 'go', 'index.js': 'lib/index.js' } }),
      'zip/duplicate-entry lib/index.js: and go/index.js would both be index.js in the archive of function go (remove one of them, or change its place in appsctl.json)',
    ],
    [
      'assets that do not exist',
      settingsOf({}, { static: 'public' }),
      'package/layout public: is not in the folder of the app (correct "static" in appsctl.json)',
    ],
    [
      'a manifest that does not exist',
      settingsOf({}, { manifest: 'app/manifest.json' }),
      'manifest/missing app/manifest.json: is missing (found at manifest.json: correct "manifest" in appsctl.json)',
    ],
    [
      'one place, written in two ways',
      settingsOf({ code: { '.': 'go', lib: 'lib', './lib/': 'go' } }),
      'settings/invalid functions.go.code: has the place lib twice (keep one of them)',
    ],
    [
      'another function',
      settingsOf({}, { functions: new Map([['g0', {}]]) }),
      'package/unknown-function functions.g0: is not the name of a function in the manifest (did you mean "go"?)',
    ],
    [
      'a place out of the archive',
      settingsOf({ code: { '.': 'go', '../x': 'lib' } }),
      'zip/unsafe-name functions.go.code: has the place ../x, which is outside the archive (use a relative path)',
    ],
    [
      'a place with a longer name than an entry may have',
      settingsOf({ code: { '.': 'go', ['x'.repeat(70_000)]: 'lib' } }),
      `zip/unsafe-name functions.go.code: has the place ${'x'.repeat(200)}, which has a name of 70000 bytes, over the limit of 1024 (use a relative path)`,
    ],
    [
      'a file whose path in the archive becomes too long',
      settingsOf({ code: { '.': 'go', ['x'.repeat(1020)]: 'lib' } }),
      'zip/unsafe-name lib/index.js: has a path of 1029 bytes in the archive of function go, over the limit of 1024 (shorten the path)',
    ],
    [
      'a source with a NUL character',
      settingsOf({ code: { '.': 'g\0o' } }),
      'package/no-code functions.go.code: g\0o does not exist (run the build first, or correct the path)',
    ],
  ])('%s', async (_, settings, expected) => {
    expect(await errorsOf(await create(files), settings)).toEqual([expected]);
  });

  test.each([{ exclude: ['*.md'] }, { bundle: true }])(
    'settings that change the files of an archive, such as %j',
    async (setting) => {
      const root = await create({ 'manifest.json': MANIFEST, 'go.zip': '' });
      await writeFile(join(root, 'go.zip'), await functionArchive());
      const [name = ''] = Object.keys(setting);
      expect(await errorsOf(root, settingsOf(setting))).toEqual([
        `settings/invalid functions.go.${name}: has no effect, because the code of function go is the archive go.zip (remove it, or set "code" to a folder)`,
      ]);
    },
  );
});

test.each([
  ['src/manifest.json', 'src/manifest.json'],
  ['src/main/resources/static/manifest.json', 'src/main/resources/static/manifest.json'],
  ['node_modules/x/manifest.json', undefined],
])('a manifest at %s is named in the hint', async (path, found) => {
  const root = await create({ [path]: MANIFEST, 'go/index.js': '' });
  const hint =
    found === undefined
      ? 'name a folder with manifest.json, static/ and a folder or archive for each function'
      : `found at ${found}: add "manifest": "${found}" to appsctl.json`;
  expect(await errorsOf(root)).toEqual([`manifest/missing manifest.json: is missing (${hint})`]);
});

test('the hint for a Java function without code names a .jar file', async () => {
  const java = { path: '/', name: 'go', handler: 'com.example.Main', runtime: 'java21' };
  const content = JSON.stringify(manifest({ aws_lambda: { functions: [java] } }));
  const root = await create({ 'manifest.json': content });
  expect(await errorsOf(root)).toEqual([
    'package/no-code aws_lambda.functions[0].name: function go has no code in the folder (add the folder go/ or the archive go.jar, or say in appsctl.json where the code is)',
  ]);
});

test('a function with a slash in its name is refused, also if the settings say where its code is', async () => {
  const function_ = { path: '/', name: 'static/x', handler: 'index.handler', runtime: 'nodejs22.x' };
  const root = await create({
    'manifest.json': JSON.stringify(manifest({ aws_lambda: { functions: [function_] } })),
    'static/x.zip': '',
    'lib/index.js': '',
  });
  const source = { code: new Map([['.', 'lib']]) };
  expect(await errorsOf(root, settingsOf({}, { functions: new Map([['static/x', source]]) }))).toEqual([
    'package/no-code aws_lambda.functions[0].name: function static/x has a slash in its name, which AWS Lambda does not allow (rename the function)',
  ]);
});

describe('bundled code', () => {
  const bundled = async (files: Readonly<Record<string, FileContent>>) => {
    const root = await create({ 'manifest.json': MANIFEST, 'package.json': '{}', ...files });
    await installEsbuild(root);
    return packageAndRead(root);
  };

  test('replaces other files of its source, and a note names those that may be data', async () => {
    const { names, leftOut, findings } = await bundled({
      'go/index.ts': "import data from './data.json'; import './b'; export const handler = () => data;",
      'go/b.ts': '',
      'go/unused.js': '',
      'go/data.json': '{}',
      'go/package.json': '{}',
      'go/tsconfig.json': '{}',
      'go/texts/en.json': '{}',
      'go/template.html': '',
    });
    expect(names).toEqual(['index.js', 'index.js.map']);
    expect(leftOut).toEqual(['go/template.html', 'go/texts/en.json', 'node_modules/', 'package.json']);
    expect(findings).toMatchObject([
      {
        rule: 'package/left-out',
        message: 'left out: go/template.html, go/texts/en.json',
      },
    ]);
  });

  test('may contain packages: then node_modules is not reported as left out', async () => {
    const { leftOut } = await bundled({
      'go/index.ts': "import 'a'; export const handler = () => 1;",
      'node_modules/a/index.js': 'console.log(1)',
    });
    expect(leftOut).toEqual(['package.json']);
  });
});

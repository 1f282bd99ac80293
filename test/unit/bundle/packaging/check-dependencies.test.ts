import { expect, test } from 'vitest';
import {
  createFiles,
  type FileContent,
  MANIFEST,
  packageAndRead,
  packageJson,
  settingsOf,
} from '../../../support/app-folder.js';
import { manifest } from '../../../support/bundle.js';
import { tempFolders } from '../../../support/temp-folder.js';

const nextFolder = await tempFolders();

async function warnings(
  files: Readonly<Record<string, FileContent>>,
  settings?: ReturnType<typeof settingsOf>,
): Promise<string[]> {
  const root = await createFiles(nextFolder(), { 'manifest.json': MANIFEST, ...files });
  const { findings } = await packageAndRead(root, settings);
  return findings
    .filter(({ severity }) => severity === 'warning')
    .map(({ rule, location, message }) => `${rule} ${location}: ${message}`);
}

const DEV = { devDependencies: { dev: '*' } };
/** The packages of an installation: `a` needs `b`, and `dev` needs `a` and `only-dev`. */
const INSTALLED = {
  'go/index.js': '',
  'go/node_modules/a/package.json': packageJson('a', ['b'], { peerDependencies: { p: '*' } }),
  'go/node_modules/b/index.js': '',
  'go/node_modules/p/index.js': '',
  'go/node_modules/@s/o/index.js': '',
  'go/node_modules/dev/package.json': packageJson('dev', ['a', 'only-dev']),
  'go/node_modules/dev/dist/x.js': 'x'.repeat(1_500_000),
  'go/node_modules/dev/node_modules/b/index.js': 'x'.repeat(100_000),
  'go/node_modules/only-dev/index.js': 'x'.repeat(400_000),
};

test('packages that only devDependencies need are reported with their size', async () => {
  const optional = { optionalDependencies: { '@s/o': '*', none: '*' } };
  const json = packageJson('go', ['a'], { ...DEV, ...optional });
  expect(await warnings({ ...INSTALLED, 'go/package.json': json })).toEqual([
    'package/dev-dependencies go.zip: contains 3 packages that only development needs: 2.0 MB of the uncompressed code',
  ]);
});

test.each([
  ['has no devDependencies', packageJson('go', ['a', '@s/o'])],
  ['does not exist', undefined],
  ['is not JSON', '{'],
])('nothing is reported if package.json %s', async (_, json) => {
  expect(await warnings({ ...INSTALLED, ...(json !== undefined && { 'go/package.json': json }) })).toEqual(
    [],
  );
});

test('the package.json is the one beside node_modules, also if the archive does not contain it', async () => {
  const files = {
    'package.json': packageJson('app', ['a', 'missing'], DEV),
    'node_modules/a/index.js': '',
    'node_modules/dev/index.js': 'x'.repeat(2000),
    'dist/index.js': '',
  };
  const settings = settingsOf({
    code: { bundle: 'dist', 'bundle/node_modules': 'node_modules' },
    handler: 'bundle/index.handler',
  });
  expect(await warnings(files, settings)).toEqual([
    'package/missing-dependency go.zip: does not contain packages that its package.json names in "dependencies": missing',
    'package/dev-dependencies go.zip: contains 1 package that only development needs: 2.0 kB of the uncompressed code',
  ]);
});

test('missing packages are reported, except those of the runtime, types and optional ones', async () => {
  const names = ['a', 'f', 'e', 'd', 'c', 'b', '@aws-sdk/client-s3', 'aws-sdk', '@types/node', 'o'];
  const json = packageJson('go', names, { optionalDependencies: { o: '*' } });
  expect(await warnings({ 'go/index.js': '', 'go/package.json': json })).toEqual([
    'package/missing-dependency go.zip: does not contain packages that its package.json names in "dependencies": a, b, c, d, e and 1 more',
  ]);
});

test('other runtimes than Node.js are not checked', async () => {
  const python = { path: '/', name: 'go', handler: 'app.handler', runtime: 'python3.13' };
  const files = {
    'manifest.json': JSON.stringify(manifest({ aws_lambda: { functions: [python] } })),
    'go/app.py': '',
    'go/package.json': packageJson('go', ['a'], DEV),
  };
  expect(await warnings(files)).toEqual([]);
});

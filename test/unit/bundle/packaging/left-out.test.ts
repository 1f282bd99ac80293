import { describe, expect, test } from 'vitest';
import { createFiles, MANIFEST, packageAndRead, settingsOf } from '../../../support/app-folder.js';
import { tempFolders } from '../../../support/temp-folder.js';

const nextFolder = await tempFolders();

/** Packages a function `go` with index.js, these files and the patterns of .appsctlignore. */
async function packageFiles(
  paths: readonly string[],
  ignored?: string,
  settings?: Parameters<typeof packageAndRead>[1],
) {
  const files = Object.fromEntries([...paths, 'go/index.js'].map((path) => [path, 'x']));
  const root = await createFiles(nextFolder(), {
    'manifest.json': MANIFEST,
    ...files,
    ...(ignored !== undefined && { '.appsctlignore': ignored }),
  });
  return packageAndRead(root, settings);
}

test.each([
  '.env',
  '.env.production',
  '.npmrc',
  'lib/.netrc',
  '.pypirc',
  '.htpasswd',
  '.yarnrc',
  '.gnupg/secring.gpg',
  'terraform.tfstate',
  'terraform.tfstate.backup',
  'deploy.ppk',
  'keys/server.pem',
  'server.key',
  'store.p12',
  'id_rsa',
  'id_ed25519',
  '.gitignore',
  'debug.log',
  'npm-debug.log.123',
  'index.js.swp',
  'index.js~',
  '.DS_Store',
  '._index.js',
  'Thumbs.db',
  'desktop.ini',
  'node_modules/x/.npmrc',
])('%s is left out of functions and assets', async (path) => {
  const { names, leftOut, bundle } = await packageFiles([`go/${path}`, `static/${path}`]);
  expect(names).toEqual(['index.js']);
  expect(Object.keys(bundle.files)).toEqual(['go.zip', 'manifest.json']);
  const shown = path.replace(/^(\.gnupg\/).*/, '$1');
  expect(leftOut).toEqual([`go/${shown}`, `static/${shown}`]);
});

test.each(['.git', '.github', '.svn', '.hg', '.aws', '.ssh', '.idea', '.vscode', '__MACOSX'])(
  'the folder %s is left out as a whole',
  async (name) => {
    const { names, leftOut } = await packageFiles([`go/${name}/a`, `go/${name}/b/c`]);
    expect(names).toEqual(['index.js']);
    expect(leftOut).toEqual([`go/${name}/`]);
  },
);

test.each([
  'node_modules/certificates/ca.pem',
  'node_modules/console.log/index.js',
  'public.pem/index.js',
  'env.js',
  'logs/a.txt',
  'login.js',
  'pem.js',
])('%s is packaged without a note', async (path) => {
  const { names, findings } = await packageFiles([`go/${path}`]);
  expect(names).toContain(path);
  expect(findings).toEqual([]);
});

test('what package managers keep in node_modules is left out, and not mentioned', async () => {
  const paths = ['.bin/x', '.cache/x', '.package-lock.json', '.modules.yaml', '.vite/x', '.yarn-state.yml'];
  const { names, findings } = await packageFiles(paths.map((path) => `go/node_modules/${path}`));
  expect(names).toEqual(['index.js']);
  expect(findings).toEqual([]);
});

describe('.appsctlignore', () => {
  test('leaves out more, by the rules of .gitignore', async () => {
    const paths = [
      'go/test/a.js',
      'go/lib/test.js',
      'go/lib/a.map',
      'go/keep.map',
      'static/test/b',
      'test/c',
    ];
    const ignored = '\ufeff# Tests\ntest/\n*.map\n!/go/keep.map\n';
    const { names, leftOut, bundle } = await packageFiles(paths, ignored);
    expect(names).toEqual(['index.js', 'keep.map', 'lib/test.js']);
    expect(Object.keys(bundle.files)).not.toContain('static/test/b');
    expect(leftOut).toEqual(['go/lib/a.map', 'go/test/', 'static/test/', 'test/']);
  });

  test('includes again what is left out by default, with a warning if it may be secret', async () => {
    const { names, findings } = await packageFiles(['go/.env', 'go/.env.production'], '!.env.production');
    expect(names).toEqual(['.env.production', 'index.js']);
    expect(findings).toMatchObject([
      {
        rule: 'package/secret',
        severity: 'warning',
        location: 'go.zip: .env.production',
        message: 'looks like a file with secrets',
        fix: 'leave it out, and set secrets as environment variables of the function',
      },
      { rule: 'package/left-out' },
    ]);
  });

  test('names several of them in one warning', async () => {
    const secrets = ['.envrc', '.npmrc', 'a.key', 'b.env', 'id_ed25519_sk'];
    const paths = secrets.map((name) => `go/${name}`);
    const { findings } = await packageFiles(paths, secrets.map((name) => `!${name}`).join('\n'));
    expect(findings).toMatchObject([
      {
        rule: 'package/secret',
        location: 'go.zip: .envrc',
        message: 'looks like a file with secrets, as do .npmrc, a.key, b.env and 1 more',
      },
    ]);
  });

  test('cannot include the files of appsctl itself', async () => {
    const settings = settingsOf({ code: { '.': '.' } });
    const paths = ['appsctl.json', 'index.js', 'com.example.test_0.9.0.zip', 'other_1.zip'];
    const { names } = await packageFiles(paths, '!appsctl.json\n!.appsctlignore', settings);
    expect(names).toEqual(['go/index.js', 'index.js', 'manifest.json', 'other_1.zip']);
  });

  test('distinguishes case on every system', async () => {
    expect((await packageFiles(['go/Test.js'], 'test.js')).names).toEqual(['Test.js', 'index.js']);
  });
});

test('the patterns of a function are relative to its archive', async () => {
  const paths = ['go/lib/a.map', 'go/lib/b.js', 'go/lib/lib/c.js', 'go/a.map'];
  const { names, leftOut } = await packageFiles(
    paths,
    undefined,
    settingsOf({ exclude: ['/lib/*.map', 'lib/lib'] }),
  );
  expect(names).toEqual(['a.map', 'index.js', 'lib/b.js']);
  expect(leftOut).toEqual(['go/lib/a.map', 'go/lib/lib/']);
});

test('files of packages are listed last, and not mentioned', async () => {
  const { leftOut, findings } = await packageFiles(['go/node_modules/a/.gitignore', 'z.txt']);
  expect(leftOut).toEqual(['z.txt', 'go/node_modules/a/.gitignore']);
  expect(findings).toMatchObject([{ rule: 'package/left-out', message: 'left out: z.txt' }]);
});

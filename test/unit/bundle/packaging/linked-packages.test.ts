import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  createFiles,
  type FileContent,
  loadModule,
  MANIFEST,
  moduleThatLoads,
  packageAndRead,
  packageJson,
  settingsOf,
} from '../../../support/app-folder.js';
import { tempFolders } from '../../../support/temp-folder.js';

const nextFolder = await tempFolders();

type Files = Record<string, FileContent>;

/** A package of a pnpm store, with links to its dependencies beside it. */
function inStore(store: string, id: string, dependencies: Readonly<Record<string, string>> = {}): Files {
  const [name = ''] = /^@?[^@]+/.exec(id) ?? [];
  const at = `${store}/${id.replace('/', '+')}/node_modules`;
  const up = name.includes('/') ? '../../..' : '../..';
  const links = Object.entries(dependencies).map(([dependency, target]) => [
    `${at}/${dependency}`,
    {
      link: `${dependency.includes('/') ? '../' : ''}${up.replace('/../..', '/..')}/${target.replace('/', '+')}/node_modules/${dependency}`,
    },
  ]);
  return {
    [`${at}/${name}/package.json`]: packageJson(name, Object.keys(dependencies)),
    [`${at}/${name}/index.js`]: moduleThatLoads(id, ...Object.keys(dependencies)),
    ...Object.fromEntries(links),
  };
}

/** Packages an app and loads its function. */
async function run(root: string, settings?: Parameters<typeof packageAndRead>[1], module?: string) {
  const { archive, names } = await packageAndRead(root, settings);
  return { names, exported: await loadModule(archive, nextFolder(), module) };
}

describe('the layout of pnpm', () => {
  test('becomes one that Node.js resolves alike, with conflicting versions', async () => {
    const store = 'go/node_modules/.pnpm';
    const root = await createFiles(nextFolder(), {
      'manifest.json': MANIFEST,
      'go/package.json': packageJson('go', ['a', 'b', '@s/c']),
      'go/index.js': moduleThatLoads('go', 'a', 'b', '@s/c'),
      'go/node_modules/.modules.yaml': '',
      'go/node_modules/.bin/a': { link: '../a/cli.js' },
      'go/node_modules/a': { link: '.pnpm/a@1/node_modules/a' },
      'go/node_modules/b': { link: '.pnpm/b@1/node_modules/b' },
      'go/node_modules/@s/c': { link: '../.pnpm/@s+c@1/node_modules/@s/c' },
      ...inStore(store, 'a@1', { x: 'x@1', y: 'y@1' }),
      ...inStore(store, 'b@1', { x: 'x@2' }),
      ...inStore(store, '@s/c@1'),
      ...inStore(store, 'x@1', { z: 'z@1' }),
      ...inStore(store, 'x@2', { z: 'z@2', y: 'y@1' }),
      ...inStore(store, 'y@1', { a: 'a@1' }),
      ...inStore(store, 'z@1'),
      ...inStore(store, 'z@2'),
      // A cycle: Node.js gives y what a exports so far.
      [`${store}/y@1/node_modules/y/index.js`]: "require('a'); module.exports = 'y@1';",
    });
    const { names, exported } = await run(root);
    expect(exported).toBe('go(a@1(x@1(z@1()), y@1), b@1(x@2(z@2(), y@1)), @s/c@1())');
    expect(names.filter((name) => name.endsWith('package.json'))).toEqual([
      'node_modules/@s/c/package.json',
      'node_modules/a/package.json',
      'node_modules/b/node_modules/x/node_modules/z/package.json',
      'node_modules/b/node_modules/x/package.json',
      'node_modules/b/package.json',
      'node_modules/x/package.json',
      'node_modules/y/package.json',
      'node_modules/z/package.json',
      'package.json',
    ]);
  });

  test('may have its store in the workspace, above the folder of the app', async () => {
    const workspace = await createFiles(nextFolder(), {
      'pnpm-workspace.yaml': 'packages: [apps/*, packages/*]',
      'package.json': packageJson('workspace'),
      'packages/shared/package.json': packageJson('shared', ['x'], { devDependencies: { dev: '*' } }),
      'packages/shared/index.js': moduleThatLoads('shared', 'x'),
      'packages/shared/node_modules/x': { link: '../../../node_modules/.pnpm/x@1/node_modules/x' },
      'packages/shared/node_modules/dev': { link: '../../../node_modules/.pnpm/dev@1/node_modules/dev' },
      'apps/app/manifest.json': MANIFEST,
      'apps/app/go/package.json': packageJson('go', ['shared', 'x']),
      'apps/app/go/index.js': moduleThatLoads('go', 'shared', 'x'),
      'apps/app/go/node_modules/shared': { link: '../../../../packages/shared' },
      'apps/app/go/node_modules/x': { link: '../../../../node_modules/.pnpm/x@2/node_modules/x' },
      ...inStore('node_modules/.pnpm', 'x@1'),
      ...inStore('node_modules/.pnpm', 'x@2'),
      ...inStore('node_modules/.pnpm', 'dev@1'),
    });
    const { names, exported } = await run(join(workspace, 'apps/app'));
    expect(exported).toBe('go(shared(x@1()), x@2())');
    expect(names).toEqual([
      'index.js',
      'node_modules/shared/index.js',
      'node_modules/shared/node_modules/x/index.js',
      'node_modules/shared/node_modules/x/package.json',
      'node_modules/shared/package.json',
      'node_modules/x/index.js',
      'node_modules/x/package.json',
      'package.json',
    ]);
  });

  test('is an error if the packages would be nested without end', async () => {
    const store = 'go/node_modules/.pnpm';
    // Each package uses the other version of the next one, so none is found on the way up.
    const root = await createFiles(nextFolder(), {
      'manifest.json': MANIFEST,
      'go/index.js': '',
      'go/package.json': packageJson('go', ['a', 'b']),
      'go/node_modules/a': { link: '.pnpm/a@3/node_modules/a' },
      'go/node_modules/b': { link: '.pnpm/b@1/node_modules/b' },
      ...inStore(store, 'a@3'),
      ...inStore(store, 'b@1', { a: 'a@1' }),
      ...inStore(store, 'a@1', { b: 'b@2' }),
      ...inStore(store, 'b@2', { a: 'a@2' }),
      ...inStore(store, 'a@2', { b: 'b@1' }),
    });
    await expect(packageAndRead(root)).rejects.toMatchObject({
      code: 'INVALID_BUNDLE',
      message: expect.stringMatching(/: go\.zip: has the package [ab] below more than 20 other packages$/),
      findings: [{ rule: 'package/linked-packages', location: 'go.zip' }],
      hint: 'install the packages without links; with pnpm, set node-linker=hoisted',
    });
  });
});

test.each([
  ['all packages', undefined],
  ['packages whose package.json is left out', 'package.json'],
])('%s whose versions conflict are not placed without end', async (_, ignored) => {
  const names = ['p0', 'p1', 'p2', 'p3'];
  const versions = 5;
  const store = 'go/node_modules/.pnpm';
  const files: Files = {};
  for (const name of names) {
    files[`go/node_modules/${name}`] = { link: `.pnpm/${name}@0/node_modules/${name}` };
    for (let version = 0; version < versions; version++) {
      const others = names.filter((other) => other !== name);
      const targets = others.map((other) => [other, `${other}@${(version + 1) % versions}`]);
      Object.assign(files, inStore(store, `${name}@${version}`, Object.fromEntries(targets)));
    }
  }
  const root = await createFiles(nextFolder(), {
    'manifest.json': MANIFEST,
    'go/index.js': '',
    'go/package.json': packageJson('go', names),
    ...(ignored !== undefined && { '.appsctlignore': ignored }),
    ...files,
  });
  await expect(packageAndRead(root)).rejects.toMatchObject({
    findings: [
      {
        rule: 'package/linked-packages',
        location: 'go.zip',
        message: 'has more than 20000 packages, because versions of packages conflict',
        fix: 'install the packages without links; with pnpm, set node-linker=hoisted',
      },
    ],
  });
});

describe('npm workspaces', () => {
  const workspace = (workspaces: unknown): Files => ({
    'package.json': JSON.stringify({ name: 'workspace', workspaces }),
    'packages/shared/package.json': packageJson('@ws/shared', ['x', 'y'], {
      optionalDependencies: { none: '*' },
    }),
    'packages/shared/lib.js': moduleThatLoads('shared', 'x', 'y'),
    'packages/shared/index.js': "module.exports = require('./lib.js');",
    'packages/shared/node_modules/x/package.json': packageJson('x'),
    'packages/shared/node_modules/x/index.js': moduleThatLoads('x@2'),
    'node_modules/@ws/shared': { link: '../../packages/shared' },
    'node_modules/x/package.json': packageJson('x'),
    'node_modules/x/index.js': moduleThatLoads('x@1'),
    'node_modules/y/package.json': packageJson('y', [], { peerDependencies: { x: '*' } }),
    'node_modules/y/index.js': moduleThatLoads('y', 'x'),
    'node_modules/unused/index.js': '',
    'app/manifest.json': MANIFEST,
    'app/go/package.json': packageJson('go', ['@ws/shared', 'x']),
    'app/go/index.js': moduleThatLoads('go', '@ws/shared', 'x'),
  });

  test.each([
    ['a list', ['packages/*', 'app/*']],
    ['an object', { packages: ['packages/*', './app'] }],
  ])('given as %s: packages are found above the folder of the app', async (_, workspaces) => {
    const root = await createFiles(nextFolder(), workspace(workspaces));
    const { names, exported } = await run(join(root, 'app'));
    expect(exported).toBe('go(shared(x@2(), y(x@1())), x@1())');
    expect(names).not.toContain('node_modules/unused/index.js');
  });

  test('leave out the secrets of a package above the folder of the app, with a note', async () => {
    const root = await createFiles(nextFolder(), {
      ...workspace(['packages/*', 'app/*']),
      'packages/shared/.env': 'TOKEN=secret',
    });
    const { names, findings } = await packageAndRead(join(root, 'app'));
    expect(names.filter((name) => name.endsWith('.env'))).toEqual([]);
    expect(findings).toMatchObject([
      { rule: 'package/left-out', message: 'left out: ../packages/shared/.env' },
    ]);
  });

  test('that are not named do not count: links out of the folder of the app are an error', async () => {
    const root = await createFiles(nextFolder(), {
      ...workspace(undefined),
      'app/go/node_modules/@ws/shared': { link: '../../../../packages/shared' },
    });
    await expect(packageAndRead(join(root, 'app'))).rejects.toMatchObject({
      message: `${join(root, 'app')}: go/node_modules/@ws/shared: is a link to ../../../../packages/shared, outside the folder of the app`,
      findings: [{ rule: 'package/link' }],
      hint: 'install the package into the folder; with pnpm, set node-linker=hoisted',
    });
  });

  test.each<[string, Files, string]>([
    [
      'a link out of the workspace',
      { 'app/go/node_modules/x': { link: '../../../../outside' } },
      'go/node_modules/x: is a link to ../../../../outside, outside the folder of the app and its workspace',
    ],
    [
      'a link to a folder that is not a package',
      { 'app/go/node_modules/z': { link: '../../../packages' } },
      'go/node_modules/z: is a link to ../../../packages, which is outside the folder of the app and has no package.json',
    ],
    [
      'a link that is not in node_modules',
      { 'app/go/data': { link: '../../packages/shared' } },
      'go/data: is a link to ../../packages/shared, outside the folder of the app',
    ],
    [
      'an asset',
      { 'app/static/node_modules/x': { link: '../../../packages/shared' } },
      'static/node_modules/x: is a link to ../../../packages/shared, outside the folder of the app',
    ],
    [
      'a link out of a package of the workspace',
      { 'packages/shared/secret': { link: '../../secret' }, 'secret/x': '' },
      '../node_modules/@ws/shared/secret: is a link to ../../secret, outside the folder of the app',
    ],
  ])('%s is an error', async (_, files, expected) => {
    const root = await createFiles(nextFolder(), { ...workspace(['app/*']), ...files });
    await mkdir(join(root, '../outside'), { recursive: true });
    await expect(packageAndRead(join(root, 'app'))).rejects.toMatchObject({
      message: `${join(root, 'app')}: ${expected}`,
      findings: [{ rule: 'package/link' }],
    });
  });

  test('a workspace that does not have the app as a package does not count', async () => {
    const root = await createFiles(nextFolder(), {
      ...workspace(['packages/*']),
      'app/go/node_modules/@ws/shared': { link: '../../../../packages/shared' },
    });
    await expect(packageAndRead(join(root, 'app'))).rejects.toMatchObject({
      message: expect.stringMatching(/outside the folder of the app$/),
    });
  });

  test('what is partly in the archive is not reported as left out', async () => {
    const root = await createFiles(nextFolder(), {
      ...workspace(['packages/*']),
      'manifest.json': MANIFEST,
      'go/package.json': packageJson('go', ['@ws/shared']),
      'go/index.js': '',
      'other/x': '',
    });
    const { leftOut } = await packageAndRead(root);
    expect(leftOut).toEqual(['app/', 'other/', 'package.json']);
  });

  test('keys of packages of the workspace are left out, those of installed ones are not', async () => {
    const root = await createFiles(nextFolder(), {
      ...workspace(['packages/*']),
      'manifest.json': MANIFEST,
      'go/package.json': packageJson('go', ['@ws/shared', 'y']),
      'go/index.js': '',
      'packages/shared/server.key': '',
      'packages/shared/keys/ca.pem': '',
      'node_modules/y/ca.pem': '',
    });
    const { names, leftOut } = await packageAndRead(root);
    expect(names).toContain('node_modules/y/ca.pem');
    expect(names.filter((name) => name.startsWith('node_modules/@ws/shared/'))).toEqual([
      'node_modules/@ws/shared/index.js',
      'node_modules/@ws/shared/lib.js',
      'node_modules/@ws/shared/package.json',
    ]);
    expect(leftOut).toEqual(
      expect.arrayContaining(['packages/shared/keys/ca.pem', 'packages/shared/server.key']),
    );
    await createFiles(root, { '.appsctlignore': '!ca.pem' });
    const again = await packageAndRead(root);
    expect(again.names).toContain('node_modules/@ws/shared/keys/ca.pem');
    expect(again.findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          rule: 'package/secret',
          location: 'go.zip: node_modules/@ws/shared/keys/ca.pem',
        }),
      ]),
    );
  });

  test('links in a package of the workspace are packaged as what they point to in it', async () => {
    const root = await createFiles(nextFolder(), {
      ...workspace(['app/*']),
      'packages/shared/latest': { link: 'v2' },
      'packages/shared/v2/a.js': '',
    });
    const { names } = await packageAndRead(join(root, 'app'));
    expect(names).toEqual(expect.arrayContaining(['node_modules/@ws/shared/latest/a.js']));
  });
});

describe('the packages of the app', () => {
  const files: Files = {
    'manifest.json': MANIFEST,
    'package.json': packageJson('app', ['x'], { devDependencies: { dev: '*' } }),
    'node_modules/x/package.json': packageJson('x', ['y']),
    'node_modules/x/index.js': moduleThatLoads('x', 'y'),
    'node_modules/y/package.json': packageJson('y'),
    'node_modules/y/index.js': moduleThatLoads('y'),
    'node_modules/dev/package.json': packageJson('dev'),
    'go/index.js': moduleThatLoads('go', 'x'),
  };

  test('are added to a function without a package.json, except those for development', async () => {
    const root = await createFiles(nextFolder(), files);
    const { names, exported } = await run(root);
    expect(exported).toBe('go(x(y()))');
    expect(names.filter((name) => /node_modules\/dev/.test(name))).toEqual([]);
  });

  test('are reported if they are not installed', async () => {
    const { 'package.json': json, 'go/index.js': code, 'manifest.json': content } = files;
    const root = await createFiles(nextFolder(), {
      ...{ 'package.json': json ?? '', 'go/index.js': code ?? '', 'manifest.json': content ?? '' },
    });
    const { findings } = await packageAndRead(root);
    expect(findings).toMatchObject([{ rule: 'package/missing-dependency', severity: 'warning' }]);
  });

  test('are added to a function with a package.json that names no packages, such as one for the type', async () => {
    const root = await createFiles(nextFolder(), { ...files, 'go/package.json': '{"type": "commonjs"}' });
    expect((await run(root)).exported).toBe('go(x(y()))');
  });

  test('may be named at the root of the workspace', async () => {
    const { 'manifest.json': content, 'go/index.js': code, 'package.json': _, ...packages } = files;
    const root = await createFiles(nextFolder(), {
      ...packages,
      'package.json': packageJson('workspace', ['x'], { workspaces: ['app'] }),
      ...{ 'app/manifest.json': content ?? '', 'app/go/index.js': code ?? '' },
    });
    expect((await run(join(root, 'app'))).exported).toBe('go(x(y()))');
  });

  test('are not added to a function with packages of its own, nor where the settings name the code', async () => {
    const own = await createFiles(nextFolder(), {
      ...files,
      'go/package.json': packageJson('go', ['z']),
      'go/node_modules/z/package.json': packageJson('z'),
    });
    expect((await packageAndRead(own)).names).toEqual([
      'index.js',
      'node_modules/z/package.json',
      'package.json',
    ]);
    const configured = await createFiles(nextFolder(), files);
    const settings = settingsOf({ code: { '.': 'go' } });
    expect((await packageAndRead(configured, settings)).names).toEqual(['index.js']);
  });
});

test('packages may be mapped to another place, with code beside them', async () => {
  const root = await createFiles(nextFolder(), {
    'manifest.json': MANIFEST,
    'package.json': packageJson('app', ['a']),
    'dist/index.js': moduleThatLoads('go', 'a'),
    'node_modules/a': { link: '.pnpm/a@1/node_modules/a' },
    ...inStore('node_modules/.pnpm', 'a@1', { b: 'b@1' }),
    ...inStore('node_modules/.pnpm', 'b@1'),
  });
  const settings = settingsOf({
    code: { bundle: 'dist', 'bundle/node_modules': 'node_modules' },
    handler: 'bundle/index.handler',
  });
  const { names, exported } = await run(root, settings, './bundle/index.js');
  expect(exported).toBe('go(a@1(b@1()))');
  expect(names).toContain('bundle/node_modules/b/index.js');
});

test('code that is generated into node_modules is packaged with the package that uses it', async () => {
  const store = 'go/node_modules/.pnpm';
  const root = await createFiles(nextFolder(), {
    'manifest.json': MANIFEST,
    'go/index.js': moduleThatLoads('go', '@prisma/client'),
    'go/node_modules/@prisma/client': { link: '../.pnpm/@prisma+client@1/node_modules/@prisma/client' },
    ...inStore(store, '@prisma/client@1'),
    [`${store}/@prisma+client@1/node_modules/@prisma/client/index.js`]: moduleThatLoads(
      'client',
      '.prisma/client',
    ),
    [`${store}/@prisma+client@1/node_modules/.prisma/client/index.js`]: moduleThatLoads('generated'),
  });
  expect((await run(root)).exported).toBe('go(client(generated()))');
});

test('names that lead out of node_modules are not followed', async () => {
  const root = await createFiles(nextFolder(), {
    'manifest.json': MANIFEST,
    'go/index.js': '',
    'go/node_modules/x/index.js': '',
    'go/package.json': packageJson('go', ['../../secret', '..', '.', '@s/../../../secret', '__proto__']),
    'secret/x.txt': 'secret',
  });
  expect((await packageAndRead(root)).names).toEqual(['index.js', 'node_modules/x/index.js', 'package.json']);
});

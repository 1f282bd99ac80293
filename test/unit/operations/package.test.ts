import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import JSZip from 'jszip';
import { describe, expect, test } from 'vitest';
import { AppFolder } from '../../../src/bundle/app-folder.js';
import { AppsctlError } from '../../../src/core/diagnostics/error.js';
import { type PackageResult, preparePackage } from '../../../src/operations/package.js';
import { manifest } from '../../support/bundle.js';
import { runCli } from '../../support/cli.js';
import { tempFolder } from '../../support/temp-folder.js';
import { EXAMPLE } from '../../support/world.js';

const folder = await tempFolder();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function packageApp(path: string, output: string | undefined, now: number): Promise<PackageResult> {
  const prepared = await preparePackage(path, output, now);
  return prepared.write();
}

/** An app's folder with these files. */
async function appFolder(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const root = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

describe('aws package', () => {
  test('gives the same bytes whatever the times and modes of the files', async () => {
    const copy = join(folder, 'copy');
    await cp(EXAMPLE, copy, { recursive: true });
    const index = join(copy, 'hello-serverless/index.js');
    await chmod(index, 0o700);
    await utimes(index, new Date(0), new Date(0));
    await writeFile(join(copy, '.DS_Store'), 'left behind');
    const original = await packageApp(EXAMPLE, join(folder, 'original.zip'), Date.now());
    const changed = await packageApp(copy, join(folder, 'changed.zip'), Date.now());
    expect(await readFile(changed.file)).toEqual(await readFile(original.file));
    // Known once and for all: another machine, or another release of a library, must come to the same.
    expect(sha256(await readFile(original.file))).toBe(
      '83a2eb367408724e38ddf0c743ebb3080ba50744198f87474c240405eb71b3f5',
    );
  });

  test('puts everything where a bundle has it', async () => {
    const { file } = await packageApp(EXAMPLE, join(folder, 'places.zip'), Date.now());
    const bundle = await JSZip.loadAsync(await readFile(file));
    expect(Object.keys(bundle.files)).toEqual([
      'hello-serverless.zip',
      'manifest.json',
      'static/icon.png',
      'static/test.txt',
    ]);
    const inner = await JSZip.loadAsync(
      (await bundle.file('hello-serverless.zip')?.async('nodebuffer')) ?? '',
    );
    expect(Object.keys(inner.files)).toEqual(['index.js', 'package.json']);
    expect(inner.file('index.js')?.unixPermissions).toBe(0o100755);
  });

  test('names the bundle after the app and writes it here', async () => {
    const here = join(folder, 'here');
    await mkdir(here);
    expect(await runCli(['aws', 'package', EXAMPLE], {}, here)).toMatchObject({
      code: 0,
      stdout: 'hello-serverless_v1.2.0.zip (3600 bytes)\n',
    });
    expect(await readdir(here)).toEqual(['hello-serverless_v1.2.0.zip']);
  });

  test('writes nothing when the bundle would not be sound', async () => {
    const root = await appFolder('unsound', {
      'manifest.json': JSON.stringify(manifest({ app_id: 'x' })),
      'go/index.js': '',
    });
    const { code, stderr } = await runCli(['aws', 'package', root, '-o', join(folder, 'unsound.zip')]);
    expect(stderr).toBe(
      `error: ${root}: app_id: "x" has 1 bytes\nhint: write 3 to 32 bytes, such as com.example.app\n`,
    );
    expect(code).toBe(2);
    expect(await readdir(folder)).not.toContain('unsound.zip');
  });

  const app = (functions: string[] = ['go']) =>
    JSON.stringify(
      manifest({
        aws_lambda: {
          functions: functions.map((name) => ({
            path: '/',
            name,
            handler: 'index.handler',
            runtime: 'nodejs22.x',
          })),
        },
      }),
    );
  const code = { 'go/index.js': '' };

  test('leaves out what is no part of the app, and says so', async () => {
    const root = await appFolder('crowded', {
      'manifest.json': app(),
      ...code,
      'go/.hidden': '',
      'static/.well-known/x': '',
      'node_modules/x/index.js': '',
      '.vscode/settings.json': '',
      '.env': 'SECRET=1',
      'README.md': '',
      'com.example.test_1.0.0.zip': 'an earlier bundle',
      'going/index.js': '',
      'package.json': '{}',
    });
    await symlink('/etc/hostname', join(root, 'link'));
    const { file, findings } = await packageApp(root, join(folder, 'crowded.zip'), Date.now());
    const bundle = await JSZip.loadAsync(await readFile(file));
    expect(Object.keys(bundle.files)).toEqual(['go.zip', 'manifest.json', 'static/.well-known/x']);
    const inner = await JSZip.loadAsync((await bundle.file('go.zip')?.async('nodebuffer')) ?? '');
    expect(Object.keys(inner.files)).toEqual(['.hidden', 'index.js']);
    expect(findings.map(({ severity, location }) => `${severity} ${location}`)).toEqual([
      'note .env',
      'note .vscode',
      'note README.md',
      'note com.example.test_1.0.0.zip',
      'note going',
      'note link',
      'note node_modules',
      'note package.json',
    ]);
    expect(findings[0]?.message).toMatch(/^is left out: /);
  });

  test.each<[string, Record<string, string>, string]>([
    ['go/ and go.zip', { ...code, 'go.zip': '' }, 'go: both go/ and go.zip hold code (keep one)'],
    ['go/ and go.jar', { ...code, 'go.jar': '' }, 'go: both go/ and go.jar hold code (keep one)'],
    ['go.zip and go.jar', { 'go.zip': '', 'go.jar': '' }, 'go: both go.jar and go.zip hold code (keep one)'],
    [
      'a file static',
      { ...code, static: '' },
      'static: is not a folder (put the assets into a folder static/)',
    ],
    ['no code', {}, 'go: has no code in the folder (add the folder go/ or the archive go.zip)'],
    ['Go/', { 'Go/index.js': '' }, 'go: has no code in the folder (rename Go to go: case matters)'],
    ['GO.ZIP', { 'GO.ZIP': '' }, 'go: has no code in the folder (rename GO.ZIP to go.zip: case matters)'],
  ])('refuses a folder with %s', async (name, files, expected) => {
    const root = await appFolder(`refused-${name.replaceAll(/\W/g, '_')}`, {
      'manifest.json': app(),
      ...files,
    });
    const error: unknown = await packageApp(root, undefined, Date.now()).catch((thrown: unknown) => thrown);
    if (!(error instanceof AppsctlError)) throw error;
    const errors = error.findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ location, message, fix }) => `${location}: ${message} (${fix})`)).toEqual([
      expected,
    ]);
  });

  test.each<[string, string]>([
    ['static', 'static: has no code in the folder (add the archive static.zip)'],
    ['a/b', 'a/b: has a slash in its name, which AWS Lambda refuses (rename the function)'],
  ])('refuses the function %s, which no folder can hold', async (name, expected) => {
    const root = await appFolder(`named-${name.replace('/', '_')}`, {
      'manifest.json': app([name]),
      [`${name}/index.js`]: '',
    });
    const error: unknown = await packageApp(root, undefined, Date.now()).catch((thrown: unknown) => thrown);
    if (!(error instanceof AppsctlError)) throw error;
    const errors = error.findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ location, message, fix }) => `${location}: ${message} (${fix})`)).toEqual([
      expected,
    ]);
  });

  test.each([
    ['{', /manifest\.json: is not valid JSON/],
    [undefined, /manifest\.json: is missing/],
  ])('of a folder with the manifest %j says what is wrong with that', async (text, message) => {
    const root = await appFolder(`manifest-${text}`, {
      ...code,
      ...(text !== undefined && { 'manifest.json': text }),
    });
    await expect(packageApp(root, undefined, Date.now())).rejects.toThrow(message);
  });

  test('refuses functions that would have one name on AWS', async () => {
    const root = await appFolder('one-name', {
      'manifest.json': app(['a b', 'a-b']),
      'a b/index.js': '',
      'a-b/index.js': '',
    });
    await expect(packageApp(root, undefined, Date.now())).rejects.toThrow(
      /a-b: gets the same name on AWS as a b: com-example-test_1-0-0_a-b$/,
    );
  });

  test('names a file that cannot be read', async () => {
    const root = await appFolder('unreadable', { 'manifest.json': app(), ...code, 'static/huge': '' });
    await truncate(join(root, 'static/huge'), 3 * 1024 ** 3);
    await expect(packageApp(root, undefined, Date.now())).rejects.toMatchObject({
      code: 'INVALID_BUNDLE',
      message: `${join(root, 'static/huge')} is larger than 2 GiB`,
    });
  });

  test.runIf(process.platform === 'linux')('names a file whose name is not UTF-8', async () => {
    const root = await appFolder('latin1', { 'manifest.json': app(), ...code, 'static/a': '' });
    await writeFile(Buffer.concat([Buffer.from(`${root}/static/caf`), Buffer.from([0xe9])]), '');
    await expect(packageApp(root, undefined, Date.now())).rejects.toMatchObject({
      code: 'INVALID_BUNDLE',
      message: `the name of ${join(root, 'static/caf\u00e9')} is not UTF-8`,
    });
  });

  test.each([
    ['nowhere/out.zip', 'USAGE', /out\.zip: its folder does not exist$/],
    ['original.zip/out.zip', 'USAGE', /out\.zip: a part of its path is not a folder$/],
    ['here', 'USAGE', /here: it is a folder$/],
    [`${'x'.repeat(300)}.zip`, 'OUTPUT', /x\.zip: ENAMETOOLONG: name too long/],
  ])('into %s', async (output, code, message) => {
    await expect(packageApp(EXAMPLE, join(folder, output), Date.now())).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test.each([
    ['no-such-folder', /no-such-folder does not exist$/],
    ['original.zip', /original\.zip is not a folder$/],
  ])('of %s says what it is', async (name, message) => {
    await expect(packageApp(join(folder, name), undefined, Date.now())).rejects.toThrow(message);
  });
});

describe('links', () => {
  const content = { 'manifest.json': JSON.stringify(manifest()), 'go/index.js': 'exports.handler = 1' };
  const namesIn = async (root: string): Promise<string[]> => {
    const { file } = await packageApp(root, join(folder, 'links.zip'), Date.now());
    const bundle = await JSZip.loadAsync(await readFile(file));
    const inner = await JSZip.loadAsync((await bundle.file('go.zip')?.async('nodebuffer')) ?? '');
    return Object.keys(inner.files);
  };

  test('that stay in the folder are packed as what they lead to, but for those to commands', async () => {
    const root = await appFolder('links', {
      ...content,
      'common/lib/a.js': '1',
      'go/node_modules/tool/cli.js': '2',
    });
    await symlink('../common/lib', join(root, 'go/lib'));
    await symlink('../common/lib/a.js', join(root, 'go/a.js'));
    await mkdir(join(root, 'go/node_modules/.bin'));
    await symlink('../tool/cli.js', join(root, 'go/node_modules/.bin/tool'));
    expect(await namesIn(root)).toEqual(['a.js', 'index.js', 'lib/a.js', 'node_modules/tool/cli.js']);
  });

  test('a function may be one', async () => {
    const root = await appFolder('linked-function', {
      'manifest.json': content['manifest.json'],
      'build/go/index.js': '',
    });
    await symlink('build/go', join(root, 'go'));
    expect(await namesIn(root)).toEqual(['index.js']);
  });

  test.each([
    ['../../outside', 'is a link to ../../outside, outside the folder of the app'],
    ['nowhere', 'is a link to nowhere, which does not exist'],
    ['link', 'is a link to link, which leads back to it'],
    ['..', 'is a link to a folder that it is in'],
    ['../pipe', 'is a link to ../pipe, which is neither a file nor a folder'],
  ])('to %s are refused', async (target, problem) => {
    const root = await appFolder(`refused-link-${target.replaceAll(/\W/g, '_')}`, content);
    await mkdir(join(folder, 'outside'), { recursive: true });
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await symlink(target, join(root, 'go/link'));
    await expect(packageApp(root, undefined, Date.now())).rejects.toMatchObject({
      code: 'INVALID_BUNDLE',
      message: expect.stringMatching(new RegExp(`^${root}/go.* ${problem}$`)),
    });
  });

  test('to what is no part of the app do not matter', async () => {
    const root = await appFolder('link-beside', content);
    await symlink('/nowhere', join(root, 'link'));
    expect(await namesIn(root)).toEqual(['index.js']);
  });
});

test('a function may have more files than a call has arguments', { timeout: 60_000 }, async () => {
  const root = await appFolder('many', { 'manifest.json': JSON.stringify(manifest()), 'go/index.js': '' });
  const some = join(root, 'some');
  await mkdir(some);
  for (let index = 0; index < 1000; index++) await writeFile(join(some, `${index}`), '');
  for (let index = 0; index < 130; index++) await symlink('../some', join(root, `go/${index}`));
  const app = await AppFolder.open(root);
  const go = (await app.list()).find(({ name }) => name === 'go');
  expect(go && (await app.findFiles(go))).toHaveLength(130_001);
});

describe('the file that is written', () => {
  const write = (output: string) => packageApp(EXAMPLE, output, Date.now());

  test.runIf(process.platform === 'linux')('is never a pipe or a device', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const output of [pipe, '/dev/null']) {
      await expect(write(output)).rejects.toMatchObject({
        code: 'USAGE',
        message: `cannot write ${output}: it is not a regular file`,
      });
    }
    expect((await lstat(pipe)).isFIFO()).toBe(true);
    expect((await lstat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  test('keeps the permissions that it had', async () => {
    const output = join(folder, 'private.zip');
    await writeFile(output, '', { mode: 0o600 });
    const { bytes } = await write(output);
    const { mode, size } = await lstat(output);
    expect({ mode: mode & 0o777, size }).toEqual({ mode: 0o600, size: bytes });
  });

  test.each(['old', undefined])('is what a link leads to, be it there or not', async (before) => {
    const target = join(folder, `target-${before}.zip`);
    const link = join(folder, `link-${before}.zip`);
    if (before !== undefined) await writeFile(target, before);
    await symlink(`target-${before}.zip`, link);
    const { file, bytes } = await write(link);
    expect(file).toBe(link);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect((await lstat(target)).size).toBe(bytes);
  });

  test('is not packed, even where the app has its assets', async () => {
    const root = join(folder, 'into-itself');
    await cp(EXAMPLE, root, { recursive: true });
    const output = join(root, 'static/out.zip');
    const sizes = [];
    for (let run = 0; run < 3; run++) sizes.push((await packageApp(root, output, Date.now())).bytes);
    expect(new Set(sizes).size).toBe(1);
  });

  test('is not packed either where its name is that of the app', async () => {
    const root = join(folder, 'into-itself-by-default');
    await cp(EXAMPLE, root, { recursive: true });
    const lines = [];
    for (let run = 0; run < 3; run++)
      lines.push((await runCli(['aws', 'package', '..'], {}, join(root, 'static'))).stdout);
    expect(new Set(lines)).toEqual(new Set(['hello-serverless_v1.2.0.zip (3600 bytes)\n']));
  });
});

test('files that usually hold secrets are packed with a warning', async () => {
  const root = await appFolder('secrets', {
    'manifest.json': JSON.stringify(manifest()),
    'go/index.js': '',
    'go/.npmrc': '//registry.npmjs.org/:_authToken=x',
    'static/.env': 'PASSWORD=x',
  });
  const { findings } = await packageApp(root, join(folder, 'secrets.zip'), Date.now());
  expect(findings.map(({ severity, location, message }) => `${severity}: ${location} ${message}`)).toEqual([
    'warning: go/.npmrc is packed, and files like it usually hold secrets',
    'warning: static/.env is packed, and files like it usually hold secrets',
  ]);
});

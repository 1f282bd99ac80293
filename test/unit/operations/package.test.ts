import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import JSZip from 'jszip';
import { describe, expect, test } from 'vitest';
import { AppsctlError } from '../../../src/core/diagnostics/error.js';
import { NO_APP_SETTINGS } from '../../../src/core/settings/app-settings.js';
import { type PackageResult, preparePackage } from '../../../src/operations/package.js';
import { functionArchive, manifest } from '../../support/bundle.js';
import { runCli } from '../../support/cli.js';
import { EXAMPLE } from '../../support/environment.js';
import { BUNDLE, FINDING, functionField } from '../../support/messages/bundle.js';
import { errorOutput } from '../../support/messages/output.js';
import { tempFolder } from '../../support/temp-folder.js';

const folder = await tempFolder();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function packageApp(path: string, output: string | undefined, now: number): Promise<PackageResult> {
  const context = { settings: NO_APP_SETTINGS, onEvent: () => {} };
  const prepared = await preparePackage(path, output, now, context);
  return prepared.write();
}

/** What is printed for the example app. */
const PACKAGED_EXAMPLE = `function          files  unpacked  packed
hello-serverless      2    4.7 kB  2.0 kB
${BUNDLE.packaged('hello-serverless_v1.2.0.zip', '3.6 kB')}`;

/** Creates the folder of an app with these files. */
async function createFolder(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const root = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

/** The rules, messages and fixes of the errors for which a folder is refused. */
async function packageErrors(root: string): Promise<string[]> {
  const error: unknown = await packageApp(root, undefined, Date.now()).catch((thrown: unknown) => thrown);
  if (!(error instanceof AppsctlError)) throw error;
  const errors = error.findings.filter(({ severity }) => severity === 'error');
  return errors.map(({ rule, location, message, fix }) => `${rule} ${location}: ${message} (${fix})`);
}

describe('aws package', () => {
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

  test('gives the same bytes regardless of the times and modes of the files', async () => {
    const copy = join(folder, 'copy');
    await cp(EXAMPLE, copy, { recursive: true });
    const index = join(copy, 'hello-serverless/index.js');
    await chmod(index, 0o700);
    await utimes(index, new Date(0), new Date(0));
    await writeFile(join(copy, '.DS_Store'), 'ignored');
    const original = await packageApp(EXAMPLE, join(folder, 'original.zip'), Date.now());
    const changed = await packageApp(copy, join(folder, 'changed.zip'), Date.now());
    expect(await readFile(changed.file)).toEqual(await readFile(original.file));
    // A fixed value: other machines and other versions of libraries must give the same bytes.
    expect(sha256(await readFile(original.file))).toBe(
      '978a8287946dcf22a86cac640b9b7d804202d7c07987b5080c705ed1e6caa6f3',
    );
  });

  test('creates the layout of a bundle', async () => {
    const { file } = await packageApp(EXAMPLE, join(folder, 'layout.zip'), Date.now());
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

  test('writes a bundle with the name of the app to the current folder', async () => {
    const here = join(folder, 'here');
    await mkdir(here);
    expect(await runCli(['aws', 'package', EXAMPLE], {}, here)).toMatchObject({
      code: 0,
      stdout: PACKAGED_EXAMPLE,
    });
    expect(await readdir(here)).toEqual(['hello-serverless_v1.2.0.zip']);
  });

  test('prints only the name of the bundle with --quiet, for $(…)', async () => {
    const root = await createFolder('quiet', { 'manifest.json': app(), ...code, 'README.md': '' });
    const output = join(folder, 'quiet.zip');
    for (const flag of ['-q', '--quiet'])
      expect(await runCli(['aws', 'package', root, '-o', output, flag])).toEqual({
        code: 0,
        stdout: `${output}\n`,
        stderr: '',
      });
  });

  test('prints everything with --json', async () => {
    const root = await createFolder('json', {
      'manifest.json': app(),
      ...code,
      'README.md': '',
      'a.txt': '',
    });
    const output = join(folder, 'json.zip');
    const { stdout, stderr } = await runCli(['aws', 'package', root, '-o', output, '--json']);
    const bytes = await readFile(output);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      file: output,
      bytes: bytes.length,
      sha256: sha256(bytes),
      functions: [{ name: 'go', files: 1, bytes: 0, packedBytes: 114 }],
      leftOut: ['README.md', 'a.txt'],
      // What most apps have is not worth a note.
      findings: [{ rule: 'package/left-out', severity: 'note', location: root, message: 'left out: a.txt' }],
    });
  });

  test('does not accept --json together with --quiet', async () => {
    const { code: exitCode, stdout, stderr } = await runCli(['aws', 'package', EXAMPLE, '--json', '--quiet']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^error: option '-q, --quiet' cannot be used with option '--json'/);
  });

  test('does not name the current folder in findings', async () => {
    const root = await createFolder('current', { 'manifest.json': app(), ...code, 'a.txt': '' });
    const output = join(folder, 'current.zip');
    const { stderr } = await runCli(['aws', 'package', '.', '-o', output], {}, root);
    expect(stderr).toBe('note: left out: a.txt [package/left-out]\n');
    await writeFile(join(root, 'manifest.json'), app().replace('index.handler', 'other.handler'));
    const failed = await runCli(['aws', 'package', '.', '-o', output], {}, root);
    expect(failed.stderr).toMatch(/^error: go\.zip: has no other\.js, /);
  });

  test('writes nothing when the bundle is not valid', async () => {
    const root = await createFolder('invalid', {
      'manifest.json': JSON.stringify(manifest({ app_id: 'x' })),
      'go/index.js': '',
    });
    const { code, stderr } = await runCli(['aws', 'package', root, '-o', join(folder, 'invalid.zip')]);
    expect(stderr).toBe(
      errorOutput(
        BUNDLE.only(root, 'app_id', '"x" has 1 byte', 'manifest/app-id'),
        'use 3 to 32 bytes, such as com.example.app',
      ),
    );
    expect(code).toBe(2);
    expect(await readdir(folder)).not.toContain('invalid.zip');
  });

  test('leaves out what is not part of the app, with one note', async () => {
    const root = await createFolder('crowded', {
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
    const { file, findings, leftOut } = await packageApp(root, join(folder, 'crowded.zip'), Date.now());
    const bundle = await JSZip.loadAsync(await readFile(file));
    expect(Object.keys(bundle.files)).toEqual(['go.zip', 'manifest.json', 'static/.well-known/x']);
    const inner = await JSZip.loadAsync((await bundle.file('go.zip')?.async('nodebuffer')) ?? '');
    expect(Object.keys(inner.files)).toEqual(['.hidden', 'index.js']);
    expect(leftOut).toEqual([
      '.env',
      '.vscode/',
      'README.md',
      'com.example.test_1.0.0.zip',
      'going/',
      'link',
      'node_modules/',
      'package.json',
    ]);
    expect(findings).toMatchObject([
      {
        rule: 'package/left-out',
        severity: 'note',
        location: root,
        message: 'left out: .env, going/, link',
      },
    ]);
  });

  test.each<[string, Record<string, string>, string]>([
    [
      'go/ and go.zip',
      { ...code, 'go.zip': '' },
      'package/duplicate-code aws_lambda.functions[0].name: function go has both go/ and go.zip (remove one of them)',
    ],
    [
      'go/ and go.jar',
      { ...code, 'go.jar': '' },
      'package/duplicate-code aws_lambda.functions[0].name: function go has both go/ and go.jar (remove one of them)',
    ],
    [
      'go.zip and go.jar',
      { 'go.zip': '', 'go.jar': '' },
      'package/duplicate-code aws_lambda.functions[0].name: function go has both go.jar and go.zip (remove one of them)',
    ],
    [
      'a file static',
      { ...code, static: '' },
      'package/layout static: is not a folder (put the assets into a folder static/)',
    ],
    [
      'no code',
      {},
      'package/no-code aws_lambda.functions[0].name: function go has no code in the folder (add the folder go/ or the archive go.zip, or say in appsctl.json where the code is)',
    ],
    [
      'Go/',
      { 'Go/index.js': '' },
      'package/no-code aws_lambda.functions[0].name: function go has no code in the folder (rename Go to go: case matters)',
    ],
    [
      'GO.ZIP',
      { 'GO.ZIP': '' },
      'package/no-code aws_lambda.functions[0].name: function go has no code in the folder (rename GO.ZIP to go.zip: case matters)',
    ],
  ])('refuses a folder with %s', async (name, files, expected) => {
    const root = await createFolder(`refused-${name.replaceAll(/\W/g, '_')}`, {
      'manifest.json': app(),
      ...files,
    });
    expect(await packageErrors(root)).toEqual([expected]);
  });

  test.each<[string, string]>([
    [
      'static',
      'package/no-code aws_lambda.functions[0].name: function static has no code in the folder (add the archive static.zip, or say in appsctl.json where the code is)',
    ],
    [
      'a/b',
      'package/no-code aws_lambda.functions[0].name: function a/b has a slash in its name, which AWS Lambda does not allow (rename the function)',
    ],
  ])('refuses the function %s, whose code cannot be a folder', async (name, expected) => {
    const root = await createFolder(`named-${name.replace('/', '_')}`, {
      'manifest.json': app([name]),
      [`${name}/index.js`]: '',
    });
    expect(await packageErrors(root)).toEqual([expected]);
  });

  test('refuses a folder whose manifest is not valid', async () => {
    const root = await createFolder('manifest-json', { ...code, 'manifest.json': '{' });
    await expect(packageApp(root, undefined, Date.now())).rejects.toMatchObject({
      findings: [{ rule: 'manifest/json', location: 'manifest.json' }],
    });
    const folderRoot = await createFolder('manifest-folder', { ...code, 'manifest.json/x': '' });
    expect(await packageErrors(folderRoot)).toEqual([
      'package/layout manifest.json: is not a file (replace it with the manifest)',
    ]);
  });

  test.each([
    ['README.md', 'name a folder with manifest.json, static/ and a folder or archive for each function'],
    ['Manifest.json', 'rename Manifest.json to manifest.json: case matters'],
  ])('refuses a folder without manifest.json, but with %s', async (name, hint) => {
    const root = await createFolder(`without-manifest-${name}`, { ...code, [name]: '' });
    await expect(packageApp(root, undefined, Date.now())).rejects.toMatchObject({
      code: 'INVALID_BUNDLE',
      message: `no manifest.json in ${root}`,
      hint,
      findings: [{ rule: 'manifest/missing' }],
    });
  });

  test.each([
    ['an ID with a slash', { app_id: 'a/b' }, 'manifest/app-id'],
    ['an ID with a NUL character', { app_id: 'a\0b' }, 'manifest/app-id'],
    ['a version of 300 characters', { version: '1'.repeat(300) }, 'manifest/version'],
  ])('refuses %s, which no file could have in its name', async (name, fields, rule) => {
    const root = await createFolder(`named-after-${name}`, {
      'manifest.json': JSON.stringify(manifest(fields)),
      ...code,
    });
    await expect(packageApp(root, undefined, Date.now())).rejects.toMatchObject({
      code: 'INVALID_BUNDLE',
      findings: expect.arrayContaining([expect.objectContaining({ rule })]),
    });
  });

  test('refuses functions with the same Lambda name', async () => {
    const root = await createFolder('one-name', {
      'manifest.json': app(['a b', 'a-b']),
      'a b/index.js': '',
      'a-b/index.js': '',
    });
    await expect(packageApp(root, undefined, Date.now())).rejects.toMatchObject({
      message: BUNDLE.only(
        root,
        functionField(1, 'name'),
        FINDING.sameLambdaName('a-b', 'a b', 'com-example-test_1-0-0_a-b'),
      ),
    });
  });

  test.runIf(process.platform === 'linux')(
    'names a file that cannot be read, and does not wait for it',
    async () => {
      const root = await createFolder('unreadable', { 'manifest.json': app(), ...code });
      execFileSync('mkfifo', [join(root, 'go/package.json')]);
      expect(await packageErrors(root)).toEqual([
        'package/unreadable go/package.json: cannot be read: it is not a regular file (make it readable, or move it out of the folder)',
      ]);
    },
  );

  test.runIf(process.platform === 'linux')('names a file whose name is not UTF-8', async () => {
    const root = await createFolder('latin1', { 'manifest.json': app(), ...code, 'static/a': '' });
    await writeFile(Buffer.concat([Buffer.from(`${root}/static/caf`), Buffer.from([0xe9])]), '');
    expect(await packageErrors(root)).toEqual([
      'package/unreadable static/caf\u00e9: has a name that is not UTF-8 (rename it)',
    ]);
  });

  test.each([
    ['nowhere/out.zip', 'USAGE', /out\.zip: its folder does not exist$/],
    ['original.zip/out.zip', 'USAGE', /out\.zip: a part of its path is not a folder$/],
    ['here', 'USAGE', /here: it is a folder$/],
    [`${'x'.repeat(300)}.zip`, 'OUTPUT', /x\.zip: its name is too long$/],
  ])('does not write to %s', async (output, code, message) => {
    await expect(packageApp(EXAMPLE, join(folder, output), Date.now())).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: 'write to another file with output',
    });
  });

  test.each([
    ['no-such-folder', /no-such-folder cannot be read: it does not exist$/],
    ['original.zip', /original\.zip cannot be read: it is not a folder$/],
  ])('refuses %s instead of a folder', async (name, message) => {
    await expect(packageApp(join(folder, name), undefined, Date.now())).rejects.toThrow(message);
  });
});

describe('links', () => {
  const content = { 'manifest.json': JSON.stringify(manifest()), 'go/index.js': 'exports.handler = 1' };
  const packagedNames = async (root: string): Promise<string[]> => {
    const { file } = await packageApp(root, join(folder, 'links.zip'), Date.now());
    const bundle = await JSZip.loadAsync(await readFile(file));
    const inner = await JSZip.loadAsync((await bundle.file('go.zip')?.async('nodebuffer')) ?? '');
    return Object.keys(inner.files);
  };

  test('inside the folder are packaged as what they point to, except those to commands', async () => {
    const root = await createFolder('links', {
      ...content,
      'common/lib/a.js': '1',
      'go/node_modules/tool/cli.js': '2',
    });
    await symlink('../common/lib', join(root, 'go/lib'));
    await symlink('../common/lib/a.js', join(root, 'go/a.js'));
    await mkdir(join(root, 'go/node_modules/.bin'));
    await symlink('../tool/cli.js', join(root, 'go/node_modules/.bin/tool'));
    expect(await packagedNames(root)).toEqual(['a.js', 'index.js', 'lib/a.js', 'node_modules/tool/cli.js']);
  });

  test('may be functions', async () => {
    const root = await createFolder('linked-function', {
      'manifest.json': content['manifest.json'],
      'build/go/index.js': '',
    });
    await symlink('build/go', join(root, 'go'));
    expect(await packagedNames(root)).toEqual(['index.js']);
  });

  test.each([
    ['../../outside', 'is a link to ../../outside, outside the folder of the app'],
    ['nowhere', 'is a link to nowhere, which does not exist'],
    ['link', 'is a link to link, which points back to it'],
    ['..', 'is a link to a folder that contains it'],
    ['../pipe', 'is a link to ../pipe, which is neither a file nor a folder'],
  ])('to %s are refused', async (target, problem) => {
    const root = await createFolder(`refused-link-${target.replaceAll(/\W/g, '_')}`, content);
    await mkdir(join(folder, 'outside'), { recursive: true });
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await symlink(target, join(root, 'go/link'));
    const [found, ...others] = await packageErrors(root);
    expect(found).toMatch(
      new RegExp(`^package/link go/link\\S*: ${problem} \\(replace the link with .*\\)$`),
    );
    expect(others).toEqual([]);
  });

  test('that are not part of the app are ignored', async () => {
    const root = await createFolder('link-beside', content);
    await symlink('/nowhere', join(root, 'link'));
    expect(await packagedNames(root)).toEqual(['index.js']);
  });
});

test('a function may have more files than a call may have arguments', { timeout: 60_000 }, async () => {
  const root = await createFolder('many', { 'manifest.json': JSON.stringify(manifest()), 'go/index.js': '' });
  const some = join(root, 'some');
  await mkdir(some);
  for (let index = 0; index < 1000; index++) await writeFile(join(some, `${index}`), '');
  for (let index = 0; index < 130; index++) await symlink('../some', join(root, `go/${index}`));
  const { functions } = await packageApp(root, join(folder, 'many.zip'), Date.now());
  expect(functions).toMatchObject([{ name: 'go', files: 130_001, bytes: 0 }]);
});

describe('the file that is written', () => {
  const write = (output: string) => packageApp(EXAMPLE, output, Date.now());

  test.runIf(process.platform === 'linux')('is not a pipe or a device', async () => {
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

  test('keeps its permissions', async () => {
    const output = join(folder, 'private.zip');
    await writeFile(output, '', { mode: 0o600 });
    const { bytes } = await write(output);
    const { mode, size } = await lstat(output);
    expect({ mode: mode & 0o777, size }).toEqual({ mode: 0o600, size: bytes });
  });

  test.each(['old', undefined])('is what a link points to, with content %j', async (before) => {
    const target = join(folder, `target-${before}.zip`);
    const link = join(folder, `link-${before}.zip`);
    if (before !== undefined) await writeFile(target, before);
    await symlink(`target-${before}.zip`, link);
    const { file, bytes } = await write(link);
    expect(file).toBe(link);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect((await lstat(target)).size).toBe(bytes);
  });

  test('does not replace a file of the app that is not a .zip file', async () => {
    const root = await createFolder('output-is-source', {
      'manifest.json': JSON.stringify(manifest()),
      'go/index.js': 'code',
    });
    for (const name of ['go/index.js', 'manifest.json']) {
      await expect(packageApp(root, join(root, name), Date.now())).rejects.toMatchObject({
        code: 'USAGE',
        message: `cannot write ${join(root, name)}: it is a file of the app, and not a .zip file`,
      });
    }
    expect(await readFile(join(root, 'go/index.js'), 'utf8')).toBe('code');
  });

  test('is not packaged, even in the folder of the assets', async () => {
    const root = join(folder, 'into-itself');
    await cp(EXAMPLE, root, { recursive: true });
    const output = join(root, 'static/out.zip');
    const sizes = [];
    for (let run = 0; run < 3; run++) sizes.push((await packageApp(root, output, Date.now())).bytes);
    expect(new Set(sizes).size).toBe(1);
  });

  test('is not taken for the archive of a function, which it would replace', async () => {
    const root = await createFolder('output-is-code', { 'manifest.json': JSON.stringify(manifest()) });
    const archive = join(root, 'go.zip');
    const code = await functionArchive();
    await writeFile(archive, code);
    await expect(packageApp(root, archive, Date.now())).rejects.toMatchObject({ code: 'INVALID_BUNDLE' });
    expect(await readFile(archive)).toEqual(code);
  });

  test('may have the name of a function that is a folder, each time', async () => {
    const root = await createFolder('output-like-code', {
      'manifest.json': JSON.stringify(manifest()),
      'go/index.js': '',
    });
    const output = join(root, 'go.zip');
    const first = await readFile((await packageApp(root, output, Date.now())).file);
    expect(await readFile((await packageApp(root, output, Date.now())).file)).toEqual(first);
  });

  test('is not packaged with its default name either', async () => {
    const root = join(folder, 'into-itself-by-default');
    await cp(EXAMPLE, root, { recursive: true });
    const lines = [];
    for (let run = 0; run < 3; run++)
      lines.push((await runCli(['aws', 'package', '..'], {}, join(root, 'static'))).stdout);
    expect(new Set(lines)).toEqual(new Set([PACKAGED_EXAMPLE]));
  });
});

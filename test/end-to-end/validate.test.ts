import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { functionArchive, manifest, writeBundle, zip } from '../support/bundle.js';
import { runCli } from '../support/cli.js';
import {
  BUNDLE,
  FILE_KIND,
  FINDING,
  FIX,
  functionField,
  validationSummary,
  ZIP,
} from '../support/messages/bundle.js';
import { ANY, errorOutput, findingText, matching, warningLine } from '../support/messages/output.js';
import { FILE } from '../support/messages/usage.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = await tempFolder();

describe('aws validate', () => {
  test('of a valid bundle reports that it can be deployed', async () => {
    const bundle = await writeBundle(folder, manifest(), { 'static/a.txt': 'a', 'notes.txt': '' });
    expect(await runCli(['aws', 'validate', bundle])).toEqual({
      code: 0,
      stdout: `note: ${findingText('notes.txt', FINDING.ignored, undefined, 'zip/ignored-entry')}\n${validationSummary(bundle, true, '0 errors', '0 warnings', '1 note')}`,
      stderr: '',
    });
  });

  test('reports all problems of zip, manifest and archives together', async () => {
    const functions = [
      { path: '/', name: 'go', handler: 'app.handler', runtime: 'nodejs22.x' },
      { path: '/b', name: 'b.b', handler: 'index.handler', runtime: 'go1.x' },
    ];
    const bundle = await writeBundle(folder, manifest({ aws_lambda: { functions } }), {
      'b.b.zip': 'not a zip',
    });
    const { code, stdout, stderr } = await runCli(['aws', 'validate', bundle]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    const findings = [
      `error: ${findingText(functionField(1, 'name'), FINDING.lambdaName('b.b', 'com-example-test_1-0-0_b.b'), FIX.lambdaName, 'aws/function-name')}`,
      `error: ${findingText('go.zip', FINDING.noEntryPoint('app.js', 'app.handler'), ANY, 'function/entry-point')}`,
      `error: ${findingText('b.b.zip', FINDING.invalidZip(ZIP.noEnd), ANY, 'zip/invalid')}`,
      `error: ${findingText(functionField(1, 'runtime'), `${FINDING.retiredRuntime('b.b', 'go1.x')}${ANY}`)}`,
    ];
    const summary = validationSummary(bundle, false, '4 errors', '0 warnings', '0 notes');
    expect(stdout).toMatch(matching(`${findings.join('\n')}\n${summary}`));
  });

  test('refuses two functions with the same Lambda name; generate-terraform-data warns', async () => {
    const functions = ['a b', 'a-b'].map((name) => ({
      path: `/${name}`,
      name,
      handler: 'index.handler',
      runtime: 'nodejs22.x',
    }));
    const bundle = await writeBundle(folder, manifest({ aws_lambda: { functions } }));
    const message = FINDING.sameLambdaName('a-b', 'a b', 'com-example-test_1-0-0_a-b');
    const finding = findingText(
      functionField(1, 'name'),
      message,
      FIX.renameFunction,
      'aws/duplicate-function-name',
    );
    const { code, stdout } = await runCli(['aws', 'validate', bundle]);
    expect(stdout).toContain(`error: ${finding}\n`);
    expect(code).toBe(2);
    expect(await runCli(['generate-terraform-data', bundle])).toMatchObject({
      code: 0,
      stderr: warningLine(`${bundle}: ${finding}`),
    });
  });

  test('refuses an app that no server can install; generate-terraform-data does not', async () => {
    const bundle = await writeBundle(folder, manifest({ app_id: 'appsbot', icon: '/icon.png' }), {
      'static/icon.png': 'icon',
    });
    const { code, stdout } = await runCli(['aws', 'validate', bundle]);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      `error: ${findingText('app_id', FINDING.botUsername('appsbot', 'the Apps plugin'), FIX.otherId, 'install/app-id')}`,
      `error: ${findingText('icon', FINDING.iconNotFound('/icon.png'), FIX.iconAsWritten('icon.png'), 'install/icon')}`,
    ]);
    expect(code).toBe(2);
    const { stdout: data, ...rest } = await runCli(['generate-terraform-data', bundle]);
    expect(rest).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(data)).toMatchObject({ manifest_key: 'manifests/appsbot_1.0.0.json' });
  });

  test('--json prints the findings as JSON, safe for a terminal', async () => {
    const bundle = await writeBundle(folder, manifest({ app_id: 'x\u001b\u202e' }));
    const { code, stdout, stderr } = await runCli(['aws', 'validate', '--json', bundle]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect([...stdout].filter((char) => char === '\u001b' || char === '\u202e')).toEqual([]);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      file: bundle,
      valid: false,
      findings: [
        {
          rule: 'manifest/app-id',
          severity: 'error',
          location: 'app_id',
          message: 'must not contain "\\u001b", "\u202e"',
          fix: 'use letters, digits, "-", "_" and "."',
        },
      ],
    });
  });

  test.each<[string, string | Uint8Array, string]>([
    ['nothing', '', FINDING.notZip(FILE_KIND.empty)],
    ['a web page', '\n<!DOCTYPE html><html>404</html>', FINDING.notZip(FILE_KIND.webPage)],
    [
      'a tar file',
      Buffer.concat([Buffer.alloc(257, 'x'), Buffer.from('ustar\0'), Buffer.alloc(500)]),
      FINDING.notZip(FILE_KIND.tar),
    ],
    ['a gzip file', Buffer.from([0x1f, 0x8b, 8, 0]), FINDING.notZip(FILE_KIND.gzip)],
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1\n',
      FINDING.notZip(FILE_KIND.lfsPointer),
    ],
    ['a manifest', '{"app_id": "x"}', FINDING.notZip(FILE_KIND.json)],
    ['anything else', 'hello', FINDING.invalidZip(ZIP.noEnd)],
  ])('explains what %s is', async (name, content, message) => {
    const file = join(folder, `${name}.zip`);
    await writeFile(file, content);
    const { code, stdout } = await runCli(['aws', 'validate', file]);
    expect(stdout.split('\n')[0]).toBe(
      `error: ${findingText(file, message, FIX.rebuildBundle, 'zip/invalid')}`,
    );
    expect(code).toBe(2);
  });

  test.each([
    [
      'a link out of the folder',
      'package/link',
      'go/x',
      (root: string) => symlink('/etc/hosts', join(root, 'go/x')),
    ],
    [
      'code that cannot be bundled',
      'package/bundling',
      'go/index.ts',
      async (root: string) => {
        await rm(join(root, 'go/index.js'));
        await writeFile(join(root, 'go/index.ts'), '');
      },
    ],
  ])('--json reports %s, which ends the packaging', async (name, rule, location, change) => {
    const root = join(folder, name);
    await mkdir(join(root, 'go'), { recursive: true });
    await writeFile(join(root, 'manifest.json'), JSON.stringify(manifest()));
    await writeFile(join(root, 'go/index.js'), '');
    await change(root);
    const { code, stdout, stderr } = await runCli(['aws', 'validate', root, '--json']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      findings: [{ rule, severity: 'error', location }],
    });
  });

  test('refuses a pipe, and a file that does not exist', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const missing = join(folder, 'none.zip');
    for (const [file, message] of [
      [pipe, 'is a pipe, from which no bundle can be read'],
      [missing, `cannot be read: ${FILE.missing}`],
    ] as const) {
      const { code, stdout, stderr } = await runCli(['aws', 'validate', file]);
      expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
      expect(stdout).toContain(`error: ${findingText(file, message)}`);
      expect(stdout).toContain(validationSummary(file, false, '1 error', '0 warnings', '0 notes'));
      const json = await runCli(['aws', 'validate', '--json', file]);
      expect({ ...json, stdout: JSON.parse(json.stdout) }).toMatchObject({
        code: 2,
        stderr: '',
        stdout: {
          ...{ version: 1, file, valid: false },
          findings: [{ rule: 'bundle/unreadable', severity: 'error', location: file, message }],
        },
      });
    }
    expect(await runCli(['generate-terraform-data', missing])).toEqual({
      code: 2,
      stdout: '',
      stderr: errorOutput(`${BUNDLE.unreadable(missing, FILE.missing)} [bundle/unreadable]`),
    });
  });

  test('--migrate-runtimes accepts a function with go1.x that can be migrated', async () => {
    const functions = [{ path: '/', name: 'go', handler: 'app', runtime: 'go1.x' }];
    const bundle = await writeBundle(folder, manifest({ aws_lambda: { functions } }), {
      'go.zip': await zip({ app: 'AWS_LAMBDA_RUNTIME_API' }),
    });
    const refused = await runCli(['aws', 'validate', bundle]);
    expect(refused.stdout).toContain(`error: ${functionField(0, 'runtime')}: `);
    expect(refused.stdout).toContain(FIX.migrate('--migrate-runtimes'));
    expect(refused.code).toBe(2);
    const { code, stdout } = await runCli(['aws', 'validate', '--migrate-runtimes', bundle]);
    expect(stdout).toContain(
      `warning: ${findingText(functionField(0, 'runtime'), FINDING.migrated('go', 'go1.x'))}`,
    );
    expect(code).toBe(0);
  });

  test('reads function archives that are compressed in the bundle', async () => {
    const archive = await zip({ 'other.js': 'x'.repeat(2_000_000) });
    const bundle = await writeBundle(folder, manifest(), { 'go.zip': archive });
    expect((await runCli(['aws', 'validate', bundle])).stdout).toContain(
      `error: ${findingText('go.zip', FINDING.noEntryPoint('index.js', 'index.handler'))}`,
    );
    const valid = await writeBundle(folder, manifest(), { 'go.zip': await functionArchive() });
    expect((await runCli(['aws', 'validate', valid])).code).toBe(0);
  });
});

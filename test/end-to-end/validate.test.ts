import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { functionArchive, manifest, writeBundle, zip } from '../support/bundle.js';
import { runCli } from '../support/cli.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = await tempFolder();

describe('aws validate', () => {
  test('of a valid bundle reports that it can be deployed', async () => {
    const bundle = await writeBundle(folder, manifest(), { 'static/a.txt': 'a', 'notes.txt': '' });
    expect(await runCli(['aws', 'validate', bundle])).toEqual({
      code: 0,
      stdout: `note: notes.txt: is ignored: it is neither a function archive nor below static/\n${bundle} can be deployed: 0 errors, 0 warnings, 1 note\n`,
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
    expect(stdout.split('\n').map((line) => line.slice(0, 100))).toEqual([
      'error: aws_lambda.functions[1].name: function b.b has the Lambda name "com-example-test_1-0-0_b.b", ',
      'error: go.zip: has no app.js, where the runtime looks for the handler app.handler (add it, or correc',
      'error: b.b.zip: is not a valid zip: no end of central directory record: the file is truncated or not',
      'warning: aws_lambda.functions[1].runtime: function b.b uses runtime go1.x, which AWS no longer accep',
      expect.stringMatching(/^\/.*/),
      '',
    ]);
    expect(stdout).toContain(`${bundle} cannot be deployed: 3 errors, 1 warning, 0 notes\n`);
  });

  test('refuses two functions with the same Lambda name; generate-terraform-data warns', async () => {
    const functions = ['a b', 'a-b'].map((name) => ({
      path: '/',
      name,
      handler: 'index.handler',
      runtime: 'nodejs22.x',
    }));
    const bundle = await writeBundle(folder, manifest({ aws_lambda: { functions } }));
    const finding =
      'aws_lambda.functions[1].name: function a-b has the same Lambda name as a b: com-example-test_1-0-0_a-b (rename one of them)';
    const { code, stdout } = await runCli(['aws', 'validate', bundle]);
    expect(stdout).toContain(`error: ${finding}\n`);
    expect(code).toBe(2);
    expect(await runCli(['generate-terraform-data', bundle])).toMatchObject({
      code: 0,
      stderr: `warning: ${bundle}: ${finding}\n`,
    });
  });

  test('refuses an app that no server can install; generate-terraform-data does not', async () => {
    const bundle = await writeBundle(folder, manifest({ app_id: 'appsbot', icon: '/icon.png' }), {
      'static/icon.png': 'icon',
    });
    const { code, stdout } = await runCli(['aws', 'validate', bundle]);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'error: app_id: "appsbot" is the username of the bot of the Apps plugin, which the app would take over (choose another id)',
      'error: icon: "/icon.png" is not an asset of the bundle: the app cannot be installed without its icon (write "icon.png": the path is used as written)',
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
    ['nothing', '', 'is not a zip file: it is empty'],
    [
      'a web page',
      '\n<!DOCTYPE html><html>404</html>',
      'is not a zip file: it looks like a web page, such as the response to a failed download',
    ],
    [
      'a tar file',
      Buffer.concat([Buffer.alloc(257, 'x'), Buffer.from('ustar\0'), Buffer.alloc(500)]),
      'is not a zip file: it looks like a tar file',
    ],
    [
      'a gzip file',
      Buffer.from([0x1f, 0x8b, 8, 0]),
      'is not a zip file: it looks like a gzip file, such as a .tar.gz',
    ],
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1\n',
      'is not a zip file: it looks like a Git LFS pointer: the file itself was not fetched',
    ],
    ['a manifest', '{"app_id": "x"}', 'is not a zip file: it looks like a JSON file'],
    [
      'anything else',
      'hello',
      'is not a valid zip: no end of central directory record: the file is truncated or not a zip',
    ],
  ])('explains what %s is', async (name, content, message) => {
    const file = join(folder, `${name}.zip`);
    await writeFile(file, content);
    const { code, stdout } = await runCli(['aws', 'validate', file]);
    expect(stdout.split('\n')[0]).toBe(
      `error: ${file}: ${message} (rebuild the bundle, or download it again)`,
    );
    expect(code).toBe(2);
  });

  test('refuses a folder, and a file that does not exist', async () => {
    expect(await runCli(['aws', 'validate', folder])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`error: ${folder} is a folder, not a bundle\n`),
    });
    expect(await runCli(['aws', 'validate', join(folder, 'none.zip')])).toMatchObject({
      code: 2,
      stderr: `error: cannot read the bundle ${join(folder, 'none.zip')}: it does not exist\n`,
    });
  });

  test('reads function archives that are compressed in the bundle', async () => {
    const archive = await zip({ 'other.js': 'x'.repeat(2_000_000) });
    const bundle = await writeBundle(folder, manifest(), { 'go.zip': archive });
    expect((await runCli(['aws', 'validate', bundle])).stdout).toContain('error: go.zip: has no index.js');
    const valid = await writeBundle(folder, manifest(), { 'go.zip': await functionArchive() });
    expect((await runCli(['aws', 'validate', valid])).code).toBe(0);
  });
});

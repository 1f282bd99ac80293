import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { writeBundle } from '../support/bundle.js';
import { runCli } from '../support/cli.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = await tempFolder();
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

describe('the command line', () => {
  test('prints its version', async () => {
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each([[[]], [['aws']], [['aws', 'test']], [['terraform']]])(
    '%j alone prints help to standard error and fails',
    async (args) => {
      const { code, stdout, stderr } = await runCli(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^Usage: appsctl/);
    },
  );

  test.each([
    ['--help'],
    ['aws init --help'],
    ['aws deploy --help'],
    ['aws package --help'],
    ['aws test --help'],
    ['generate-terraform-data --help'],
  ])('%s prints help', async (line) => {
    const { code, stdout, stderr } = await runCli(line.split(' '));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: appsctl/);
  });

  test.each([
    ['bogus', "error: unknown command 'bogus'"],
    ['aws dploy x', "error: unknown command 'dploy'\n(Did you mean deploy?)"],
    ['aws deploy', "error: missing required argument 'bundle'"],
    ['aws deploy a b', "error: too many arguments for 'deploy'. Expected 1 argument but got 2."],
    ['aws init --bogus', "error: unknown option '--bogus'"],
    ['aws init --user', "error: option '--user <name>' argument missing"],
  ])('%s is wrong usage', async (line, message) => {
    expect(await runCli(line.split(' '))).toEqual({
      code: 2,
      stdout: '',
      stderr: `${message}\nhint: --help shows what can be written\n`,
    });
  });
});

describe('generate-terraform-data', () => {
  test('prints the same under both of its names, to standard output alone', async () => {
    const bundle = await writeBundle(folder);
    const result = await runCli(['generate-terraform-data', bundle]);
    expect(result).toEqual({
      code: 0,
      stdout:
        '{\n\t"static_files": {},\n\t"lambda_functions": {\n\t\t"go": {\n\t\t\t"name": "com-example-test_1-0-0_go",\n\t\t\t"handler": "index.handler",\n\t\t\t"runtime": "nodejs22.x"\n\t\t}\n\t},\n\t"manifest_key": "manifests/com.example.test_1.0.0.json"\n}\n',
      stderr: '',
    });
    expect(await runCli(['terraform', 'generate-data', bundle])).toEqual(result);
  });

  test('never loads the AWS SDK', async () => {
    const bundle = await writeBundle(folder);
    const { stderr } = await runCli(['generate-terraform-data', bundle], { NODE_DEBUG: 'module,esm' });
    expect(stderr).not.toMatch(/@aws-sdk|@smithy/);
  });
});

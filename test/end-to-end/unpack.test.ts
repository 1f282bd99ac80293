import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import JSZip from 'jszip';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { AppsctlError, terraformData, validate } from '../../src/index.js';
import { functionArchive, manifest, writeBundle, zip } from '../support/bundle.js';
import { runCli } from '../support/cli.js';
import { CliProcess } from '../support/cli-process.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { readTree } from '../support/folder-tree.js';
import { FINDING, FIX, functionField, UNPACK } from '../support/messages/bundle.js';
import { INTERRUPTION } from '../support/messages/deploy.js';
import { ANY, errorOutput, findingText, matching } from '../support/messages/output.js';
import { runInProcess } from '../support/run-in-process.js';

const NAME_ANOTHER = 'name a new or an empty folder with --unpack';
const COMMAND = 'generate-terraform-data';
/** The runtimes of the fixtures had not ended then. */
const clock = { now: () => Date.parse('2022-06-01'), sleep: async () => {} };

let environment: TestEnvironment;
let bundle: string;
/** A folder for this test, and one in it that does not exist. */
let parent: string;
let out: string;
let count = 0;

beforeAll(async () => {
  environment = await startEnvironment({ runner: 'in-process' });
  await environment.init();
  bundle = await environment.packageExample();
});
beforeEach(async () => {
  parent = join(environment.folder, `unpack-${++count}`);
  out = join(parent, 'out');
  await mkdir(parent);
});
afterAll(() => environment.stop());

const text = (path: string): Promise<string> => readFile(join(out, path), 'utf8');

describe('--unpack', () => {
  test('changes nothing about the output, under both names of the command', async () => {
    const plain = await runCli([COMMAND, bundle]);
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    expect(await runCli([COMMAND, bundle, '--unpack', out])).toEqual(plain);
    expect(await text('terraform-data.json')).toBe(plain.stdout);
    const tree = await readTree(out);
    expect(await runInProcess(['terraform', 'generate-data', '--unpack', out, bundle], {})).toEqual(plain);
    expect(await readTree(out)).toEqual(tree);
  });

  test('writes what a deployment uploads', async () => {
    const { lambda, s3 } = environment.clients;
    await environment.runOrThrow(['aws', 'deploy', bundle]);
    await environment.runOrThrow([COMMAND, bundle, '--unpack', out]);
    const data = JSON.parse(await text('terraform-data.json'));
    const assets = JSON.parse(await text('assets.json')) as Record<string, Record<string, unknown>>;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    const uploaded = await Promise.all(
      Contents.map(({ Key }) => s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }))),
    );
    const stored = await Promise.all(
      uploaded.map(async ({ Body, ContentType, CacheControl }, index) => ({
        ...{ key: Contents[index]?.Key, content_type: ContentType, cache_control: CacheControl },
        content: Buffer.from((await Body?.transformToByteArray()) ?? []),
      })),
    );
    const unpacked = await Promise.all(
      Object.entries(assets).map(async ([path, { sha256, size, ...asset }]) => {
        const content = await readFile(join(out, 'static', path));
        expect({ sha256, size }).toEqual({
          sha256: createHash('sha256').update(content).digest('hex'),
          size: content.length,
        });
        return { cache_control: undefined, ...asset, content };
      }),
    );
    const own = {
      ...{ key: data.manifest_key, content_type: 'application/json', cache_control: undefined },
      content: await readFile(join(out, 'manifest.json')),
    };
    expect([own, ...unpacked]).toEqual(stored.filter(({ key }) => !key?.startsWith('locks/')));
    const [[name, item]] = Object.entries(data.lambda_functions) as [[string, { name: string }]];
    const { CodeSha256 } = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: item.name }),
    );
    const archive = await readFile(join(out, 'functions', `${name}.zip`));
    expect(createHash('sha256').update(archive).digest('base64')).toBe(CodeSha256);
  });

  test('reads a bundle from a URL and from S3', async () => {
    const content = await readFile(bundle);
    const server = createServer((_, response) => void response.end(content)).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await environment.clients.s3.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: 'builds/app.zip', Body: content }),
    );
    await environment.runOrThrow([COMMAND, bundle, '--unpack', out]);
    const tree = await readTree(out);
    for (const source of [`http://127.0.0.1:${port}/app.zip`, `s3://${BUCKET}/builds/app.zip`]) {
      await rm(out, { recursive: true });
      await environment.runOrThrow([COMMAND, source, '--unpack', out]);
      expect(await readTree(out)).toEqual(tree);
    }
  });

  test('lets several processes write the same folder at once', async () => {
    const runs = [0, 1, 2].map(() => runCli([COMMAND, bundle, '--unpack', out]));
    expect((await Promise.all(runs)).map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      runs.map(() => ({ code: 0, stderr: '' })),
    );
    expect(await readdir(parent)).toEqual(['out']);
  });

  test('refuses a folder before a download', async () => {
    await writeFile(out, '');
    const url = 'https://127.0.0.1:1/app.zip';
    expect(await environment.run([COMMAND, url, '--unpack', out])).toMatchObject({
      code: 2,
      stderr: errorOutput(UNPACK.failed(out, 'it is not a folder'), NAME_ANOTHER),
    });
  });

  test('refuses what a deployment refuses, which the data alone does not', async () => {
    const functions = [{ path: '/', name: 'go', handler: 'main', runtime: 'go1.x' }];
    const old = await writeBundle(parent, manifest({ aws_lambda: { functions } }), {
      'go.zip': await zip({ main: 'AWS_LAMBDA_RUNTIME_API' }),
    });
    expect(await environment.run([COMMAND, old])).toMatchObject({ code: 0, stderr: '' });
    const refused = await environment.run([COMMAND, old, '--unpack', out]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(
      matching(
        errorOutput(
          `${ANY}${FINDING.retiredRuntime('go', 'go1.x')}${ANY}`,
          FIX.migrate('--migrate-runtimes'),
        ),
      ),
    );
    expect(await readdir(parent)).not.toContain('out');
    const migrated = await environment.run([COMMAND, old, '--unpack', out, '--migrate-runtimes']);
    expect(migrated.code).toBe(0);
    expect(migrated.stderr).toContain(
      findingText(functionField(0, 'runtime'), FINDING.migrated('go', 'go1.x')),
    );
    expect(migrated.stdout).toBe(await text('terraform-data.json'));
    expect(migrated.stdout).toContain('"runtime": "provided.al2023"');
    expect(await environment.run([COMMAND, old, '--migrate-runtimes'])).toMatchObject({
      code: 2,
      stderr: errorOutput('--migrate-runtimes is only for --unpack', 'add --unpack'),
    });
    await expect(terraformData(old, { migrateRuntimes: true })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('refuses a folder with other files', async () => {
    await mkdir(out);
    await writeFile(join(out, 'main.tf'), '');
    expect(await environment.run([COMMAND, bundle, '--unpack', out])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: errorOutput(
        UNPACK.failed(out, 'it is not empty, and main.tf was not unpacked into it'),
        NAME_ANOTHER,
      ),
    });
    expect(await readdir(out)).toEqual(['main.tf']);
  });

  test('fails if the parent folder is read-only', async () => {
    await chmod(parent, 0o555);
    // Nothing is read-only for root.
    const isRoot = process.getuid?.() === 0;
    const program = `import(process.argv[1]).then(({ terraformData }) => {
      ${isRoot ? 'process.setgroups([]); process.setgid(65534); process.setuid(65534);' : ''}
      return terraformData(process.argv[2], { unpack: process.argv[3] });
    }).catch(({ code, message }) => console.log(code + ' ' + message));`;
    if (isRoot) await chmod(environment.folder, 0o755);
    expect(await runNode(program, bundle, out)).toBe(`OUTPUT ${UNPACK.failed(out, 'permission denied')}\n`);
    expect(await readdir(parent)).toEqual([]);
  });
});

/** Runs a program as a process; its arguments are the file of the library, and these. */
async function runNode(program: string, ...args: readonly string[]): Promise<string> {
  const library = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program, library, ...args]);
  return stdout;
}

describe('a process that ends while it unpacks', () => {
  let large: string;
  beforeAll(async () => {
    const zeros = new Uint8Array(50_000_000);
    large = await writeBundle(environment.folder, manifest(), { 'static/zeros': zeros });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s leaves nothing behind', async (signal, interrupted) => {
    const cli = await CliProcess.start([COMMAND, large, '--unpack', out], {}, environment.folder);
    // The temporary folder is there while the files are written.
    while ((await readdir(parent)).length === 0) await setTimeout(1);
    cli.signal(signal);
    const code = await cli.waitForEnd();
    // It may have been done already.
    expect({ code, stderr: cli.stderr, left: await readdir(parent) }).toEqual(
      code === interrupted
        ? { code, stderr: errorOutput(INTERRUPTION.nothingChanged), left: [] }
        : { code: 0, stderr: expect.any(String), left: ['out'] },
    );
  });

  test('by SIGKILL leaves the old folder, and the next one replaces it', async () => {
    await environment.runOrThrow([COMMAND, bundle, '--unpack', out]);
    const tree = await readTree(out);
    const next = await writeBundle(environment.folder, manifest());
    const program = `import(process.argv[1]).then(({ terraformData }) =>
      terraformData(process.argv[2], {
        unpack: process.argv[3],
        beforeChanges: () => process.kill(process.pid, 'SIGKILL'),
      }));`;
    await expect(runNode(program, next, out)).rejects.toMatchObject({ signal: 'SIGKILL' });
    expect(await readTree(out)).toEqual(tree);
    await environment.runOrThrow([COMMAND, next, '--unpack', out]);
    expect(await text('manifest.json')).toContain('com.example.test');
  });
});

test('of the hostile zips, the valid ones are unpacked, and nothing is written outside the folder', async () => {
  const folder = fileURLToPath(new URL('../fixtures/hostile-zips', import.meta.url));
  const names = (await readdir(folder)).filter((name) => name.endsWith('.zip'));
  const refused: string[] = [];
  let count = 0;
  for (const name of names) {
    const file = join(folder, name);
    const { valid } = await validate(file, { clock });
    const error: unknown = await terraformData(file, { unpack: out, clock }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error === undefined) {
      expect({ name, valid, left: await readdir(parent) }).toEqual({ name, valid: true, left: ['out'] });
      await rm(out, { recursive: true });
      count++;
    } else {
      if (!AppsctlError.is(error)) throw error;
      expect({ name, left: await readdir(parent) }).toEqual({ name, left: [] });
      if (valid) refused.push(`${name}: ${error.findings.map(({ rule }) => rule).join(' ')}`);
    }
  }
  expect(count).toBeGreaterThan(10);
  // Their assets have names that Windows does not allow.
  expect(refused).toEqual([
    'c35-s3-special.zip: unpack/file-name',
    'c38-windows-reserved.zip: unpack/file-name',
    'c39-trailing-space-dot.zip: unpack/file-name',
  ]);
});

/** A reference bundle with the output of the Go tool, if it accepts the bundle. */
interface Case {
  readonly bundle: string;
  readonly terraform_data?: string;
  readonly uploaded_manifest?: string;
}

test('the reference bundles that can be deployed give the same data as with the Go tool', async () => {
  const folder = fileURLToPath(new URL('../fixtures/reference', import.meta.url));
  const cases = JSON.parse(await readFile(`${folder}/cases.json`, 'utf8')) as Case[];
  const archive = await functionArchive();
  const file = join(environment.folder, 'reference.zip');
  let unpacked = 0;
  const refused = new Set<string>();
  for (const { bundle: name, terraform_data, uploaded_manifest } of cases) {
    if (terraform_data === undefined) continue;
    // Their archives are empty.
    const reference = await JSZip.loadAsync(await readFile(`${folder}/bundles/${name}`));
    for (const path of Object.keys(reference.files))
      if (/^(?!static\/).*\.(?:zip|jar)$/.test(path)) reference.file(path, archive);
    await writeFile(file, await reference.generateAsync({ type: 'nodebuffer' }));
    try {
      const { json } = await terraformData(file, { unpack: out, clock });
      expect({ json, manifest: await text('manifest.json') }).toEqual({
        json: terraform_data,
        manifest: uploaded_manifest,
      });
      unpacked++;
    } catch (error) {
      if (!AppsctlError.is(error) || error.code !== 'INVALID_BUNDLE') throw error;
      for (const { rule, severity } of error.findings) if (severity === 'error') refused.add(rule);
    }
  }
  expect([...refused].sort()).toEqual([
    'asset/duplicate-key',
    'aws/function-name',
    'function/ambiguous-archive',
    'function/handler',
    'function/no-archive',
    'install/app-id',
    'install/icon',
    'manifest/duplicate-key',
    'manifest/json',
    'manifest/too-large',
    'zip/unsafe-name',
  ]);
  expect(unpacked).toBe(26);
  expect(await readdir(parent)).toEqual(['out']);
});

import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXAMPLE, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { tempFolder } from '../support/temp-folder.js';
import { configureServer } from '../support/variables.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAMS = join(ROOT, 'examples', 'library');
const APP = 'hello-serverless';
const BUNDLES = 'bundles';
/** Each program with its argument and a part of its output, in the order of an app's life. */
const RUNS: readonly (readonly [program: string, argument: string, output: string])[] = [
  ['prepare-account', '', 'user/mattermost-apps-invoke'],
  ['print-policies', '', 'sts:AssumeRoleWithWebIdentity'],
  ['who-am-i', '', 'AWS_ACCESS_KEY_ID us-east-1'],
  ['package-app', EXAMPLE, 'app.zip'],
  ['terraform-data', 'app.zip', 'manifests/hello-serverless_v1.2.0.json'],
  ['deploy-app', 'app.zip', 'installed'],
  ['deploy-bundles', '', 'deployed hello.zip hello-serverless v1.2.0'],
  ['list-apps', '', `${APP} v1.2.0 ${APP} Active v1.2.0`],
  ['check-status', '', 'all right'],
  ['test-app', APP, 'passed'],
  ['call-app', APP, '200 {'],
  ['read-logs', APP, 'START RequestId'],
  ['manage-server-app', APP, APP],
  ['roll-back', APP, `unchanged listing ${APP}`],
  ['remove-app', APP, `manifest manifests/${APP}_v1.2.0.json`],
  ['clean-account', '', 'removed user mattermost-apps-invoke'],
];

const folder = await tempFolder();
const run = promisify(execFile);
let environment: TestEnvironment;

beforeAll(async () => {
  environment = await startEnvironment();
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules', 'appsctl'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
});
afterAll(() => environment.stop());

test('the programs compile', async () => {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const compile = run(process.execPath, [tsc, '--project', PROGRAMS, '--outDir', folder]);
  await expect(compile.catch(({ stdout }) => ({ stdout }))).resolves.toMatchObject({ stdout: '' });
});

test.each(RUNS)('%s runs', async (program, argument, output) => {
  const { admin, region } = environment.aws;
  const env = {
    ...environment.env,
    MM_APPS_BUNDLE_BUCKET: BUNDLES,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: admin.accessKeyId,
    AWS_SECRET_ACCESS_KEY: admin.secretAccessKey,
  };
  const { stdout } = await run(process.execPath, [`${program}.js`, argument], { cwd: folder, env });
  expect(stdout).toContain(output);
  if (program === 'prepare-account') await configureServerWithSavedKey();
  if (program === 'package-app') await uploadPackage();
});

/** Starts the server with the key that the first program has saved. */
async function configureServerWithSavedKey(): Promise<void> {
  const { id, secret } = JSON.parse(await readFile(join(folder, 'server-key.json'), 'utf8'));
  configureServer(environment.aws, environment.mattermost, {
    ...environment.env,
    MM_APPS_AWS_ACCESS_KEY: id,
    MM_APPS_AWS_SECRET_KEY: secret,
  });
}

/** Uploads the bundle that a program has built to a bucket of its own. */
async function uploadPackage(): Promise<void> {
  const { s3 } = environment.clients;
  const Body = await readFile(join(folder, 'app.zip'));
  await s3.send(new CreateBucketCommand({ Bucket: BUNDLES }));
  await s3.send(new PutObjectCommand({ Bucket: BUNDLES, Key: 'hello.zip', Body }));
}

test('each program is run', async () => {
  const names = (await readdir(PROGRAMS)).filter((name) => name.endsWith('.ts') && name !== 'options.ts');
  expect(names.sort()).toEqual(RUNS.map(([program]) => `${program}.ts`).sort());
});

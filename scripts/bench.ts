import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import JSZip from 'jszip';
import type { LocalAws } from '../test/stand-ins/aws/index.js';
import { manifest } from '../test/support/bundle.js';
import { filesIn } from '../test/support/files.js';
import { addApps, fillAccount } from '../test/support/large-account.js';
import { BUCKET, LATENCY_MS, withAccount, withBundles } from './bench-account.js';
import { BIN, buildBundle, folder, measureCommand, measureMedian, root } from './bench-measure.js';
import { type Row, renderTable } from './bench-table.js';

/**
 * Measures time and memory: `npm run bench`, or `npm run bench -- --json`. It asserts nothing. Compare only the rows of one
 * run on one machine.
 */

/** Builds two bundles of an app of typical size, with different content. */
async function buildTypicalBundles(): Promise<{ typical: string; updated: string }> {
  const size = { functions: 4, functionBytes: 3_000_000, assets: 200, assetBytes: 20_000 };
  const typical = await buildBundle({ name: 'typical', ...size });
  await rename(typical, `${typical}.first`);
  const updated = await buildBundle({ name: 'typical', ...size });
  return { typical: `${typical}.first`, updated };
}

/** Measures a first deployment, the same again, and an update, each in a copy of an account. */
async function measureDeployments(
  account: string,
  { typical, updated }: { typical: string; updated: string },
  like: LocalAws | undefined,
): Promise<Row[]> {
  const first = await measureMedian((measurement) =>
    withAccount((deploy) => deploy(`${account}: first deploy`, [typical], measurement), like),
  );
  const others = await withAccount(async (deploy, aws) => {
    await deploy('the first', [typical]);
    const unchanged = await measureMedian((measurement) =>
      deploy(`${account}: unchanged`, [typical], measurement),
    );
    const update = await measureMedian((measurement) =>
      withAccount((again) => again(`${account}: update of all`, [updated, '--update'], measurement), aws),
    );
    return [unchanged, update];
  }, like);
  return [first, ...others];
}

async function measureAllDeployments(): Promise<Row[]> {
  const bundles = await buildTypicalBundles();
  const small = await buildBundle({
    name: 'small',
    functions: 1,
    functionBytes: 1,
    assets: 0,
    assetBytes: 0,
  });
  const inEmptyAccount = await measureDeployments('4 x 3 MB, 200 assets', bundles, undefined);
  const inLargeAccount = await withAccount(async (deploy, aws) => {
    await deploy('an app before', [small]);
    const size = { functions: 1000, manifests: 3000, fullPolicies: 3 };
    await fillAccount(aws, BUCKET, 'bench-small_1-0-0_function-0', size);
    return measureDeployments('same, large account', bundles, aws);
  });
  const encrypted = await withAccount(async (deploy, aws) => {
    aws.bucket(BUCKET).encryption = { algorithm: 'aws:kms', keyId: undefined, bucketKey: false };
    await deploy('the first', [bundles.typical]);
    return measureMedian((measurement) =>
      deploy('same, KMS-encrypted bucket: unchanged', [bundles.typical], measurement),
    );
  });
  return [
    ...inEmptyAccount,
    ...inLargeAccount,
    encrypted,
    ...(await measureManyAssets()),
    ...(await measureLargeFunctions()),
  ];
}

async function measureManyAssets(): Promise<Row[]> {
  const many = await buildBundle({
    name: 'many',
    functions: 1,
    functionBytes: 1000,
    assets: 5000,
    assetBytes: 500,
  });
  return withAccount(async (deploy) => {
    const rows = [
      await deploy('5,000 assets: first deploy', [many]),
      await deploy('5,000 assets: unchanged', [many]),
    ];
    const changed = await JSZip.loadAsync(await readFile(many));
    changed.file('static/17.bin', randomBytes(500));
    await writeFile(many, await changed.generateAsync({ type: 'nodebuffer', compression: 'STORE' }));
    return [...rows, await deploy('5,000 assets: one changed', [many, '--update'])];
  });
}

async function measureLargeFunctions(): Promise<Row[]> {
  const size = { functions: 4, functionBytes: 62_500_000, assets: 0, assetBytes: 0 };
  const large = await buildBundle({ name: 'large', ...size });
  return [await withAccount((deploy) => deploy('250 MB in 4 functions: first deploy', [large]))];
}

/** The apps of a large account, with 3,000 functions. */
const APPS = 1200;

/** Measures commands in an account with many apps: those that read all of them, and one that removes an app. */
async function measureLargeAccount(): Promise<Row[]> {
  const app = await buildBundle({ name: 'one', functions: 1, functionBytes: 1, assets: 0, assetBytes: 0 });
  return withAccount(async (deploy, _, account) => {
    const { run } = account;
    await deploy('an app before', [app]);
    const deployed = 'bench-one_1-0-0_function-0';
    const few = [await run('1 app: aws list', ['list']), await run('1 app: aws status', ['status'])];
    const count = addApps(account, BUCKET, deployed, APPS);
    const what = `${APPS} apps, ${count} functions`;
    return [
      ...few,
      await run(`${what}: aws list`, ['list']),
      await run('same: aws list --json APP', ['list', '--json', 'com.example.other0']),
      await run('same: aws status', ['status']),
      await run('same: aws remove APP', ['remove', 'bench.one', '--yes']),
    ];
  });
}

/** Bundles that are deployed already, and those of a day with many uploads, some of which are broken. */
const DEPLOYED_BUNDLES = 1200;
const NEW_BUNDLES = 27;
const BROKEN_BUNDLES = 3;

/** Measures a deployer: a bucket with many bundles of which one is new, and many new ones. */
async function measureDeployer(): Promise<Row[]> {
  const size = { functions: 1, functionBytes: 100_000, assets: 5, assetBytes: 1000 };
  const bundles: Buffer[] = [];
  for (let index = 0; index < NEW_BUNDLES; index++)
    bundles.push(await readFile(await buildBundle({ name: `bundle${index}`, ...size })));
  const [first = Buffer.of()] = bundles;
  const many = await withBundles(async ({ run }, add) => {
    for (let index = 0; index < DEPLOYED_BUNDLES; index++) await add(`old/${index}.zip`, first, true);
    await add('new.zip', first);
    const what = `deployer run: ${DEPLOYED_BUNDLES} bundles deployed, 1 new`;
    return [
      await run(what, ['deployer', 'run']),
      await run('same: run with nothing new', ['deployer', 'run']),
      await run('same: deployer status', ['deployer', 'status']),
    ];
  });
  const failing = await withBundles(async ({ run }, add) => {
    for (const [index, bundle] of bundles.entries()) await add(`${index}.zip`, bundle);
    for (let index = 0; index < BROKEN_BUNDLES; index++) await add(`broken${index}.zip`, Buffer.from('x'));
    const what = `deployer run: ${NEW_BUNDLES} new, ${BROKEN_BUNDLES} broken`;
    return [
      await run(what, ['deployer', 'run'], 'memory', 1),
      await run('same: the next run', ['deployer', 'run']),
    ];
  });
  return [...many, ...failing];
}

/** Files of dependencies, as many as a large app has. */
const PACKAGED_FILES = 9000;

/** Measures how an app with many files is packaged, and for comparison `zip -r` of its folder if there is a zip. */
async function measurePackaging(): Promise<Row[]> {
  const app = join(folder, 'app');
  await mkdir(join(app, 'go/node_modules'), { recursive: true });
  await writeFile(join(app, 'manifest.json'), JSON.stringify(manifest()));
  await writeFile(join(app, 'go/index.js'), 'exports.handler = async () => ({});');
  const modules = join(root, 'node_modules');
  // Without the programs of development tools, which are larger than whole apps.
  const files = (await filesIn(modules)).filter((file) => /\.(?:[cm]?[jt]s|json|map|md)$/.test(file)).sort();
  for (const file of files.slice(0, PACKAGED_FILES))
    await cp(file, join(app, 'go/node_modules', file.slice(modules.length)));
  const output = join(folder, 'packaged.zip');
  const packaged = await measureCommand(`aws package, ${PACKAGED_FILES} files`, [
    BIN,
    'aws',
    'package',
    app,
    '-o',
    output,
  ]);
  const start = process.hrtime.bigint();
  const zip = spawn('zip', ['-q', '-r', join(folder, 'plain.zip'), '.'], { cwd: app, stdio: 'ignore' });
  const code = await once(zip, 'close').then(
    ([exitCode]) => exitCode,
    () => undefined,
  );
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  return code === 0 ? [packaged, { what: 'zip -r of the same', seconds, megabytes: 0 }] : [packaged];
}

async function main(): Promise<void> {
  try {
    const large = await buildBundle({
      name: 'read',
      functions: 4,
      functionBytes: 50_000_000,
      assets: 0,
      assetBytes: 0,
    });
    const rows = [
      await measureCommand('bare node', ['-e', '0']),
      await measureCommand('appsctl --version', [BIN, '--version']),
      await measureCommand('generate-terraform-data, 200 MB', [BIN, 'generate-terraform-data', large]),
      await measureCommand('aws validate, 200 MB', [BIN, 'aws', 'validate', large]),
      ...(await measurePackaging()),
      ...(await measureAllDeployments()),
      ...(await measureLargeAccount()),
      ...(await measureDeployer()),
    ];
    process.stdout.write(
      process.argv.includes('--json')
        ? `${JSON.stringify({ version: 1, latency: LATENCY_MS, rows }, undefined, 2)}\n`
        : renderTable(rows, LATENCY_MS),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main();

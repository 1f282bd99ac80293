import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import JSZip from 'jszip';
import { type LocalAws, startLocalAws } from '../test/stand-ins/aws/index.js';
import { type LocalMattermost, startLocalMattermost } from '../test/stand-ins/mattermost/index.js';
import { adminClients } from '../test/support/aws-clients.js';
import { manifest } from '../test/support/bundle.js';
import { filesIn } from '../test/support/files.js';
import { addApps, fillAccount } from '../test/support/large-account.js';
import { deployerVariables } from '../test/support/variables.js';
import type { BundleSpec } from './bench-bundle.js';
import { type Row, type Run, renderTable } from './bench-table.js';

/**
 * Measures time and memory: `npm run bench`, or `npm run bench -- --json`. It asserts nothing. Compare only the rows of one
 * run on one machine.
 */
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
const root = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(root, 'bin/appsctl.js');
/** Added to each request, as if AWS were on another continent. */
const LATENCY_MS = 80;
/** The number of runs of which the median is reported, except for slow ones. */
const RUNS = 5;
const BUCKET = 'bench-bucket';
const folder = await mkdtemp(join(tmpdir(), 'appsctl-bench-'));

type Measurement = 'time' | 'memory';

/**
 * Runs a Node.js program and measures its time, and its peak memory if that is asked for: measuring it takes 10 ms more.
 *
 * @param expected the exit code of the program
 */
function measure(
  args: readonly string[],
  measurement: Measurement,
  env: NodeJS.ProcessEnv = {},
  expected = 0,
): Promise<Run> {
  const report =
    'data:text/javascript,import fs from "node:fs";process.on("exit",()=>{let m=process.resourceUsage().maxRSS;try{m=/VmHWM:\\s+(\\d+)/.exec(fs.readFileSync("/proc/self/status","utf8"))[1]}catch{}fs.writeSync(3,String(m))})';
  // A file, because reading a pipe would block the stand-ins, which run in this process.
  const errors = join(folder, 'errors.txt');
  const descriptor = openSync(errors, 'w');
  const start = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [...(measurement === 'memory' ? ['--import', report] : []), ...args],
      {
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', 'ignore', descriptor, 'pipe'],
      },
    );
    closeSync(descriptor);
    let kilobytes = '';
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      kilobytes += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      if (code === expected) resolve({ seconds, megabytes: Number(kilobytes) / 1024 });
      else reject(new Error(`${args.join(' ')} ended with ${code}: ${readFileSync(errors, 'utf8')}`));
    });
  });
}

/** The run with the median time, with the memory of an additional run. */
async function measureMedian<Result extends Run>(
  run: (measurement: Measurement) => Promise<Result>,
): Promise<Result> {
  const results: Result[] = [];
  for (let count = 0; count < RUNS; count++) results.push(await run('time'));
  results.sort((a, b) => a.seconds - b.seconds);
  const { megabytes } = await run('memory');
  return { ...(results[Math.floor(RUNS / 2)] as Result), megabytes };
}

async function measureCommand(what: string, args: readonly string[]): Promise<Row> {
  return { what, ...(await measureMedian((measurement) => measure(args, measurement))) };
}

/** Builds a bundle in a thread, so that collecting its garbage does not slow the stand-ins down. */
async function buildBundle(content: Omit<BundleSpec, 'file'>): Promise<string> {
  const file = join(folder, `${content.name}.zip`);
  const workerData: BundleSpec = { file, ...content };
  await once(new Worker(new URL('bench-bundle.js', import.meta.url), { workerData }), 'exit');
  return file;
}

/** Counts the requests of one run, as the servers receive them. */
class Traffic {
  requests = 0;
  bytes = 0;
  largestBody = 0;
  peakInFlight = 0;
  private inFlight = 0;

  async pass(bodyBytes: number): Promise<undefined> {
    this.requests++;
    this.bytes += bodyBytes;
    this.largestBody = Math.max(this.largestBody, bodyBytes);
    this.peakInFlight = Math.max(this.peakInFlight, ++this.inFlight);
    await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
    this.inFlight--;
    return undefined;
  }
}

/** Runs a command of `appsctl aws`, or deploys. */
type RunInAccount = (
  what: string,
  args: readonly string[],
  measurement?: Measurement,
  expected?: number,
) => Promise<Row>;

/** An account and a server, and how a command runs there. */
interface Account {
  readonly aws: LocalAws;
  readonly mattermost: LocalMattermost;
  /** The variables with which it runs. */
  readonly env: Record<string, string>;
  readonly run: RunInAccount;
}

/** Works with a separate account and server, which delay each request. */
async function withAccount<Result>(
  work: (deploy: RunInAccount, aws: LocalAws, account: Account) => Promise<Result>,
  like?: LocalAws,
): Promise<Result> {
  let traffic: Traffic | undefined;
  const aws = await startLocalAws({
    intercept: ({ bodyBytes }) => traffic?.pass(bodyBytes),
    ...(like !== undefined && { like }),
  });
  const mattermost = await startLocalMattermost({ intercept: () => traffic?.pass(0) });
  const env: Record<string, string> = deployerVariables(aws, mattermost, BUCKET);
  try {
    if (like === undefined) await measure([BIN, 'aws', 'init', '--create'], 'time', env);
    const run: RunInAccount = async (what, args, measurement = 'memory', expected = 0) => {
      traffic = new Traffic();
      const { seconds, megabytes } = await measure([BIN, 'aws', ...args], measurement, env, expected);
      const { requests, peakInFlight, bytes, largestBody } = traffic;
      traffic = undefined;
      const ratio = (requests * LATENCY_MS) / 1000 / seconds;
      return { what, seconds, megabytes, requests, peakInFlight, bytes, largestBody, ratio };
    };
    const deploy: RunInAccount = (what, args, measurement) => run(what, ['deploy', ...args], measurement);
    return await work(deploy, aws, { aws, mattermost, env, run });
  } finally {
    await Promise.all([aws.stop(), mattermost.stop()]);
  }
}

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

/** Adds a bundle to the bucket of the bundles. */
type AddBundle = (key: string, content: Buffer, isDeployed?: boolean) => Promise<void>;

/** Works with an account that has a bucket of bundles. */
function withBundles<Result>(work: (account: Account, add: AddBundle) => Promise<Result>): Promise<Result> {
  return withAccount(async (_deploy, aws, account) => {
    const Bucket = 'bench-bundles';
    const { s3, destroy } = adminClients(aws);
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    Object.assign(account.env, { MM_APPS_BUNDLE_BUCKET: Bucket, MM_APPS_ENVIRONMENT: 'bench' });
    try {
      return await work(account, async (Key, Body, isDeployed = false) => {
        await s3.send(
          new PutObjectCommand({ Bucket, Key, Body, ...(isDeployed && { Tagging: 'deployed_bench=true' }) }),
        );
      });
    } finally {
      destroy();
    }
  });
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

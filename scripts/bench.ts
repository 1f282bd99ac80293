import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import JSZip from 'jszip';
import { type LocalAws, startLocalAws } from '../test/stand-ins/aws/index.js';
import { startLocalMattermost } from '../test/stand-ins/mattermost/index.js';
import { fillAccount } from '../test/support/large-account.js';
import { deployerVariables } from '../test/support/variables.js';
import type { BundleToMake } from './bench-bundle.js';

/**
 * Measures speed and memory, side by side in one run: `npm run bench`, or `npm run bench -- --json`. It asserts
 * nothing: what counts is the comparison, on one machine, of one run's rows.
 */
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
const root = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(root, 'bin/appsctl.js');
/** Milliseconds added to each request, as if AWS were on another continent. */
const LATENCY = 80;
/** What is quick is measured so often. */
const RUNS = 5;
const BUCKET = 'bench-bucket';
const folder = await mkdtemp(join(tmpdir(), 'appsctl-bench-'));

interface Row extends Run {
  readonly what: string;
  readonly requests?: number;
  readonly peakInFlight?: number;
  readonly largestBody?: number;
  readonly bytes?: number;
  /** How many times faster than the same requests one by one. */
  readonly ratio?: number;
}

interface Run {
  readonly seconds: number;
  /** 0 when nobody asked. */
  readonly megabytes: number;
}

/** What a run is measured for. */
type Asked = 'time' | 'memory';

/**
 * Runs a program of Node and answers how long it took and, if asked, how much memory it had at most: to tell that, it
 * needs a hundredth of a second more.
 */
function measure(args: readonly string[], asked: Asked, env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const report =
    'data:text/javascript,import fs from "node:fs";process.on("exit",()=>{let m=process.resourceUsage().maxRSS;try{m=/VmHWM:\\s+(\\d+)/.exec(fs.readFileSync("/proc/self/status","utf8"))[1]}catch{}fs.writeSync(3,String(m))})';
  // Not a pipe: to read it would keep the stand-ins from answering.
  const errors = join(folder, 'errors.txt');
  const descriptor = openSync(errors, 'w');
  const start = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...(asked === 'memory' ? ['--import', report] : []), ...args], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'ignore', descriptor, 'pipe'],
    });
    closeSync(descriptor);
    let kilobytes = '';
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      kilobytes += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      if (code === 0) resolve({ seconds, megabytes: Number(kilobytes) / 1024 });
      else reject(new Error(`${args.join(' ')} ended with ${code}: ${readFileSync(errors, 'utf8')}`));
    });
  });
}

/** What took the middle of several times, with the memory of one more run. */
async function median<Result extends Run>(run: (asked: Asked) => Promise<Result>): Promise<Result> {
  const results: Result[] = [];
  for (let count = 0; count < RUNS; count++) results.push(await run('time'));
  results.sort((a, b) => a.seconds - b.seconds);
  const { megabytes } = await run('memory');
  return { ...(results[Math.floor(RUNS / 2)] as Result), megabytes };
}

async function command(what: string, args: readonly string[]): Promise<Row> {
  return { what, ...(await median((asked) => measure(args, asked))) };
}

/** Makes a bundle in a thread of its own, whose memory goes with it: to collect it would hold up the stand-ins. */
async function bundle(content: Omit<BundleToMake, 'file'>): Promise<string> {
  const file = join(folder, `${content.name}.zip`);
  const workerData: BundleToMake = { file, ...content };
  await once(new Worker(new URL('bench-bundle.js', import.meta.url), { workerData }), 'exit');
  return file;
}

/** The requests of one run, as the servers see them. */
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
    await new Promise((resolve) => setTimeout(resolve, LATENCY));
    this.inFlight--;
    return undefined;
  }
}

type Deploy = (what: string, args: readonly string[], asked?: Asked) => Promise<Row>;

/** Deploys to an account and a server of its own, where each request takes a while. */
async function withAccount<Result>(
  work: (deploy: Deploy, aws: LocalAws) => Promise<Result>,
  like?: LocalAws,
): Promise<Result> {
  let traffic: Traffic | undefined;
  const aws = await startLocalAws({
    intercept: ({ bodyBytes }) => traffic?.pass(bodyBytes),
    ...(like !== undefined && { like }),
  });
  const mattermost = await startLocalMattermost({ intercept: () => traffic?.pass(0) });
  const env = deployerVariables(aws, mattermost, BUCKET);
  try {
    if (like === undefined) await measure([BIN, 'aws', 'init', '--create'], 'time', env);
    return await work(async (what, args, asked = 'memory') => {
      traffic = new Traffic();
      const { seconds, megabytes } = await measure([BIN, 'aws', 'deploy', ...args], asked, env);
      const { requests, peakInFlight, bytes, largestBody } = traffic;
      traffic = undefined;
      const ratio = (requests * LATENCY) / 1000 / seconds;
      return { what, seconds, megabytes, requests, peakInFlight, bytes, largestBody, ratio };
    }, aws);
  } finally {
    await Promise.all([aws.stop(), mattermost.stop()]);
  }
}

/** An app of the usual size, and a later state of it. */
async function usualBundles(): Promise<{ usual: string; updated: string }> {
  const size = { functions: 4, functionBytes: 3_000_000, assets: 200, assetBytes: 20_000 };
  const usual = await bundle({ name: 'usual', ...size });
  await rename(usual, `${usual}.first`);
  const updated = await bundle({ name: 'usual', ...size });
  return { usual: `${usual}.first`, updated };
}

/** The first deployment, the same again, and an update, in accounts that begin as one does. */
async function deploymentsTo(
  account: string,
  { usual, updated }: { usual: string; updated: string },
  like: LocalAws | undefined,
): Promise<Row[]> {
  const first = await median((asked) =>
    withAccount((deploy) => deploy(`${account}: first deploy`, [usual], asked), like),
  );
  const rest = await withAccount(async (deploy, aws) => {
    await deploy('the first', [usual]);
    const unchanged = await median((asked) => deploy(`${account}: unchanged`, [usual], asked));
    const update = await median((asked) =>
      withAccount((again) => again(`${account}: update of all`, [updated, '--update'], asked), aws),
    );
    return [unchanged, update];
  }, like);
  return [first, ...rest];
}

async function deployments(): Promise<Row[]> {
  const bundles = await usualBundles();
  const small = await bundle({ name: 'small', functions: 1, functionBytes: 1, assets: 0, assetBytes: 0 });
  const inEmptyAccount = await deploymentsTo('4 x 3 MB, 200 assets', bundles, undefined);
  const inLargeAccount = await withAccount(async (deploy, aws) => {
    await deploy('an app before', [small]);
    const size = { functions: 1000, manifests: 3000, fullPolicies: 3 };
    await fillAccount(aws, BUCKET, 'bench-small_1-0-0_function-0', size);
    return deploymentsTo('… in a large account', bundles, aws);
  });
  const encrypted = await withAccount(async (deploy, aws) => {
    aws.bucket(BUCKET).encryption = { algorithm: 'aws:kms', keyId: undefined, bucketKey: false };
    await deploy('the first', [bundles.usual]);
    return median((asked) => deploy('… in a KMS bucket: unchanged', [bundles.usual], asked));
  });
  return [
    ...inEmptyAccount,
    ...inLargeAccount,
    encrypted,
    ...(await manyAssets()),
    ...(await largeFunctions()),
  ];
}

async function manyAssets(): Promise<Row[]> {
  const many = await bundle({
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
    return [...rows, await deploy('5,000 assets: one changed', [many])];
  });
}

async function largeFunctions(): Promise<Row[]> {
  const size = { functions: 4, functionBytes: 62_500_000, assets: 0, assetBytes: 0 };
  const large = await bundle({ name: 'large', ...size });
  return [await withAccount((deploy) => deploy('250 MB in 4 functions: first deploy', [large]))];
}

async function main(): Promise<void> {
  try {
    const large = await bundle({
      name: 'read',
      functions: 4,
      functionBytes: 50_000_000,
      assets: 0,
      assetBytes: 0,
    });
    const rows = [
      await command('bare node', ['-e', '0']),
      await command('appsctl --version', [BIN, '--version']),
      await command('generate-terraform-data, 200 MB', [BIN, 'generate-terraform-data', large]),
      await command('aws validate, 200 MB', [BIN, 'aws', 'validate', large]),
      ...(await deployments()),
    ];
    process.stdout.write(
      process.argv.includes('--json')
        ? `${JSON.stringify({ version: 1, latency: LATENCY, rows }, undefined, 2)}\n`
        : table(rows),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function table(rows: readonly Row[]): string {
  const header = ['', 's', 'MB', 'requests', 'in flight', 'MB sent', 'largest KB', 'times faster'];
  const cells = rows.map(
    ({ what, seconds, megabytes, requests, peakInFlight, bytes, largestBody, ratio }) => [
      what,
      seconds.toFixed(2),
      megabytes.toFixed(0),
      requests?.toString() ?? '',
      peakInFlight?.toString() ?? '',
      bytes === undefined ? '' : (bytes / 1e6).toFixed(2),
      largestBody === undefined ? '' : (largestBody / 1000).toFixed(1),
      ratio?.toFixed(1) ?? '',
    ],
  );
  const widths = header.map((_, column) =>
    Math.max(...[header, ...cells].map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  return `Each request of a deployment takes ${LATENCY} ms longer; times faster: than the same requests one by one.\n\n${[header, ...cells].map(line).join('\n')}\n`;
}

await main();

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import JSZip from 'jszip';
import type { BundleToMake } from './bench-bundle.js';
import { startLocalAws } from './support/local-aws/index.js';
import { startLocalMattermost } from './support/local-mattermost/index.js';
import { deployerVariables } from './support/variables.js';

/**
 * Measures speed and memory, side by side in one run: `npm run bench`, or `npm run bench -- --json`. It asserts
 * nothing: what counts is the comparison, on one machine, of one run's rows.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(root, 'bin/appsctl.js');
/** Milliseconds added to each request, as if AWS were on another continent. */
const LATENCY = 80;
/** What is quick is measured so often. */
const RUNS = 5;
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

/**
 * Runs a program of Node and answers how long it took and, if asked, how much memory it had at most: to tell that, it
 * needs a hundredth of a second more.
 */
function measure(
  args: readonly string[],
  asked: 'time' | 'memory',
  env: NodeJS.ProcessEnv = {},
): Promise<Run> {
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
async function median<Result extends Run>(
  run: (asked: 'time' | 'memory') => Promise<Result>,
): Promise<Result> {
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

/** Deploys to an account and a server of its own, where each request takes a while. */
async function withAccount<Result>(
  work: (deploy: (what: string, file: string, asked?: 'time' | 'memory') => Promise<Row>) => Promise<Result>,
): Promise<Result> {
  let traffic: Traffic | undefined;
  const aws = await startLocalAws({ intercept: ({ bodyBytes }) => traffic?.pass(bodyBytes) });
  const mattermost = await startLocalMattermost({ intercept: () => traffic?.pass(0) });
  const env = deployerVariables(aws, mattermost, 'bench-bucket');
  try {
    await measure([BIN, 'aws', 'init', '--create'], 'time', env);
    return await work(async (what, file, asked = 'memory') => {
      traffic = new Traffic();
      const { seconds, megabytes } = await measure([BIN, 'aws', 'deploy', file], asked, env);
      const { requests, peakInFlight, bytes, largestBody } = traffic;
      const ratio = (requests * LATENCY) / 1000 / seconds;
      return { what, seconds, megabytes, requests, peakInFlight, bytes, largestBody, ratio };
    });
  } finally {
    await Promise.all([aws.stop(), mattermost.stop()]);
  }
}

async function deployments(): Promise<Row[]> {
  const usual = await bundle({
    name: 'usual',
    functions: 4,
    functionBytes: 3_000_000,
    assets: 200,
    assetBytes: 20_000,
  });
  const first = await median((asked) =>
    withAccount((deploy) =>
      deploy('first deploy, 4 functions of 3 MB and 200 assets of 20 KB', usual, asked),
    ),
  );
  const again = await withAccount(async (deploy) => {
    await deploy('the first', usual);
    return median((asked) => deploy('the same again, unchanged', usual, asked));
  });
  const many = await bundle({
    name: 'many',
    functions: 1,
    functionBytes: 1000,
    assets: 5000,
    assetBytes: 500,
  });
  const manyRows = await withAccount(async (deploy) => {
    const rows = [
      await deploy('first deploy, 5,000 assets', many),
      await deploy('the same again, unchanged', many),
    ];
    const changed = await JSZip.loadAsync(await readFile(many));
    changed.file('static/17.bin', randomBytes(500));
    await writeFile(many, await changed.generateAsync({ type: 'nodebuffer', compression: 'STORE' }));
    return [...rows, await deploy('one of the 5,000 assets changed', many)];
  });
  const large = await bundle({
    name: 'large',
    functions: 4,
    functionBytes: 62_500_000,
    assets: 0,
    assetBytes: 0,
  });
  return [
    first,
    again,
    ...manyRows,
    await withAccount((deploy) => deploy('first deploy, 250 MB in 4 functions', large)),
  ];
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

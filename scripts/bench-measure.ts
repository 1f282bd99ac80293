import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { BundleSpec } from './bench-bundle.js';
import type { Row, Run } from './bench-table.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const BIN = join(root, 'bin/appsctl.js');
/** The number of runs of which the median is reported, except for slow ones. */
const RUNS = 5;
/** Where bundles are built; the caller removes it. */
export const folder = await mkdtemp(join(tmpdir(), 'appsctl-bench-'));

export type Measurement = 'time' | 'memory';

/**
 * Runs a Node.js program and measures its time, and its peak memory if that is asked for: measuring it takes 10 ms more.
 *
 * @param expected the exit code of the program
 */
export function measure(
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
export async function measureMedian<Result extends Run>(
  run: (measurement: Measurement) => Promise<Result>,
): Promise<Result> {
  const results: Result[] = [];
  for (let count = 0; count < RUNS; count++) results.push(await run('time'));
  results.sort((a, b) => a.seconds - b.seconds);
  const { megabytes } = await run('memory');
  return { ...(results[Math.floor(RUNS / 2)] as Result), megabytes };
}

export async function measureCommand(what: string, args: readonly string[]): Promise<Row> {
  return { what, ...(await measureMedian((measurement) => measure(args, measurement))) };
}

/** Builds a bundle in a thread, so that collecting its garbage does not slow the stand-ins down. */
export async function buildBundle(content: Omit<BundleSpec, 'file'>): Promise<string> {
  const file = join(folder, `${content.name}.zip`);
  const workerData: BundleSpec = { file, ...content };
  await once(new Worker(new URL('bench-bundle.js', import.meta.url), { workerData }), 'exit');
  return file;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Timeouts } from '../../src/aws/client/connection.js';
import { run } from '../../src/cli/run.js';
import { thisProcess } from '../../src/cli/this-process.js';
import type { Clock } from '../../src/core/async/clock.js';
import {
  type Fault as AwsFault,
  type LocalAws,
  type LocalAwsOptions,
  startLocalAws,
} from '../stand-ins/aws/index.js';
import {
  type LocalMattermost,
  type MattermostFault,
  startLocalMattermost,
} from '../stand-ins/mattermost/index.js';
import { type DeployerVariables, deployerVariables } from '../support/variables.js';

export const BUCKET = 'mattermost-apps';

/** A request of appsctl, to AWS or to Mattermost. */
export interface Seen {
  readonly service: 'iam' | 'lambda' | 's3' | 'sts' | 'mattermost';
  /** The SDK's name of the operation, or method and path. */
  readonly operation: string;
  /** The ARN that it is about, `*` where there is none; empty for Mattermost. */
  readonly resource: string;
}

/** Sees each request before it acts; may answer a fault that fits the service. */
export type Watcher = (seen: Seen) => AnyFault | undefined | Promise<AnyFault | undefined>;
export type AnyFault = AwsFault | MattermostFault;

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly watcher?: Watcher;
  readonly signal?: AbortSignal;
  readonly timeouts?: Timeouts;
  /** Another command line, run at the same time as a process of its own. */
  readonly alongside?: readonly string[] | undefined;
}

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What appsctl asked for, in order. */
  readonly requests: readonly Seen[];
  /** How the command line ended that ran at the same time. */
  readonly other?: RunResult;
}

/** A local AWS, a local Mattermost and the command line, which runs in this process. */
export interface Lab {
  readonly aws: LocalAws;
  readonly mattermost: LocalMattermost;
  readonly env: DeployerVariables;
  run(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Runs a process while another one runs; its requests are seen as those of the other are. */
  runMeanwhile(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Lets a watcher see the requests of a process, and answers them as they come. */
  watch(watcher: Watcher): readonly Seen[];
  stop(): Promise<void>;
}

const NOT_RUN = { code: null, stdout: '', stderr: '' };

/** Larger than those of real processes. */
let lastPid = 1_000_000_000;
const running = new Set<number>();
const isRunning = (pid: number): boolean => running.has(pid) || thisProcess.isRunning(pid);

/** As on AWS: functions are not ready at once. */
const OPTIONS: LocalAwsOptions = { lambda: { pendingReads: 1, inProgressReads: 1 } };
/** No request takes so long unless nobody answers. */
const PATIENT: Timeouts = { connect: 5_000, idle: 20_000 };

/** Starts a lab of its own, as empty as a new account or with all that stands in another one. */
export async function startLab(like?: Lab): Promise<Lab> {
  let watcher: Watcher | undefined;
  let log: Seen[] = [];
  const observe = (seen: Seen): ReturnType<Watcher> => {
    log.push(seen);
    return watcher?.(seen);
  };
  const aws = await startLocalAws({
    ...OPTIONS,
    ...(like !== undefined && { like: like.aws }),
    intercept: ({ service, operation, resource }) =>
      observe({ service, operation, resource }) as ReturnType<NonNullable<LocalAwsOptions['intercept']>>,
  });
  const mattermost = await startLocalMattermost({
    ...(like !== undefined && { like: like.mattermost }),
    intercept: ({ method, path }) =>
      observe({ service: 'mattermost', operation: `${method} ${path}`, resource: '' }) as Promise<
        MattermostFault | undefined
      >,
  });
  const env = deployerVariables(aws, mattermost, BUCKET);
  const clock = fastClock();
  /** Runs as a process of its own, as others see it. */
  const runProcess = async (
    args: readonly string[],
    options: RunOptions,
  ): Promise<Omit<RunResult, 'requests'>> => {
    const pid = ++lastPid;
    running.add(pid);
    let stdout = '';
    let stderr = '';
    const code = await run(args, {
      env: { ...env, ...options.env },
      clock,
      process: { host: thisProcess.host, pid, isRunning },
      timeouts: options.timeouts ?? PATIENT,
      ...(options.signal !== undefined && { signal: options.signal }),
      writeOut: (text) => {
        stdout += text;
      },
      writeError: (text) => {
        stderr += text;
      },
    });
    running.delete(pid);
    return { code, stdout, stderr };
  };
  return {
    aws,
    mattermost,
    env,
    async run(args, options = {}) {
      log = [];
      watcher = options.watcher;
      const runs = [args, ...(options.alongside === undefined ? [] : [options.alongside])];
      const [result, other] = await Promise.all(runs.map((line) => runProcess(line, options)));
      watcher = undefined;
      return { ...(result ?? NOT_RUN), requests: log, ...(other && { other: { ...other, requests: log } }) };
    },
    runMeanwhile: async (args, options = {}) => ({ ...(await runProcess(args, options)), requests: log }),
    watch(next) {
      watcher = next;
      log = [];
      return log;
    },
    async stop() {
      await Promise.all([aws.stop(), mattermost.stop()]);
    },
  };
}

/** Begins now, and passes only by sleeping, which takes a hundredth of the time: others get their turn meanwhile. */
function fastClock(): Clock {
  let now = Date.now();
  return {
    now: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
      await setTimeout(milliseconds / 100);
    },
  };
}

/** A folder that is gone after the tests; the home and the temporary files of this process are in it too. */
export async function startFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'appsctl-faults-'));
  const before = { TMPDIR: process.env['TMPDIR'], HOME: process.env['HOME'] };
  const set = (variables: Readonly<Record<string, string | undefined>>): void => {
    for (const [name, value] of Object.entries(variables)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  set({ TMPDIR: path, HOME: path });
  return {
    path,
    async remove() {
      set(before);
      await rm(path, { recursive: true, force: true });
    },
  };
}

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../src/core/async/clock.js';
import type { Timeouts } from '../../src/core/timeouts.js';
import { type Fault, type LocalAws, type LocalAwsOptions, startLocalAws } from '../stand-ins/aws/index.js';
import {
  type LocalMattermost,
  type MattermostFault,
  startLocalMattermost,
} from '../stand-ins/mattermost/index.js';
import { adminClients, type Clients } from './aws-clients.js';
import { type CliResult, runCli } from './cli.js';
import { FakeClock } from './fake-clock.js';
import type { SentRequest } from './requests.js';
import { runInProcess } from './run-in-process.js';
import { createTempFolder } from './temp-folder.js';
import { configureServer, deployerVariables, serverVariables } from './variables.js';

/** The bucket of all environments. */
export const BUCKET = 'mattermost-apps';
/** The folder of the example app. */
export const EXAMPLE = fileURLToPath(new URL('../../examples/hello-serverless', import.meta.url));

export interface EnvironmentOptions {
  /** Starts as a copy of another environment: its account, its Mattermost, its variables and its options. It shares its folder. */
  readonly like?: TestEnvironment;
  readonly aws?: LocalAwsOptions;
  /** How the command line runs: as a process, by default, or in this process, which is faster and can be given a clock. */
  readonly runner?: Runner;
  /** The time of runs in this process; by default a clock whose waits take a hundredth of their time. */
  readonly clock?: Clock;
}

export type Runner = 'process' | 'in-process';

export interface RunOptions {
  /** Variables to set in addition to, or instead of, those of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** By default that of the environment. */
  readonly runner?: Runner;
  /** Only in this process. */
  readonly clock?: Clock;
  /** Only in this process. */
  readonly signal?: AbortSignal;
  /** Only in this process. */
  readonly timeouts?: Partial<Timeouts>;
  /** Answers the questions of the command, as on a terminal. Only in this process. */
  readonly ask?: (question: string) => Promise<string>;
}

export interface RunResult extends CliResult {
  /** The requests that were sent meanwhile, in the order in which they arrived. */
  readonly requests: readonly SentRequest[];
}

/** Called with each request before it is processed; may return a fault, which for Mattermost is one that it has too. */
export type Interceptor = (request: SentRequest) => Fault | undefined | Promise<Fault | undefined>;

/** A local AWS, a local Mattermost, a folder, and the command line configured to use them. */
export interface TestEnvironment {
  readonly options: Omit<EnvironmentOptions, 'like'>;
  readonly aws: LocalAws;
  readonly mattermost: LocalMattermost;
  readonly folder: string;
  /** The variables of a user who deploys; `init` adds those of the server. */
  readonly env: Record<string, string>;
  /** Clients of the administrator of the account. */
  readonly clients: Clients;
  /** All requests to AWS and to Mattermost so far, in the order in which they arrived. */
  readonly requests: readonly SentRequest[];
  /** Runs appsctl; a process runs in the folder. */
  run(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /**
   * Like `run`.
   *
   * @throws Error if it fails
   */
  runOrThrow(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Runs `aws init --create --create-access-key` and configures the server with what it prints. */
  init(): Promise<void>;
  /** Builds the bundle of the example app. */
  packageExample(): Promise<string>;
  /** Intercepts requests until the returned function is called; then no request is intercepted. */
  intercept(interceptor: Interceptor): () => void;
  stop(): Promise<void>;
}

/** Starting the process of a function takes long on a machine under load. */
const MATTERMOST_TIMEOUTS = { ping: 30_000 };
/** Longer than any response takes. */
const TIMEOUTS: Timeouts = { connect: 5_000, idle: 20_000, mattermost: 20_000 };
/** How many times faster than real ones the waits of runs in this process are: other runs need their turn meanwhile. */
const SPEEDUP = 100;

/** Starts an environment with an empty account, or with a copy of another one's. */
export async function startEnvironment({
  like,
  ...given
}: EnvironmentOptions = {}): Promise<TestEnvironment> {
  const options = { ...like?.options, ...given };
  const folder = like === undefined ? await createTempFolder() : undefined;
  const path = folder?.path ?? like?.folder ?? '';
  const requests: SentRequest[] = [];
  let interceptor: Interceptor | undefined;
  const aws = await startLocalAws({
    ...options.aws,
    ...(like !== undefined && { like: like.aws }),
    intercept(request) {
      requests.push(request);
      return interceptor === undefined ? options.aws?.intercept?.(request) : interceptor(request);
    },
  });
  const mattermost = await startLocalMattermost({
    timeouts: MATTERMOST_TIMEOUTS,
    ...(like !== undefined && { like: like.mattermost }),
    async intercept({ method, path }) {
      const request = { service: 'mattermost', operation: `${method} ${path}`, resource: '' } as const;
      requests.push(request);
      return toMattermostFault(await interceptor?.(request));
    },
  });
  const env = { ...like?.env, ...deployerVariables(aws, mattermost, BUCKET) };
  configureServer(aws, mattermost, env);
  const runner = createRunner(env, path, options);
  let clients: Clients | undefined;
  const environment: TestEnvironment = {
    options,
    aws,
    mattermost,
    folder: path,
    env,
    get clients() {
      clients ??= adminClients(aws);
      return clients;
    },
    requests,
    async run(args, runOptions = {}) {
      const start = requests.length;
      return { ...(await runner(args, runOptions)), requests: requests.slice(start) };
    },
    async runOrThrow(args, runOptions) {
      const result = await environment.run(args, runOptions);
      if (result.code !== 0)
        throw new Error(`appsctl ${args.join(' ')} ended with ${result.code}: ${result.stderr}`);
      return result;
    },
    async init() {
      const { stdout } = await environment.runOrThrow(['aws', 'init', '--create', '--create-access-key']);
      Object.assign(env, serverVariables(stdout));
      configureServer(aws, mattermost, env);
    },
    async packageExample() {
      const bundle = join(path, 'hello-serverless.zip');
      await environment.runOrThrow(['aws', 'package', EXAMPLE, '-o', bundle]);
      return bundle;
    },
    intercept(next) {
      interceptor = next;
      return () => {
        interceptor = undefined;
      };
    },
    async stop() {
      clients?.destroy();
      await Promise.all([aws.stop(), mattermost.stop()]);
      await folder?.remove();
    },
  };
  return environment;
}

type RunFunction = (args: readonly string[], options: RunOptions) => Promise<CliResult>;

/** Runs the command line in one way or the other, as each run asks for. */
function createRunner(
  env: Readonly<Record<string, string>>,
  folder: string,
  options: Pick<EnvironmentOptions, 'runner' | 'clock'>,
): RunFunction {
  const defaultClock = options.clock ?? new FakeClock(SPEEDUP);
  return async (args, run) => {
    const variables = { ...env, ...run.env };
    if ((run.runner ?? options.runner) === 'in-process') {
      return runInProcess(args, variables, {
        clock: run.clock ?? defaultClock,
        timeouts: run.timeouts ?? TIMEOUTS,
        ...(run.signal !== undefined && { signal: run.signal }),
        ...(run.ask !== undefined && { ask: run.ask }),
      });
    }
    if (run.clock !== undefined || run.signal !== undefined || run.timeouts !== undefined)
      throw new Error('a process cannot be given a clock, a signal or timeouts');
    return runCli(args, variables, folder);
  };
}

/** @throws Error if Mattermost does not have the fault */
function toMattermostFault(fault: Fault | undefined): MattermostFault | undefined {
  if (fault?.kind === 'delay' || fault?.kind === 'old')
    throw new Error(`the local Mattermost does not have the fault ${fault.kind}`);
  return fault;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../stand-ins/aws/index.js';
import { type LocalMattermost, startLocalMattermost } from '../stand-ins/mattermost/index.js';
import { type CliResult, runCli } from './cli.js';
import { configureServer, deployerVariables, serverVariables } from './variables.js';

/** The folder of the example app. */
export const EXAMPLE = fileURLToPath(new URL('../../examples/hello-serverless', import.meta.url));

/** A local AWS, a local Mattermost and a folder, with the command line set up to use them. */
export interface World {
  readonly aws: LocalAws;
  readonly mattermost: LocalMattermost;
  readonly folder: string;
  /** The variables of a user who deploys; those of the server are added once they are known. */
  readonly env: Record<string, string>;
  /** Runs appsctl in the folder, in this environment with changes. */
  run(args: readonly string[], changes?: Readonly<Record<string, string>>): Promise<CliResult>;
  /** Runs `aws init --create --create-access-key` and starts the server with what it prints. */
  init(): Promise<void>;
  /** Builds the example app. */
  packageExample(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a world of its own. */
export async function startWorld(options: LocalAwsOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'appsctl-world-'));
  const aws = await startLocalAws(options);
  // A machine under load takes its time to start a function.
  const mattermost = await startLocalMattermost({ timeouts: { ping: 30_000 } });
  const env: Record<string, string> = deployerVariables(aws, mattermost, 'mattermost-apps');
  const run = (args: readonly string[], changes: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
    runCli(args, { ...env, ...changes }, folder);
  const must = async (args: readonly string[]): Promise<CliResult> => {
    const result = await run(args);
    if (result.code !== 0)
      throw new Error(`appsctl ${args.join(' ')} ended with ${result.code}: ${result.stderr}`);
    return result;
  };
  return {
    aws,
    mattermost,
    folder,
    env,
    run,
    async init() {
      const { stdout } = await must(['aws', 'init', '--create', '--create-access-key']);
      Object.assign(env, serverVariables(stdout));
      configureServer(aws, mattermost, env);
    },
    async packageExample() {
      const bundle = join(folder, 'hello-serverless.zip');
      await must(['aws', 'package', EXAMPLE, '-o', bundle]);
      return bundle;
    },
    async stop() {
      await Promise.all([aws.stop(), mattermost.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

import { spawn } from 'node:child_process';
import { z } from 'zod';
import { throwIfAborted } from '../core/async/clock.js';

/** Where and how the esbuild of an app runs. */
export interface EsbuildRun {
  /** The path of its module. */
  readonly module: string;
  /** The options of `build`, with `write: false`. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal | undefined;
}

const MESSAGES = z.array(
  z.object({
    text: z.string(),
    location: z.object({ file: z.string(), line: z.number(), column: z.number() }).nullable(),
  }),
);
const OUTCOME = z.object({
  files: z.array(z.object({ path: z.string(), contents: z.instanceof(Uint8Array) })),
  /** The paths of the files that it read, relative to the folder. */
  inputs: z.array(z.string()),
  warnings: MESSAGES,
  errors: MESSAGES,
  /** Why it failed; empty if it succeeded. */
  failure: z.string(),
});

/** What esbuild returned. */
export type EsbuildOutcome = z.infer<typeof OUTCOME>;
/** An error or warning of esbuild: lines count from one, columns from zero. */
export type EsbuildMessage = z.infer<typeof MESSAGES>[number];

const PROGRAM = `
process.once('message', async ({ module, options }) => {
  const outcome = { files: [], inputs: [], warnings: [], errors: [], failure: '' };
  const copy = (messages = []) => messages.map(({ text, location }) => ({
    text, location: location && { file: location.file, line: location.line, column: location.column },
  }));
  try {
    const result = await require(module).build(options);
    outcome.files = result.outputFiles.map(({ path, contents }) => ({ path, contents }));
    outcome.inputs = Object.keys(result.metafile?.inputs ?? {});
    outcome.warnings = copy(result.warnings);
  } catch (error) {
    outcome.errors = copy(error?.errors);
    outcome.failure = String(error?.message || error);
  }
  process.send(outcome, () => process.exit());
});
`;

/**
 * Runs the esbuild of an app in a process of its own, so that the code of the app's packages does not run in this one, with
 * its environment and its secrets.
 *
 * @throws AppsctlError INTERRUPTED once the signal is aborted
 */
export async function runEsbuild({
  module,
  options,
  folder,
  env,
  signal,
}: EsbuildRun): Promise<EsbuildOutcome> {
  throwIfAborted(signal);
  const child = spawn(process.execPath, ['--input-type=commonjs', '--eval', PROGRAM], {
    cwd: folder,
    env: withoutNodePath(env),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
  const stop = (): boolean => child.kill();
  signal?.addEventListener('abort', stop);
  try {
    const message = await new Promise<unknown>((resolve, reject) => {
      child.once('message', resolve);
      child.once('error', reject);
      child.once('exit', () => resolve(undefined));
      // A process that has ended is reported by its exit.
      child.send({ module, options }, () => undefined);
    });
    throwIfAborted(signal);
    const outcome = OUTCOME.safeParse(message);
    if (outcome.success) return outcome.data;
    return { files: [], inputs: [], warnings: [], errors: [], failure: 'its process ended unexpectedly' };
  } finally {
    signal?.removeEventListener('abort', stop);
    child.kill();
  }
}

/** Packages in folders outside the app would make the bundled code depend on the machine. */
function withoutNodePath(env: EsbuildRun['env']): EsbuildRun['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.toUpperCase() !== 'NODE_PATH'));
}

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractFunctionCode, type FunctionCode } from './function-archive.js';
import type { Runnable } from './lambda-model.js';
import { RUNNER_SOURCE } from './runner-source.js';

const RESPONSE_BYTES = 6_291_556;
const LOG_BYTES = 4096;

interface Invocation {
  /** JSON: the result, or the description of the error. */
  body: string;
  failed: boolean;
  /** All lines that it logged. */
  lines: string[];
  /** The end of the log, at most 4 KB. */
  log: string;
}

interface Outcome {
  message: string;
  output: string;
  timedOut: boolean;
  exit: string;
}

/** Runs nodejs functions, each invocation in a process of its own: every start is a cold one. */
export class Invoker {
  readonly #region: string;
  readonly #children = new Set<ChildProcess>();
  readonly #folders = new Map<string, Promise<string>>();
  #root: Promise<string> | undefined;
  #stopped = false;

  constructor(region: string) {
    this.#region = region;
  }

  async run(runnable: Runnable, payload: string): Promise<Invocation> {
    const requestId = randomUUID();
    const taskRoot = await this.#folderOf(runnable.code);
    const started = performance.now();
    const outcome = await this.#runChild(runnable, payload, taskRoot, requestId);
    const duration = (performance.now() - started).toFixed(2);
    const log = [
      `START RequestId: ${requestId} Version: $LATEST\n`,
      outcome.output,
      outcome.timedOut ? `${requestId} Task timed out after ${runnable.timeout.toFixed(2)} seconds\n` : '',
      `END RequestId: ${requestId}\n`,
      `REPORT RequestId: ${requestId}\tDuration: ${duration} ms\tMemory Size: ${runnable.memorySize} MB\n`,
    ].join('');
    const { body, failed } = interpret(outcome, requestId, runnable);
    const lines = log.split(/(?<=\n)/);
    return { body, failed, lines, log: Buffer.from(log).subarray(-LOG_BYTES).toString() };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled(this.#folders.values());
    const closed = [...this.#children].map((child) => new Promise((resolve) => child.once('close', resolve)));
    for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all(closed);
    if (this.#root !== undefined) await rm(await this.#root, { recursive: true, force: true });
  }

  #folderOf(code: FunctionCode): Promise<string> {
    const known = this.#folders.get(code.sha256);
    if (known !== undefined) return known;
    const folder = this.#extract(code, String(this.#folders.size));
    this.#folders.set(code.sha256, folder);
    return folder;
  }

  async #extract(code: FunctionCode, name: string): Promise<string> {
    const folder = join(await this.#temporaryRoot(), name);
    await mkdir(folder);
    await extractFunctionCode(code, folder);
    return folder;
  }

  #temporaryRoot(): Promise<string> {
    this.#root ??= mkdtemp(join(tmpdir(), 'local-aws-')).then(async (root) => {
      await writeFile(join(root, 'runner.mjs'), RUNNER_SOURCE);
      return root;
    });
    return this.#root;
  }

  async #runChild(
    runnable: Runnable,
    payload: string,
    taskRoot: string,
    requestId: string,
  ): Promise<Outcome> {
    const runner = join(await this.#temporaryRoot(), 'runner.mjs');
    if (this.#stopped) throw new Error('The local AWS was stopped');
    const child = spawn(process.execPath, [runner], {
      cwd: taskRoot,
      env: this.#environment(runnable, taskRoot),
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    const output = collect(child, [1, 2]);
    const message = collect(child, [3]);
    // A function that ends before it reads its input closes the pipe under the writer.
    child.stdin.on('error', () => undefined);
    const deadline = Date.now() + runnable.timeout * 1000;
    child.stdin.end(
      JSON.stringify({
        handler: runnable.handler,
        payload,
        deadline,
        callbacks: runnable.runtime !== 'nodejs24.x',
        context: {
          functionName: runnable.name,
          functionVersion: '$LATEST',
          invokedFunctionArn: runnable.arn,
          memoryLimitInMB: String(runnable.memorySize),
          awsRequestId: requestId,
          logGroupName: `/aws/lambda/${runnable.name}`,
          logStreamName: requestId,
        },
      }),
    );
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, runnable.timeout * 1000);
    const exit = await new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('close', (status, signal) =>
        resolve(signal === null ? `exit status ${status}` : `signal: ${signal}`),
      );
    });
    clearTimeout(timer);
    this.#children.delete(child);
    return { message: message(), output: output(), timedOut, exit };
  }

  /** Only what Lambda sets, and the function's own: nothing of this process leaks in. */
  #environment(runnable: Runnable, taskRoot: string): Record<string, string> {
    return {
      PATH: '/usr/local/bin:/usr/bin:/bin:/opt/bin',
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
      ...runnable.environment,
      _HANDLER: runnable.handler,
      AWS_REGION: this.#region,
      AWS_DEFAULT_REGION: this.#region,
      AWS_EXECUTION_ENV: `AWS_Lambda_${runnable.runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: runnable.name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(runnable.memorySize),
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${runnable.name}`,
      LAMBDA_TASK_ROOT: taskRoot,
    };
  }
}

function collect(child: ChildProcess, descriptors: readonly number[]): () => string {
  const chunks: Buffer[] = [];
  for (const descriptor of descriptors) {
    child.stdio[descriptor]?.on('data', (chunk: Buffer) => chunks.push(chunk));
  }
  return () => Buffer.concat(chunks).toString('utf8');
}

function interpret(
  outcome: Outcome,
  requestId: string,
  runnable: Runnable,
): { body: string; failed: boolean } {
  const failure = (errorType: string, errorMessage: string): { body: string; failed: boolean } => ({
    body: JSON.stringify({ errorType, errorMessage }),
    failed: true,
  });
  if (outcome.timedOut) {
    const seconds = runnable.timeout.toFixed(2);
    return failure(
      'Sandbox.Timedout',
      `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
    );
  }
  if (outcome.message === '') {
    const how =
      outcome.exit === 'exit status 0' ? 'without providing a reason' : `with error: ${outcome.exit}`;
    return failure('Runtime.ExitError', `RequestId: ${requestId} Error: Runtime exited ${how}`);
  }
  const message = JSON.parse(outcome.message) as { result?: string; error?: unknown };
  if (message.result === undefined) return { body: JSON.stringify(message.error), failed: true };
  if (Buffer.byteLength(message.result) > RESPONSE_BYTES) {
    return failure(
      'Function.ResponseSizeTooLarge',
      `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES} bytes).`,
    );
  }
  return { body: message.result, failed: false };
}

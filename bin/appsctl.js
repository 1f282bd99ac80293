#!/usr/bin/env node
import module from 'node:module';
import { constants, homedir } from 'node:os';
import { join } from 'node:path';

const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error: appsctl needs Node.js 20.19 or later, this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else {
  // Without it, the AWS SDK warns on standard error that it will stop supporting Node.js 20.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  // Node.js 22.1 and later keep compiled code. The cache must be writable by this user alone, because Node.js trusts it.
  try {
    module.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'appsctl'));
  } catch {
    // No home folder, no cache.
  }
  const { run } = await import('../dist/command-line/run.js');

  let outputError;
  process.stdout.on('error', (error) => {
    outputError ??= error;
  });
  // There is no other place to report it, and it must not end a deployment halfway.
  process.stderr.on('error', () => {});

  const interruption = new AbortController();
  // As a shell reports a program that a signal has ended.
  const exitCodeOf = (signal) => 128 + constants.signals[signal];
  let interruptedBy = 'SIGINT';
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => {
      if (interruption.signal.aborted) process.exit(exitCodeOf(name));
      interruptedBy = name;
      interruption.abort();
    });
  }

  const ask = async (question) => {
    const { createInterface } = await import('node:readline/promises');
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // Ctrl-C and Ctrl-D come as characters, not as signals.
    const abort = () => interruption.abort();
    for (const event of ['SIGINT', 'close']) terminal.once(event, abort);
    try {
      return (await terminal.question(`${question} `, { signal: interruption.signal })).trim();
    } finally {
      // Its other listeners let go of the terminal.
      terminal.off('close', abort).close();
    }
  };

  const written = (stream) => new Promise((done) => stream.write('', done));
  let code = await run(process.argv.slice(2), {
    env: process.env,
    writeOut: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
    flush: async () => {
      const error = (await written(process.stdout)) ?? outputError;
      if (error) throw error;
    },
    readInput: async () => {
      const chunks = [];
      for await (const chunk of process.stdin) chunks.push(chunk);
      return Buffer.concat(chunks).toString('utf8');
    },
    signal: interruption.signal,
    ...(process.stdin.isTTY && process.stderr.isTTY && { ask }),
  });
  if (code === exitCodeOf('SIGINT')) code = exitCodeOf(interruptedBy);
  // Do not truncate the output.
  await Promise.all([process.stdout, process.stderr].map(written));
  // A reader that closes the pipe early (| head) is not a failure; a full disk is.
  if (outputError && outputError.code !== 'EPIPE' && code === 0) {
    process.stderr.write(`error: cannot write to standard output: ${outputError.message}\n`);
    code = 1;
  }
  // Pending requests whose responses are no longer needed must not keep the process alive.
  process.exit(code);
}

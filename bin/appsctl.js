#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error: appsctl needs Node.js 20.19 or later, this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else {
  // The SDK would tell every user of Node 20 on standard error that it will want a later one.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  // A reader that goes away early (| head) is no failure. A full disk is one; on standard error there is nowhere left to say so.
  process.stdout.on('error', (error) => {
    if (error.code === 'EPIPE') return;
    process.stderr.write(`error: cannot write to standard output: ${error.message}\n`);
    process.exit(1);
  });
  process.stderr.on('error', (error) => {
    if (error.code !== 'EPIPE') process.exit(1);
  });
  const { CompiledCode } = await import('../dist/cli/compiled-code.js');
  const commandLine = new CompiledCode(new URL('../dist/command-line/', import.meta.url));
  const { run } = commandLine.load('run.cjs');
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM']) {
    process.on(name, () => {
      // The first one stops at the next safe point, the second one at once.
      if (interruption.signal.aborted) process.exit(130);
      interruption.abort();
      process.stderr.write('stopping at the next safe point; once more stops at once\n');
    });
  }
  const code = await run(process.argv.slice(2), {
    env: process.env,
    writeOut: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
    signal: interruption.signal,
  });
  // Requests that nobody waits for any more must not keep the process alive, nor must its end cut its output.
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))),
  );
  commandLine.keep();
  process.exit(code);
}

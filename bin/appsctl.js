#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error: appsctl needs Node.js 20.19 or later, this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else {
  // The SDK would tell every user of Node 20 on standard error that it will want a later one.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  for (const stream of [process.stdout, process.stderr]) {
    // A reader that goes away early (| head) is no failure.
    stream.on('error', (error) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const { run } = await import('../dist/cli/run.js');
  process.exitCode = await run(process.argv.slice(2), {
    env: process.env,
    writeOut: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
  });
}

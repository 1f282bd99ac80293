import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLocalAws } from '../test/stand-ins/aws/index.js';
import { startLocalMattermost } from '../test/stand-ins/mattermost/index.js';
import { configureServer, deployerVariables, serverVariables } from '../test/support/variables.js';

/**
 * Shows the main use case on this machine: starts a local AWS and a local Mattermost, and runs the command line as a user
 * would. Exits with 0 if every command succeeded.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs a command, prints it and its output, and returns its standard output. */
function runAndPrint(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<string> {
  print(`\n$ appsctl ${args.join(' ')}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'bin/appsctl.js'), ...args], {
      env,
      cwd,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      print(out.replace(/(SECRET_KEY=').*(')/, '$1(shown once)$2').trimEnd());
      if (code === 0) resolve(out);
      else reject(new Error(`appsctl ${args.join(' ')} ended with ${code}`));
    });
  });
}

async function main(): Promise<void> {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const folder = await mkdtemp(join(tmpdir(), 'appsctl-demo-'));
  // As on AWS, a new role takes time to propagate and a function is not ready immediately.
  const aws = await startLocalAws({ lambda: { roleRefusals: 2, pendingReads: 2 } });
  const mattermost = await startLocalMattermost();
  try {
    print(`A local AWS runs at ${aws.endpoint}, a local Mattermost at ${mattermost.siteUrl}.`);
    const deployEnv = {
      PATH: process.env['PATH'],
      HOME: folder,
      ...deployerVariables(aws, mattermost, 'mattermost-apps-demo'),
    };
    const printed = await runAndPrint(['aws', 'init', '--create', '--create-access-key'], deployEnv, folder);
    const server = serverVariables(printed);
    configureServer(aws, mattermost, server);
    print('\n(The local Mattermost is configured with these four variables.)');

    const bundle = 'hello-serverless.zip';
    await runAndPrint(
      ['aws', 'package', join(root, 'examples/hello-serverless'), '-o', bundle],
      deployEnv,
      folder,
    );
    await runAndPrint(['aws', 'deploy', bundle, '--install'], deployEnv, folder);
    const env = { ...deployEnv, ...server };
    for (const test of ['lambda', 's3', 'list']) await runAndPrint(['aws', 'test', test], env, folder);
    await runAndPrint(['aws', 'test', 'hello-serverless'], env, folder);
    await runAndPrint(
      ['aws', 'invoke', 'hello-serverless', '/send', '--data', '{"message":"hi"}'],
      env,
      folder,
    );
    await runAndPrint(['aws', 'logs', 'hello-serverless'], env, folder);
    await runAndPrint(['aws', 'deploy', bundle, '--install'], deployEnv, folder);
    await runAndPrint(['generate-terraform-data', bundle], {}, folder);

    const response = await mattermost.call('hello-serverless', '/ping');
    print(`\nMattermost calls /ping of the installed app: ${JSON.stringify(response)}`);
  } finally {
    await Promise.all([aws.stop(), mattermost.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

await main();

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreatePolicyVersionCommand, IAMClient, ListPoliciesCommand } from '@aws-sdk/client-iam';
import { functionArchive, manifest, zip } from '../support/bundle.js';
import { configureServer, serverVariables } from '../support/variables.js';
import { EXAMPLE } from '../support/world.js';
import { type Lab, type RunResult, startLab } from './lab.js';
import { ENVIRONMENT_SECRETS } from './secrets.js';

/** A command line, and where it begins. */
export interface Scenario {
  readonly name: string;
  readonly args: readonly string[];
  /** What stands on AWS and in Mattermost when it begins; not changed by the cases, which begin with copies. */
  readonly start: Lab;
  /** The variables that `init` printed for the server. */
  readonly variables: Readonly<Record<string, string>>;
  /** Milliseconds after which nobody will answer any more. */
  readonly idle: number;
}

/** The more is told, the more can be given away. */
const VERBOSE = '--verbose';
/** Longer than any answer but that of a function takes. */
const IDLE = 400;
/** A function is a process of its own. */
const IDLE_WITH_FUNCTION = 2_000;

/** Prepares an empty account. */
export async function initScenario(): Promise<Scenario> {
  const args = ['aws', 'init', '--create', '--create-access-key', VERBOSE];
  return { name: 'init', args, start: await startLab(), variables: {}, idle: IDLE };
}

/** Deploys an app for the first time, and installs it. */
export async function deployScenario(folder: string): Promise<Scenario> {
  const { start, variables } = await prepared();
  const args = [
    'aws',
    'deploy',
    await firstBundle(folder),
    '--install',
    '--env-file',
    await envFile(folder, 0, 8),
    VERBOSE,
  ];
  return { name: 'deploy', args, start, variables, idle: IDLE };
}

/**
 * Deploys another bundle over what was deployed: of its functions one has other code and settings, one stays, and one
 * is new; of its assets too. The invoke policy has as many versions as AWS keeps.
 */
export async function redeployScenario(folder: string): Promise<Scenario> {
  const { start, variables } = await prepared();
  const env = await envFile(folder, 0, 8);
  must(await start.run(['aws', 'deploy', await firstBundle(folder), '--install', '--env-file', env]));
  await fillPolicyVersions(start);
  const bundle = join(folder, 'second.zip');
  const functions = ['changed', 'fresh'].map((name) => described(name));
  await writeFile(
    bundle,
    await zip({
      'manifest.json': JSON.stringify(manifest({ display_name: 'Test, again', aws_lambda: { functions } })),
      'changed.zip': await functionArchive("exports.handler = async () => ({statusCode: 200, body: '[]'});"),
      'fresh.zip': await functionArchive(),
      'static/changed.txt': 'after',
      'static/same.txt': 'same',
      'static/fresh.txt': 'fresh',
    }),
  );
  const args = ['aws', 'deploy', bundle, '--install', '--update', '--memory', '512', '--tag', 'team=apps'];
  args.push('--env-file', await envFile(folder, 6, 14), VERBOSE);
  return { name: 'redeploy', args, start, variables, idle: IDLE };
}

/** The commands that test the example app. */
export async function testScenarios(folder: string): Promise<Scenario[]> {
  const { start, variables } = await prepared();
  const bundle = join(folder, 'hello-serverless.zip');
  must(await start.run(['aws', 'package', EXAMPLE, '-o', bundle]));
  must(await start.run(['aws', 'test', 'deploy', bundle]));
  return ['lambda', 's3', 'list'].map((what) => ({
    name: `test ${what}`,
    args: ['aws', 'test', what, VERBOSE],
    start,
    variables,
    idle: what === 'lambda' ? IDLE_WITH_FUNCTION : IDLE,
  }));
}

/** An account after `init`. */
async function prepared(): Promise<Pick<Scenario, 'start' | 'variables'>> {
  const start = await startLab();
  const { stdout } = must(await start.run(['aws', 'init', '--create', '--create-access-key']));
  const variables = serverVariables(stdout);
  configureServer(start.aws, start.mattermost, variables);
  return { start, variables };
}

function must(result: RunResult): RunResult {
  if (result.code !== 0)
    throw new Error(`a run that nothing disturbed ended with ${result.code}: ${result.stderr}`);
  return result;
}

async function firstBundle(folder: string): Promise<string> {
  const bundle = join(folder, 'first.zip');
  const functions = ['changed', 'kept'].map((name) => described(name));
  await writeFile(
    bundle,
    await zip({
      'manifest.json': JSON.stringify(manifest({ aws_lambda: { functions } })),
      'changed.zip': await functionArchive(),
      'kept.zip': await functionArchive(),
      'static/changed.txt': 'before',
      'static/same.txt': 'same',
    }),
  );
  return bundle;
}

/** No function answers /ping, so that an installation does not wait for processes. */
function described(name: string): Record<string, string> {
  return { path: `/${name}`, name, handler: 'index.handler', runtime: 'nodejs22.x' };
}

async function envFile(folder: string, from: number, to: number): Promise<string> {
  const file = join(folder, `environment-${from}`);
  const lines = Object.entries(ENVIRONMENT_SECRETS).slice(from, to);
  await writeFile(file, lines.map(([name, value]) => `${name}=${value}\n`).join(''));
  return file;
}

async function fillPolicyVersions({ aws }: Lab): Promise<void> {
  const iam = new IAMClient({ endpoint: aws.endpoint, region: aws.region, credentials: aws.admin });
  const { Policies = [] } = await iam.send(new ListPoliciesCommand({ Scope: 'Local' }));
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: 's3:*', Resource: '*' }],
  });
  for (let version = 3; version <= 5; version++) {
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn: Policies[0]?.Arn, PolicyDocument }));
  }
  iam.destroy();
}

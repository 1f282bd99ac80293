import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { functionArchive, manifest, zip } from '../support/bundle.js';
import { configureServer, serverVariables } from '../support/variables.js';
import { EXAMPLE } from '../support/world.js';
import { type FaultName, isReading } from './faults.js';
import { fillPolicy, fillPolicyVersions } from './full-policies.js';
import { type Lab, type RunResult, type Seen, startLab } from './lab.js';
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
  /** Another command line, which somebody else runs meanwhile: the deployment of another app. */
  readonly other?: readonly string[];
  /** Whether both run at the same time in every case. */
  readonly isConcurrent?: boolean;
  /** Which of its requests meet a fault, where it has many that other scenarios have too. */
  isTested?(seen: Seen, fault: FaultName): boolean;
}

/** The more is told, the more can be given away. */
const VERBOSE = '--verbose';
/** Longer than any answer but that of a function takes. */
const IDLE = 1_000;
/** Bytes of an archive that is too large for a request to AWS Lambda, as no compression makes it smaller. */
const LARGE = 10_000_000;
/** A function is a process of its own. */
const IDLE_WITH_FUNCTION = 3_000;

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
  return { name: 'deploy', args, start, variables, idle: IDLE, other: await otherDeployment(folder) };
}

/** Deploys two apps at the same time. */
export async function twoDeploymentsScenario(folder: string): Promise<Scenario> {
  const { start, variables } = await prepared();
  const args = ['aws', 'deploy', await firstBundle(folder), VERBOSE];
  const other = await otherDeployment(folder);
  const isTested = (seen: Seen, fault: FaultName): boolean =>
    isChangeOrOldRead(seen, fault) && /-invoke-policy|\/locks\//.test(seen.resource);
  return { name: 'two at once', args, start, variables, idle: IDLE, other, isConcurrent: true, isTested };
}

/** Deploys an app whose policy is full of functions that no longer exist: they make room. */
export async function fullPolicyScenario(folder: string): Promise<Scenario> {
  return fullScenario('full policy', folder, 'us-east-1', isTestedWhenFull);
}

/** Deploys an app whose policy is full of functions that we know nothing of: a further policy is created. */
export async function furtherPolicyScenario(folder: string): Promise<Scenario> {
  const isTested = (seen: Seen, fault: FaultName): boolean =>
    isTestedWhenFull(seen, fault) && isChangeOrOldRead(seen, fault);
  return fullScenario('further policy', folder, 'eu-west-1', isTested);
}

/** What changes something; of what reads it, what may be old. Other faults of reads are overcome as in any deployment. */
function isChangeOrOldRead(seen: Seen, fault: FaultName): boolean {
  return !isReading(seen) || fault === 'old read' || fault === '404 after create' || fault === 'SIGINT';
}

/** What Mattermost answers and what is refused matters here too; what passes by itself is overcome as in the first deployment. */
function isTestedWhenRedeployed(seen: Seen, fault: FaultName): boolean {
  const passes = /^(?:error|throttling|reset|black hole|malformed|expired)/.test(fault);
  return !passes || !isReading(seen) || seen.service === 'mattermost';
}

/** What happens only when policies are full: one of the things that are alike. */
function isTestedWhenFull(seen: Seen, fault: FaultName): boolean {
  const { resource, operation } = seen;
  if (/-invoke-policy-(?:[4-9]|10)$|:function:gone-[23]$/.test(resource)) return false;
  if (resource.endsWith('-invoke-policy')) return isChangeOrOldRead(seen, fault);
  // A function that may not be looked up counts as one that exists: then the policy ends otherwise.
  if (fault === 'access denied' && resource.includes(':function:gone')) return false;
  return (
    /-invoke-policy-|-invoke-group$|:function:gone/.test(resource) ||
    /^(?:ListFunctions|GetAccountSummary)$/.test(operation)
  );
}

async function fullScenario(
  name: string,
  folder: string,
  region: string,
  isTested: NonNullable<Scenario['isTested']>,
): Promise<Scenario> {
  const { start, variables } = await prepared();
  await fillPolicy(start, region);
  const args = ['aws', 'deploy', await firstBundle(folder), VERBOSE];
  const other = await otherDeployment(folder);
  return { name, args, start, variables, idle: IDLE, other, isTested };
}

/** Deploys a function whose archive goes through the bucket. */
export async function largeArchiveScenario(folder: string): Promise<Scenario> {
  const { start, variables } = await prepared();
  const bundle = join(folder, 'large.zip');
  const code = { 'index.js': 'exports.handler = async () => ({});', data: randomBytes(LARGE) };
  await writeFile(
    bundle,
    await zip({
      'manifest.json': JSON.stringify(manifest({ aws_lambda: { functions: [described('large')] } })),
      'large.zip': await zip(code),
    }),
  );
  const isTested = ({ operation, resource }: Seen): boolean =>
    /^(?:ListMultipartUploads|CreateFunction)$/.test(operation) || resource.includes('/functions/');
  const args = ['aws', 'deploy', bundle, VERBOSE];
  return { name: 'large archive', args, start, variables, idle: IDLE, isTested };
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
  const other = await otherDeployment(folder);
  return { name: 'redeploy', args, start, variables, idle: IDLE, other, isTested: isTestedWhenRedeployed };
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

/** The deployment of another app, with one function and one asset. */
async function otherDeployment(folder: string): Promise<string[]> {
  const bundle = join(folder, 'other.zip');
  const content = manifest({ app_id: 'com.example.other', aws_lambda: { functions: [described('other')] } });
  await writeFile(
    bundle,
    await zip({
      'manifest.json': JSON.stringify(content),
      'other.zip': await functionArchive(),
      'static/other.txt': 'other',
    }),
  );
  return ['aws', 'deploy', bundle, VERBOSE];
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

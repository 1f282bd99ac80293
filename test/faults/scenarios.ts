import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateLogGroupCommand, PutRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
} from '@aws-sdk/client-iam';
import {
  CreateMultipartUploadCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { DEFAULT_NAMES } from '../../src/core/defaults.js';
import { functionArchive, manifest, zip } from '../support/bundle.js';
import { BUCKET, EXAMPLE, startEnvironment, type TestEnvironment } from '../support/environment.js';
import {
  currentVersion,
  fillPolicy,
  fillPolicyVersions,
  findInvokePolicy,
} from '../support/full-policies.js';
import type { SentRequest } from '../support/requests.js';
import { type FaultName, isChange } from './faults.js';
import { ENVIRONMENT_SECRETS } from './secrets.js';

/** A command line, and the state in which it starts. */
export interface Scenario {
  readonly name: string;
  readonly args: readonly string[];
  /** The environment that is copied for each case; the cases do not change it. */
  readonly start: TestEnvironment;
  /** Prepares what a copy of the environment does not contain. */
  prepare?(environment: TestEnvironment): Promise<void>;
  /** Milliseconds without a response after which a request has failed. */
  readonly idleTimeout: number;
  /** The deployment of another app, which may run during this one. */
  readonly other?: readonly string[];
  /** Whether the command removes what it is about, so that a second run finds nothing and fails. */
  readonly removesAll?: boolean;
  /** Whether both command lines run concurrently in every case. */
  readonly isConcurrent?: boolean;
  /** Finds what must not be, however a run has ended. */
  findProblems?(environment: TestEnvironment): Promise<string[]>;
  /** Selects requests in a scenario that sends many that are covered by other scenarios. */
  isTested?(request: SentRequest, fault: FaultName): boolean;
  /** Whether a fault has another outcome than the rules say, which end-to-end tests expect. */
  isException?(request: SentRequest, fault: FaultName): boolean;
}

/** The command lines of a scenario that run concurrently. */
export function commandLines(
  { args, other, isConcurrent }: Scenario,
  environment: TestEnvironment,
): readonly (readonly string[])[] {
  const own = args.map((arg) => (arg === ENV_FILE ? envFile(environment) : arg));
  return isConcurrent === true && other !== undefined ? [own, other] : [own];
}

/** Whether a file is one that the arguments of a scenario name. */
export function isEnvFile(file: string): boolean {
  return /[/\\]\d+\.env$/.test(file);
}

/** Stands for a file in the arguments: each environment has its own. */
const ENV_FILE = '{env file}';

function envFile({ folder, aws }: TestEnvironment): string {
  return join(folder, `${new URL(aws.endpoint).port}.env`);
}

/** The more is logged, the more secrets could be. */
export const VERBOSE = '--verbose';
/** Longer than any response takes, except that of a function. */
const IDLE_TIMEOUT_MS = 1_000;
/** A function runs in a process of its own, which takes time to start. */
const FUNCTION_IDLE_TIMEOUT_MS = 3_000;
/** The size of incompressible data that is too large for a request to AWS Lambda. */
const LARGE_BYTES = 10_000_000;

/** Prepares an empty account. */
export async function initScenario(): Promise<Scenario> {
  const args = ['aws', 'init', '--create', '--create-access-key', VERBOSE];
  const start = await startAccount();
  return { name: 'init', args, start, idleTimeout: IDLE_TIMEOUT_MS, isTested: isTestedWithoutProcess };
}

/** Replaces the access key of the server in the file that has its variables. */
export async function rotateScenario(): Promise<Scenario> {
  const flags = ['--rotate-access-key', '--delete-old-key', '--yes', '--env-file-out', ENV_FILE];
  return {
    name: 'rotate',
    args: ['aws', 'init', ...flags, VERBOSE],
    start: await prepareAccount(),
    idleTimeout: IDLE_TIMEOUT_MS,
    prepare: async (environment) => {
      const names = ['MM_APPS_AWS_ACCESS_KEY', 'MM_APPS_AWS_SECRET_KEY'];
      const lines = names.map((name) => `${name}=${environment.env[name]}\n`);
      await writeFile(envFile(environment), lines.join(''));
    },
    findProblems: async (environment) => {
      const text = await readFile(envFile(environment), 'utf8');
      const keys = environment.aws.stored.users.get(DEFAULT_NAMES.user)?.accessKeys ?? [];
      const isKnown = keys.some(
        ({ id, secret, active }) => active && text.includes(`=${id}\n`) && text.includes(`=${secret}\n`),
      );
      return isKnown ? [] : [`the file has no key that works: ${text}`];
    },
    // The other requests are those of any `init`.
    isTested: ({ operation, resource }) => /AccessKey/.test(operation) || resource.endsWith('/manifests/'),
    isException: isOfNewKey,
  };
}

/** Replaces the access key of the server in a secret. */
export async function rotateInSecretScenario(): Promise<Scenario> {
  const start = await prepareAccount();
  const { ARN = '' } = await start.clients.secrets.send(new CreateSecretCommand({ Name: 'mattermost' }));
  const flags = ['--rotate-access-key', '--delete-old-key', '--yes', '--store-secret', ARN];
  return {
    name: 'rotate in secret',
    args: ['aws', 'init', ...flags, VERBOSE],
    start,
    idleTimeout: IDLE_TIMEOUT_MS,
    isTested: ({ service }) => service === 'secretsmanager',
    isException: isOfNewKey,
  };
}

/** A new key is tested with patience, and its failure is told as one of the key. The policies of the group must be known. */
function isOfNewKey({ operation }: SentRequest, fault: FaultName): boolean {
  return (
    /^(?:access denied|expired token|malformed response)$/.test(fault) &&
    /^(?:GetCallerIdentity|HeadBucket|ListObjectsV2|GetObject|PutObject|Invoke|ListAttachedGroupPolicies)$/.test(
      operation,
    )
  );
}

/** Deploys an app for the first time, and installs it. */
export async function deployScenario(folder: string): Promise<Scenario> {
  const env = await writeEnvFile(folder, 0, 8);
  const args = ['aws', 'deploy', await writeFirstBundle(folder), '--install', '--env-from', env, VERBOSE];
  const scenario = deployment('deploy', args, await prepareAccount(), await prepareOtherDeployment(folder));
  return { ...scenario, isTested: isTestedWithoutProcess };
}

/** Deploys two apps concurrently. */
export async function twoDeploymentsScenario(folder: string): Promise<Scenario> {
  const args = ['aws', 'deploy', await writeFirstBundle(folder), VERBOSE];
  const isTested = (request: SentRequest, fault: FaultName): boolean =>
    isChangeOrStaleRead(request, fault) &&
    !isForClient(fault) &&
    /-invoke-policy|\/locks\//.test(request.resource);
  const scenario = deployment(
    'two deployments',
    args,
    await prepareAccount(),
    await prepareOtherDeployment(folder),
  );
  return { ...scenario, isConcurrent: true, isTested };
}

/** Deploys an app when the invoke policy is full of functions that do not exist: they are removed from it. */
export async function fullPolicyScenario(folder: string): Promise<Scenario> {
  const scenario = await fullScenario('full policy', folder, 'us-east-1');
  return { ...scenario, isTested: isTestedWhenFull, isException: isNotCleanedUp };
}

/** Deploys an app when the invoke policy is full of functions in another region: an additional policy is created. */
export async function additionalPolicyScenario(folder: string): Promise<Scenario> {
  const isTested = (request: SentRequest, fault: FaultName): boolean =>
    isTestedWhenFull(request, fault) && isChangeOrStaleRead(request, fault);
  const scenario = await fullScenario('additional policy', folder, 'eu-west-1');
  return { ...scenario, isTested, isException: isNotCleanedUp };
}

/** Excludes what `process.test.ts` does in the same scenario: it kills real processes. */
function isTestedWithoutProcess(_: SentRequest, fault: FaultName): boolean {
  return !fault.startsWith('killed');
}

/**
 * Whether a fault differs from the others only for a client, which repeats the request or explains the error. That is tested
 * with each client in the first deployment and in the scenarios of `init`.
 */
function isForClient(fault: FaultName): boolean {
  return /^(?:error 503|throttling|reset before|no response|expired token)/.test(fault);
}

/** Selects changes, and reads that may be stale. How reads overcome other faults is tested in any deployment. */
function isChangeOrStaleRead(request: SentRequest, fault: FaultName): boolean {
  return isChange(request) || fault === 'stale read' || fault === '404 after create' || fault === 'SIGINT';
}

/** How reads from AWS overcome transient faults is tested in the first deployment. */
function isTestedWhenRedeployed(request: SentRequest, fault: FaultName): boolean {
  if (isForClient(fault)) return false;
  const isRetried = /^(?:error|reset|malformed)/.test(fault);
  return !isRetried || isChange(request) || request.service === 'mattermost';
}

/** Selects changes, and what may mislead a removal. How reads overcome other faults is tested in any deployment. */
function isTestedWhenRemoved(request: SentRequest, fault: FaultName): boolean {
  if (isForClient(fault)) return false;
  if (isChange(request)) return true;
  const isCovered = request.service === 'mattermost' || /-invoke-policy-\d+$/.test(request.resource);
  return !isCovered && (fault === 'stale read' || fault === 'access denied');
}

/** What cannot be looked up counts as existing, so that the policies may keep more. */
function isNotCleanedUp({ operation, resource }: SentRequest, fault: FaultName): boolean {
  return fault === 'access denied' && (operation === 'ListObjectsV2' || resource.includes(':function:gone'));
}

/** Selects what happens only when policies are full, once where several requests are alike. */
function isTestedWhenFull(request: SentRequest, fault: FaultName): boolean {
  const { resource, operation } = request;
  if (isForClient(fault)) return false;
  if (/-invoke-policy-(?:[4-9]|10)$|:function:gone-[23]$/.test(resource)) return false;
  if (resource.endsWith('-invoke-policy')) return isChangeOrStaleRead(request, fault);
  return (
    /-invoke-policy-|-invoke-group$|:function:gone/.test(resource) ||
    /^(?:ListFunctions|GetAccountSummary)$/.test(operation)
  );
}

async function fullScenario(name: string, folder: string, region: string): Promise<Scenario> {
  const start = await prepareAccount();
  await fillPolicy(start, region);
  const args = ['aws', 'deploy', await writeFirstBundle(folder), VERBOSE];
  return deployment(name, args, start, await prepareOtherDeployment(folder));
}

/** Deploys a function whose archive is uploaded through the bucket. */
export async function largeArchiveScenario(folder: string): Promise<Scenario> {
  const bundle = join(folder, 'large.zip');
  const code = { 'index.js': 'exports.handler = async () => ({});', data: randomBytes(LARGE_BYTES) };
  await writeFile(
    bundle,
    await zip({
      'manifest.json': JSON.stringify(manifest({ aws_lambda: { functions: [declareFunction('large')] } })),
      'large.zip': await zip(code),
    }),
  );
  const isTested = ({ operation, resource }: SentRequest, fault: FaultName): boolean =>
    !isForClient(fault) &&
    (/^(?:ListMultipartUploads|CreateFunction)$/.test(operation) || resource.includes('/functions/'));
  const args = ['aws', 'deploy', bundle, VERBOSE];
  return { ...deployment('large archive', args, await prepareAccount()), isTested };
}

/**
 * Deploys another bundle over a deployed one: of its functions and of its assets, one is changed, one is unchanged and
 * one is new. The invoke policy has the most versions that AWS allows.
 */
export async function redeployScenario(folder: string): Promise<Scenario> {
  const start = await prepareAccount();
  const env = await writeEnvFile(folder, 0, 8);
  await start.runOrThrow(['aws', 'deploy', await writeFirstBundle(folder), '--install', '--env-from', env]);
  await fillPolicyVersions(start);
  const bundle = join(folder, 'second.zip');
  const functions = ['changed', 'fresh'].map((name) => declareFunction(name));
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
  args.push('--env-from', await writeEnvFile(folder, 6, 14), VERBOSE);
  const scenario = deployment('redeploy', args, start, await prepareOtherDeployment(folder));
  return { ...scenario, isTested: isTestedWhenRedeployed };
}

/** Deploys a new version of an app, whose functions take over the settings of the version before, and its log retention. */
export async function newVersionScenario(folder: string): Promise<Scenario> {
  const start = await prepareAccount();
  const env = await writeEnvFile(folder, 0, 8);
  const args = ['aws', 'deploy', await writeFirstBundle(folder)];
  await start.runOrThrow([...args, '--env-from', env, '--memory', '512', '--tag', 'team=apps']);
  const logGroupName = '/aws/lambda/com-example-test_1-0-0_changed';
  await start.clients.logs.send(new CreateLogGroupCommand({ logGroupName }));
  await start.clients.logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 30 }));
  const bundle = join(folder, 'new-version.zip');
  const functions = ['changed', 'unchanged'].map((name) => declareFunction(name));
  const content = manifest({ version: '1.1.0', aws_lambda: { functions } });
  await writeFile(
    bundle,
    await zip({
      'manifest.json': JSON.stringify(content),
      'changed.zip': await functionArchive(),
      'unchanged.zip': await functionArchive(),
    }),
  );
  const isTested = (request: SentRequest, fault: FaultName): boolean => {
    const { service, resource } = request;
    if (service === 'logs') return true;
    const isOfVersion = /_1-[01]-0_/.test(resource) || resource.includes('/manifests/');
    return isOfVersion && isTestedWhenRedeployed(request, fault);
  };
  // Without permission to read the log retention, it is not taken over, so the account ends in another state.
  const isException = ({ operation }: SentRequest, fault: FaultName): boolean =>
    operation === 'DescribeLogGroups' && fault === 'access denied';
  return { ...deployment('new version', ['aws', 'deploy', bundle, VERBOSE], start), isTested, isException };
}

/** Removes what `init` made, after people have added to it, with a bucket that is versioned and not empty. */
export async function cleanScenario(): Promise<Scenario> {
  const start = await prepareAccount();
  const { iam, s3 } = start.clients;
  const { user: UserName, group: GroupName } = DEFAULT_NAMES;
  await iam.send(new CreateAccessKeyCommand({ UserName }));
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: 'correct horse battery staple' }));
  await iam.send(new CreateUserCommand({ UserName: 'someone' }));
  await iam.send(new AddUserToGroupCommand({ GroupName, UserName: 'someone' }));
  const { arn: PolicyArn, versions } = findInvokePolicy(start);
  const PolicyDocument = versions[0]?.document;
  await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument }));
  await iam.send(new AttachUserPolicyCommand({ UserName: 'someone', PolicyArn }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'locks/left', Body: 'x' }));
  await s3.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: 'functions/left' }));
  const args = ['aws', 'clean', '--yes', '--bucket', '--force', VERBOSE];
  return { name: 'clean', args, start, idleTimeout: IDLE_TIMEOUT_MS, isTested: isTestedWhenRedeployed };
}

/**
 * Removes an app that is installed, with its log group, beside another version of it and another app. The functions of the
 * app have logged, and its version has a function that its manifest no longer has.
 */
export async function removeScenario(folder: string): Promise<Scenario> {
  const start = await prepareAccount();
  const versions = [manifest({ version: '0.9.0' }), manifest()].map((content) => ({
    ...content,
    aws_lambda: { functions: [declareFunction('left'), declareFunction('kept')] },
  }));
  for (const [index, content] of versions.entries()) {
    const bundle = join(folder, `removed-${index}.zip`);
    const entries = { 'left.zip': await functionArchive(), 'kept.zip': await functionArchive() };
    const file = { 'manifest.json': JSON.stringify(content), ...entries, 'static/a.txt': 'a' };
    await writeFile(bundle, await zip(file));
    await start.runOrThrow(['aws', 'deploy', bundle, '--install']);
  }
  const without = manifest({ aws_lambda: { functions: [declareFunction('kept')] } });
  const last = join(folder, 'removed-last.zip');
  await writeFile(
    last,
    await zip({
      'manifest.json': JSON.stringify(without),
      'kept.zip': await functionArchive(),
      'static/b.txt': 'b',
    }),
  );
  await start.runOrThrow(['aws', 'deploy', last, '--install', '--update']);
  for (const version of ['0-9-0', '1-0-0']) {
    const logGroupName = `/aws/lambda/com-example-test_${version}_kept`;
    await start.clients.logs.send(new CreateLogGroupCommand({ logGroupName }));
  }
  await start.runOrThrow(await prepareOtherDeployment(folder, 'com.example.neighbor'));
  const args = ['aws', 'remove', 'com.example.test@1.0.0', '--yes', '--uninstall', '--logs', VERBOSE];
  const scenario = deployment('remove', args, start, await prepareOtherDeployment(folder));
  // Mattermost is asked four things at once, which takes long on a machine under load.
  const idleTimeout = FUNCTION_IDLE_TIMEOUT_MS;
  return { ...scenario, idleTimeout, removesAll: true, isTested: isTestedWhenRemoved };
}

/** Lists and installs an earlier version of an app, which the server is no longer allowed to invoke. */
export async function rollbackScenario(folder: string): Promise<Scenario> {
  const start = await prepareAccount();
  await start.runOrThrow(['aws', 'deploy', await writeFirstBundle(folder), '--install']);
  const { document } = currentVersion(findInvokePolicy(start));
  const bundle = join(folder, 'later.zip');
  const functions = [declareFunction('changed')];
  const content = manifest({ version: '1.1.0', aws_lambda: { functions } });
  const entries = { 'manifest.json': JSON.stringify(content), 'changed.zip': await functionArchive() };
  await writeFile(bundle, await zip(entries));
  await start.runOrThrow(['aws', 'deploy', bundle, '--install']);
  const current = currentVersion(findInvokePolicy(start));
  current.document = document.replaceAll('_1-0-0_', '_0-0-0_');
  const args = ['aws', 'rollback', 'com.example.test', '--to', '1.0.0', '--install', VERBOSE];
  // Policies and installations are changed as by a deployment.
  const isTested = ({ service, operation, resource }: SentRequest, fault: FaultName): boolean =>
    !isForClient(fault) &&
    (/\/manifests\/|\/locks\/removals\/|:function:/.test(resource) ||
      (service === 'mattermost' && /-app(?:-listing)?$/.test(operation)));
  return { ...deployment('rollback', args, start, await prepareOtherDeployment(folder)), isTested };
}

/** The `aws test` commands, after the example app was deployed. */
export async function testScenarios(folder: string): Promise<Scenario[]> {
  const start = await prepareAccount();
  const bundle = join(folder, 'hello-serverless.zip');
  await start.runOrThrow(['aws', 'package', EXAMPLE, '-o', bundle]);
  await start.runOrThrow(['aws', 'test', 'deploy', bundle]);
  return ['lambda', 's3', 'list'].map((command) => ({
    name: `test ${command}`,
    args: ['aws', 'test', command, VERBOSE],
    start,
    idleTimeout: command === 'lambda' ? FUNCTION_IDLE_TIMEOUT_MS : IDLE_TIMEOUT_MS,
  }));
}

function deployment(
  name: string,
  args: readonly string[],
  start: TestEnvironment,
  other?: readonly string[],
): Scenario {
  return { name, args, start, idleTimeout: IDLE_TIMEOUT_MS, ...(other !== undefined && { other }) };
}

/** An empty account. As on AWS, functions are not ready immediately. */
function startAccount(): Promise<TestEnvironment> {
  return startEnvironment({ runner: 'in-process', aws: { lambda: { pendingReads: 1, inProgressReads: 1 } } });
}

/** An account after `init`. */
async function prepareAccount(): Promise<TestEnvironment> {
  const start = await startAccount();
  await start.init();
  return start;
}

async function writeFirstBundle(folder: string): Promise<string> {
  const bundle = join(folder, 'first.zip');
  const functions = ['changed', 'unchanged'].map((name) => declareFunction(name));
  await writeFile(
    bundle,
    await zip({
      'manifest.json': JSON.stringify(manifest({ aws_lambda: { functions } })),
      'changed.zip': await functionArchive(),
      'unchanged.zip': await functionArchive(),
      'static/changed.txt': 'before',
      'static/same.txt': 'same',
    }),
  );
  return bundle;
}

/** The command line that deploys another app, with one function and one asset. */
async function prepareOtherDeployment(folder: string, id = 'com.example.other'): Promise<string[]> {
  const bundle = join(folder, `${id}.zip`);
  const content = manifest({
    app_id: id,
    aws_lambda: { functions: [declareFunction('other')] },
  });
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

/** A function that does not handle /ping, so that an installation does not wait for its process. */
function declareFunction(name: string): Record<string, string> {
  return { path: `/${name}`, name, handler: 'index.handler', runtime: 'nodejs22.x' };
}

async function writeEnvFile(folder: string, from: number, to: number): Promise<string> {
  const file = join(folder, `environment-${from}`);
  const lines = Object.entries(ENVIRONMENT_SECRETS).slice(from, to);
  await writeFile(file, lines.map(([name, value]) => `${name}=${value}\n`).join(''));
  return file;
}

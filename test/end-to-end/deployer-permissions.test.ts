import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_NAMES } from '../../src/core/defaults.js';
import type { IamPolicyDocument } from '../../src/core/policy/deploy-policy.js';
import { bundleRolePolicy, deployerPolicy } from '../../src/core/policy/deployer-policy.js';
import { functionArchive, manifest, writeBundle, zip } from '../support/bundle.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { fillPolicy, fillPolicyVersions } from '../support/full-policies.js';
import {
  addFunctionSettings,
  enableVersioning,
  type Outcome,
  onlyWith,
  runAs,
  type Step,
} from '../support/limited-runs.js';
import { tempFolder } from '../support/temp-folder.js';

const BUNDLES = 'bundles';
const ENVIRONMENT = 'test';
const account = { partition: 'aws', accountId: '123456789012' };
const { group: groupName, policy: policyName, executionRole: executionRoleName } = DEFAULT_NAMES;
const names = { groupName, policyName, executionRoleName, path: '/', apps: undefined };
const target = { account, region: 'us-east-1', bucket: BUCKET, ...names };
const bundles = { account, bucket: BUNDLES, prefix: 'apps/' };
/** The policy of a deployer, of which docs/permissions.md says what it is. */
const policy = deployerPolicy(target, bundles, undefined);

/** One action of one statement: some actions are in several. */
interface Permission {
  readonly sid: string;
  readonly action: string;
}

const permissions: Permission[] = policy.Statement.flatMap(({ Sid: sid = '', Action }) =>
  [Action].flat().map((action) => ({ sid, action })),
);
const isOptional = (sid: string): boolean => sid.startsWith('Optional');

/** @param action without it, the whole statement */
function without({ sid, action }: { readonly sid: string; readonly action?: string }): IamPolicyDocument {
  const Statement = policy.Statement.map((statement) =>
    statement.Sid === sid
      ? { ...statement, Action: [statement.Action].flat().filter((item) => action && item !== action) }
      : statement,
  );
  return { ...policy, Statement: Statement.filter(({ Action }) => Action.length > 0) };
}

const RUN = ['aws', 'deployer', 'run'];
/** Other settings than those of the first deployment. */
const UPDATE = [...RUN, '--update', '--memory', '512', '--tag', 'team=b'];
const folder = await tempFolder();

/** What a deployer does, and the account in which it does so. */
interface Scenario {
  readonly start: TestEnvironment;
  readonly steps: readonly Step[];
  /** The bundles that are deployed in the end. */
  readonly deployed: readonly string[];
}

const environments: TestEnvironment[] = [];
/** A bucket of bundles without versioning. */
let unversioned: Scenario;
/** With versioning: an update, and a new version of the app, which takes over layers, a VPC and a log retention. */
let versioned: Scenario;
/** A function that is too large for a request, and another bucket with versioning. */
let large: Scenario;
/** A function for which the invoke policy has no room. */
let full: Scenario;
/** A bundle that is not valid, and what people do about it. */
let broken: Scenario;

beforeAll(async () => {
  const first = await writeBundle(folder, manifest(), { 'static/a.txt': 'a' });
  const code = await functionArchive('exports.handler = () => 2;');
  const second = await writeBundle(folder, manifest(), { 'static/a.txt': 'b', 'go.zip': code });
  const next = await writeBundle(folder, manifest({ version: '2.0.0' }));
  const data = randomBytes(10_100_000);
  const ofLarge = await writeBundle(folder, manifest(), { 'go.zip': await zip({ 'index.js': '', data }) });

  // As on AWS, functions are not ready immediately.
  const aws = { lambda: { pendingReads: 1, inProgressReads: 1 } };
  const prepared = await startEnvironment({ runner: 'in-process', aws });
  await prepared.init();
  await fillPolicyVersions(prepared);
  await prepared.clients.s3.send(new CreateBucketCommand({ Bucket: BUNDLES }));
  Object.assign(prepared.env, {
    MM_APPS_BUNDLE_BUCKET: BUNDLES,
    MM_APPS_BUNDLE_PREFIX: 'apps/',
    MM_APPS_ENVIRONMENT: ENVIRONMENT,
  });
  const tagged = await startEnvironment({ like: prepared });
  await upload(tagged, 'first', first);
  await tagged.runOrThrow([...RUN, '--tag', 'team=a']);
  await enableVersioning(tagged, BUNDLES);
  await addFunctionSettings(tagged);
  environments.push(prepared, tagged);

  unversioned = {
    start: prepared,
    steps: [[RUN, (environment) => upload(environment, 'first', first)]],
    deployed: ['first'],
  };
  versioned = {
    start: tagged,
    steps: [
      [
        UPDATE,
        async (environment) => {
          await upload(environment, 'first', second);
          await upload(environment, 'next', next);
        },
      ],
    ],
    deployed: ['first', 'next'],
  };
  const beforeLarge = async (environment: TestEnvironment): Promise<void> => {
    await enableVersioning(environment, BUCKET);
    await upload(environment, 'large', ofLarge);
  };
  large = { start: prepared, steps: [[RUN, beforeLarge]], deployed: ['large'] };
  const beforeFull = async (environment: TestEnvironment): Promise<void> => {
    await fillPolicy(environment, 'eu-west-1');
    await upload(environment, 'first', first);
  };
  full = { start: prepared, steps: [[RUN, beforeFull]], deployed: ['first'] };
  broken = {
    start: tagged,
    steps: [
      [RUN, (environment) => upload(environment, 'broken', Buffer.from('not a zip')), 1],
      [['aws', 'deployer', 'retry', 'apps/broken.zip']],
      [['aws', 'deployer', 'status']],
    ],
    deployed: ['first'],
  };
});
afterAll(async () => {
  await Promise.all(environments.map((environment) => environment.stop()));
});

/** @param bundle its content, or its file */
async function upload({ clients }: TestEnvironment, name: string, bundle: string | Buffer): Promise<void> {
  const Body = typeof bundle === 'string' ? await readFile(bundle) : bundle;
  await clients.s3.send(new PutObjectCommand({ Bucket: BUNDLES, Key: `apps/${name}.zip`, Body }));
}

function run(document: IamPolicyDocument, { start, steps }: Scenario): Promise<Outcome> {
  return runAs(document, start, steps);
}

/** The scenario in which a permission, or a statement, is needed. */
function scenarioFor({ sid, action = '' }: { readonly sid: string; readonly action?: string }): Scenario {
  if (/^(?:ReadUploadsByVersion|OptionalUploads|OptionalVersions)$/.test(sid)) return large;
  if (/^(?:Attach|OptionalFull|OptionalRoom)/.test(sid) || action === 'iam:CreatePolicy') return full;
  const isUnversioned = /^(?:Read|Tag)Bundles$/.test(sid) && /GetObject$|PutObjectTagging$/.test(action);
  return isUnversioned ? unversioned : versioned;
}

/** The names of the bundles that count as deployed. */
function listDeployed({ stored }: Outcome): string[] {
  const objects = [...(stored.buckets.get(BUNDLES)?.objects.values() ?? [])];
  return objects.flatMap(({ key, tags }) =>
    tags.get(`deployed_${ENVIRONMENT}`) === 'true' ? [key.slice('apps/'.length, -'.zip'.length)] : [],
  );
}

function listLocks({ stored }: Outcome): string[] {
  return [...(stored.buckets.get(BUCKET)?.objects.keys() ?? [])].filter((key) => key.startsWith('locks/'));
}

test('a deployer can do everything with its policy', async () => {
  for (const scenario of [unversioned, versioned, large, full, broken]) {
    const outcome = await run(policy, scenario);
    expect(outcome).toMatchObject({ isDone: true, result: { code: 0 } });
    expect(listDeployed(outcome)).toEqual(scenario.deployed);
    expect(listLocks(outcome)).toEqual([]);
  }
});

test.each([...new Set(permissions.map(({ sid }) => sid).filter(isOptional))])(
  'it works without the statement %s',
  async (sid) => {
    const scenario = scenarioFor({ sid });
    const outcome = await run(without({ sid }), scenario);
    expect(outcome).toMatchObject({ isDone: true, result: { code: 0 } });
    expect(listDeployed(outcome)).toEqual(scenario.deployed);
  },
);

test.each(permissions.filter(({ sid }) => !isOptional(sid)))(
  'without $action of $sid, each failure names it, and what failed does not count as deployed',
  async (permission) => {
    const scenario = scenarioFor(permission);
    const outcome = await run(without(permission), scenario);
    const { code, stderr } = outcome.result;
    expect(code).toBe(1);
    const errors = stderr.split('\n').filter((line) => / error +/.test(line));
    expect(errors.join('\n')).toContain(permission.action);
    const failures = errors.filter((line) => / cannot /.test(line));
    expect(failures.length).toBeGreaterThan(0);
    const [, operation = ''] = permission.action.split(':');
    for (const failure of failures) expect(failure).toContain(operation);
    // One for each bundle that failed, and one at most for the whole pass.
    const failed = failures.map((line) => /apps\/(\w+)\.zip: .*not deployed/.exec(line)?.[1]);
    expect(new Set(failed).size).toBe(failed.length);
    const isPassFailed = failed.includes(undefined);
    expect(listDeployed(outcome)).toEqual(
      isPassFailed ? [] : scenario.deployed.filter((name) => !failed.includes(name)),
    );
  },
);

describe('with a role for the bundles', () => {
  const role = 'arn:aws:iam::123456789012:role/bundles';
  const withRole = (): Scenario => ({
    ...unversioned,
    steps: unversioned.steps.map(([args, before]) => [
      args,
      async (environment) => {
        await before?.(environment);
        await createBundleRole(environment);
      },
    ]),
  });

  async function createBundleRole({ clients: { iam }, env }: TestEnvironment): Promise<void> {
    const trust = {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::123456789012:root' },
      Action: 'sts:AssumeRole',
    };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
    await iam.send(new CreateRoleCommand({ RoleName: 'bundles', AssumeRolePolicyDocument }));
    const PolicyDocument = JSON.stringify(bundleRolePolicy(bundles));
    await iam.send(new PutRolePolicyCommand({ RoleName: 'bundles', PolicyName: 'bundles', PolicyDocument }));
    env['MM_APPS_BUNDLE_ROLE_ARN'] = role;
  }

  test('the deployer needs none of their permissions itself', async () => {
    const outcome = await run(deployerPolicy(target, bundles, role), withRole());
    expect(outcome).toMatchObject({ isDone: true, result: { code: 0 } });
    expect(listDeployed(outcome)).toEqual(['first']);
  });

  test('it must be allowed to assume the role', async () => {
    const { Version, Statement } = deployerPolicy(target, bundles, role);
    const { result } = await run({ Version, Statement: Statement.slice(1) }, withRole());
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('sts:AssumeRole');
    expect(result.stderr).toContain(role);
  });
});

test('without --update, no function is ever changed: the permissions for it are not needed', async () => {
  const document = onlyWith(policy, (action) => !action.startsWith('lambda:UpdateFunction'));
  expect(await run(document, unversioned)).toMatchObject({ isDone: true, result: { code: 0 } });
});

test('a dry run needs only permissions to read', async () => {
  const [[, before] = []] = versioned.steps;
  const steps: Step[] = [[[...UPDATE, '--dry-run'], before]];
  const outcome = await run(
    onlyWith(policy, (action) => /:(?:Get|List)/.test(action)),
    { ...versioned, steps },
  );
  expect(outcome).toMatchObject({ result: { code: 0 }, isChanged: false });
  expect(outcome.result.stdout).toContain('2 would be deployed');
});

test('retry and status need only permissions for bundles, and status does not change them', async () => {
  const [, retry, status] = broken.steps as [Step, Step, Step];
  const start: Step[] = [[retry[0], (environment) => upload(environment, 'broken', Buffer.from('x'))]];
  const document = bundleRolePolicy(bundles);
  expect(await run(document, { ...broken, steps: start })).toMatchObject({ isDone: true });
  const reading = onlyWith(document, (action) => /ListBucket|GetObjectTagging/.test(action));
  expect(await run(reading, { ...broken, steps: [status] })).toMatchObject({ isDone: true });
});

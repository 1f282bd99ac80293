import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readState } from '../faults/account-state.js';
import { fillPolicy, fillPolicyVersions, invokePolicy } from '../faults/full-policies.js';
import { BUCKET, type Lab, type RunResult, startLab } from '../faults/lab.js';
import { functionArchive, manifest, writeBundle, zip } from '../support/bundle.js';
import { tempFolder } from '../support/temp-folder.js';

/** The policies in docs/permissions.md: each action that is missing from them must be missed, and no other one. */
interface Document {
  readonly Statement: readonly { readonly Sid: string; readonly Action: string | readonly string[] }[];
}

const text = readFileSync(new URL('../../docs/permissions.md', import.meta.url), 'utf8');
const [toInit, toDeploy] = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(
  ([, json = '']) =>
    JSON.parse(
      json
        .replaceAll('BUCKET', BUCKET)
        .replaceAll('REGION', 'us-east-1')
        .replaceAll('111122223333', '123456789012'),
    ) as Document,
) as [Document, Document];

const actionsOf = ({ Statement }: Document, isOptional: boolean): string[] =>
  Statement.filter(({ Sid }) => Sid.startsWith('Optional') === isOptional).flatMap(({ Action }) => Action);
const onlyWith = (document: Document, isAllowed: (action: string) => boolean): Document => ({
  ...document,
  Statement: document.Statement.map((statement) => ({
    ...statement,
    Action: [statement.Action].flat().filter(isAllowed),
  })).filter(({ Action }) => Action.length > 0),
});
const without = (document: Document, action: string): Document =>
  onlyWith(document, (item) => item !== action);
const reading = (document: Document): Document =>
  onlyWith(document, (action) => /:(?:Get|List)/.test(action));

/** Several command lines, and what happens before each of them. */
type Step = readonly [args: readonly string[], before?: (lab: Lab) => Promise<void>];

const folder = await tempFolder();
let empty: Lab;
let prepared: Lab;
let init: readonly Step[];
let deploy: readonly Step[];

beforeAll(async () => {
  empty = await startLab();
  prepared = await startLab();
  await prepared.run(['aws', 'init', '--create', '--create-access-key']);
  await fillPolicyVersions(prepared);
  const first = await writeBundle(folder, manifest(), { 'static/a.txt': 'a' });
  const code = await functionArchive('exports.handler = () => 2;');
  const second = await writeBundle(folder, manifest(), { 'static/a.txt': 'b', 'go.zip': code });
  const data = randomBytes(10_100_000);
  const large = await writeBundle(folder, manifest({ app_id: 'com.example.large' }), {
    'go.zip': await zip({ 'index.js': '', data }),
  });
  const last = await writeBundle(folder, manifest({ app_id: 'com.example.last' }));
  init = [
    [['aws', 'init', '--create']],
    [['aws', 'init', '--create']],
    [['aws', 'init', '--create', '--create-access-key']],
    [['aws', 'init', '--create'], async (lab) => removeBucketFromPolicy(lab)],
  ];
  deploy = [
    [['aws', 'deploy', first, '--dry-run', '--tag', 'team=a']],
    [['aws', 'deploy', first, '--tag', 'team=a']],
    [['aws', 'deploy', first, '--tag', 'team=a', '--update']],
    [['aws', 'deploy', second, '--update', '--memory', '512', '--tag', 'team=b']],
    [['aws', 'deploy', large], keepVersions],
    [['aws', 'deploy', last], (lab) => fillPolicy(lab, 'eu-west-1')],
  ];
});
afterAll(async () => {
  await Promise.all([empty.stop(), prepared.stop()]);
});

/** The server's policy as it is when another bucket was prepared first. It has as many versions as IAM keeps. */
async function removeBucketFromPolicy(lab: Lab): Promise<void> {
  await fillPolicyVersions(lab);
  for (const version of invokePolicy(lab).versions)
    version.document = version.document.replaceAll(`:::${BUCKET}`, ':::another-bucket');
}

/** From then on, the bucket keeps all versions of its objects. */
async function keepVersions({ aws }: Lab): Promise<void> {
  const { endpoint, region, admin: credentials } = aws;
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
  s3.destroy();
}

interface Outcome {
  readonly result: RunResult;
  readonly isChanged: boolean;
}

/** Runs steps as a user who may do what a policy says, until one fails; returns the last one. */
async function runAs(document: Document, start: Lab, steps: readonly Step[]): Promise<Outcome> {
  const lab = await startLab(start);
  try {
    const env = await createUser(lab, document);
    let outcome: Outcome | undefined;
    for (const [args, before] of steps) {
      await before?.(lab);
      const state = readState(lab).things;
      const result = await lab.run(args, { env });
      outcome = { result, isChanged: JSON.stringify(readState(lab).things) !== JSON.stringify(state) };
      if (result.code !== 0) break;
    }
    if (outcome === undefined) throw new Error('there are no steps');
    return outcome;
  } finally {
    await lab.stop();
  }
}

async function createUser({ aws }: Lab, document: Document): Promise<Record<string, string>> {
  const iam = new IAMClient({ endpoint: aws.endpoint, region: aws.region, credentials: aws.admin });
  const UserName = 'deployer';
  await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = JSON.stringify(document);
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'permissions', PolicyDocument }));
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: Policy?.Arn }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  iam.destroy();
  return {
    MM_APPS_DEPLOY_AWS_ACCESS_KEY: AccessKey?.AccessKeyId ?? '',
    MM_APPS_DEPLOY_AWS_SECRET_KEY: AccessKey?.SecretAccessKey ?? '',
  };
}

/** What is asked before anything is changed: what is read, and whether AWS would take new code. */
const KNOWN_BEFORE = /:(?:Get|List)|^lambda:UpdateFunctionCode$/;
/** Also asked while a command changes something, when it is needed only then. */
const ONLY_WHEN_CHANGED = /^s3:GetBucketPolicy$/;

function describeCommand(
  name: string,
  document: Document,
  start: () => Lab,
  steps: () => readonly Step[],
): void {
  describe(name, () => {
    test('works with these permissions', async () => {
      const { result } = await runAs(document, start(), steps());
      expect(result).toMatchObject({ code: 0 });
    });

    test.each(actionsOf(document, true))('works without %s', async (action) => {
      const { result } = await runAs(without(document, action), start(), steps());
      expect(result).toMatchObject({ code: 0 });
    });

    test.each(actionsOf(document, false))('fails without %s, and names it', async (action) => {
      const { result, isChanged } = await runAs(without(document, action), start(), steps());
      expect(result.code).toBe(1);
      const errors = result.stderr.split('\n').filter((line) => /^(?:error|hint): /.test(line));
      // What Lambda may not read of a bucket, it says without the service.
      expect(errors.join('\n')).toContain(action === 's3:GetObjectVersion' ? 'GetObjectVersion' : action);
      expect(errors.join('\n')).toMatch(/mattermost-apps|com-example-/);
      if (KNOWN_BEFORE.test(action) && !ONLY_WHEN_CHANGED.test(action)) expect(isChanged).toBe(false);
    });
  });
}

describeCommand(
  'aws init',
  toInit,
  () => empty,
  () => init,
);
describeCommand(
  'aws deploy',
  toDeploy,
  () => prepared,
  () => deploy,
);

test('init without --create needs to read only', async () => {
  const outcome = await runAs(reading(toInit), prepared, [[['aws', 'init']]]);
  expect(outcome).toMatchObject({ result: { code: 0 }, isChanged: false });
});

test('a dry run needs to read only', async () => {
  const outcome = await runAs(reading(toDeploy), prepared, deploy.slice(0, 1));
  expect(outcome).toMatchObject({ result: { code: 0 }, isChanged: false });
});

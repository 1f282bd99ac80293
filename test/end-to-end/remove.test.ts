import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreatePolicyVersionCommand, GetPolicyCommand, GetPolicyVersionCommand } from '@aws-sdk/client-iam';
import { ListObjectVersionsCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { INVOKE_GRANT, withGrantedResources } from '../../src/core/policy/policy-grants.js';
import { compareStates, readAccountState } from '../support/account-state.js';
import { manifest, writeBundle } from '../support/bundle.js';
import { BUCKET, type RunResult, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { currentVersion, fillPolicy, findInvokePolicy } from '../support/full-policies.js';
import { INTERRUPTION } from '../support/messages/deploy.js';
import {
  accountLine,
  errorOutput,
  refusalOutput,
  resourceLine,
  warningLine,
} from '../support/messages/output.js';
import { REMOVE, REMOVE_HINT } from '../support/messages/remove.js';
import { AGAIN, USAGE } from '../support/messages/usage.js';
import { findChanges } from '../support/requests.js';
import { runInProcess } from '../support/run-in-process.js';
import { tempFolder } from '../support/temp-folder.js';

const APP = 'com.example.test';
const REMOVE_APP = ['aws', 'remove', APP];
const folder = await tempFolder();
/** After `init`, with another app. */
let prepared: TestEnvironment;
/** With versions 1.0.0 and 2.0.0 of the app, of which neither is installed. */
let start: TestEnvironment;
let first: string;
let second: string;

beforeAll(async () => {
  prepared = await startEnvironment({
    runner: 'in-process',
    aws: { lambda: { pendingReads: 1, inProgressReads: 1, deletingReads: 2 } },
  });
  await prepared.init();
  const neighbor = await writeBundle(folder, manifest({ app_id: 'com.example.neighbor' }));
  await prepared.runOrThrow(['aws', 'deploy', neighbor]);
  first = await writeBundle(folder, manifest(), { 'static/a.txt': 'a', 'static/b/c.txt': 'c' });
  second = await writeBundle(folder, manifest({ version: '2.0.0' }), { 'static/a.txt': 'a' });
  start = await startEnvironment({ like: prepared });
  for (const bundle of [first, second]) await start.runOrThrow(['aws', 'deploy', bundle]);
});
afterAll(() => Promise.all([start.stop(), prepared.stop()]));

/** Runs work in a copy of an environment. */
async function inCopy(like: TestEnvironment, work: (copy: TestEnvironment) => Promise<void>): Promise<void> {
  const copy = await startEnvironment({ like });
  try {
    await work(copy);
  } finally {
    await copy.stop();
  }
}

/** The differences to the account after `init`. Nothing takes an app off the list of the server. */
function leftovers(environment: TestEnvironment): string[] {
  const differences = compareStates(readAccountState(environment), readAccountState(prepared));
  return differences.filter((line) => !line.startsWith(`listing ${APP} `));
}

describe('aws remove', () => {
  test('leaves an account as it was before the app was deployed, and then says that it is not deployed', async () => {
    await inCopy(start, async (copy) => {
      const removed = await copy.run([...REMOVE_APP, '--all-versions', '--yes'], { runner: 'process' });
      expect(removed.stdout).toContain(`${APP} 2.0.0, 1.0.0 are removed from AWS.\n`);
      expect(removed.stdout).toContain(`${REMOVE.unlisted(APP, '2.0.0')}, and has no way to unlist it`);
      expect(removed.stderr).toBe(
        [
          accountLine(),
          resourceLine('updated', 'invoke policy', 'mattermost-apps-invoke-policy'),
          ...['2.0.0', '1.0.0'].map((version) =>
            resourceLine('removed', 'manifest', `manifests/${APP}_${version}.json`),
          ),
          ...['2-0-0', '1-0-0'].map((version) =>
            resourceLine('removed', 'function', `com-example-test_${version}_go`),
          ),
          resourceLine('removed', 'asset', `static/${APP}_2.0.0_app/a.txt`),
          resourceLine('removed', 'asset', `static/${APP}_1.0.0_app/a.txt`),
          resourceLine('removed', 'asset', `static/${APP}_1.0.0_app/b/c.txt`),
        ].join(''),
      );
      expect(removed.code).toBe(0);
      expect(leftovers(copy)).toEqual([]);
      const again = await copy.run([...REMOVE_APP, '--all-versions', '--yes']);
      expect(again).toMatchObject({ code: 1, stdout: '' });
      expect(again.stderr).toContain(`error: ${REMOVE.appMissing(APP, BUCKET)}\n`);
      expect(findChanges(again.requests)).toEqual([]);
    });
  });

  test('removes one version and leaves the others, which still work', async () => {
    await inCopy(prepared, async (copy) => {
      await copy.runOrThrow(['aws', 'deploy', first]);
      const before = readAccountState(copy);
      await copy.runOrThrow(['aws', 'deploy', second]);
      const { stdout } = await copy.runOrThrow([...REMOVE_APP.slice(0, 2), `${APP}@2.0.0`, '--yes']);
      expect(stdout).toContain('Still deployed, latest first: 1.0.0\n');
      const differences = compareStates(readAccountState(copy), before);
      expect(differences.filter((line) => !line.startsWith('listing '))).toEqual([]);
      await copy.runOrThrow(['aws', 'rollback', APP, '--to', '1.0.0', '--install']);
    });
  });

  test('keeps the versions that were deployed last', async () => {
    await inCopy(start, async (copy) => {
      await copy.runOrThrow([...REMOVE_APP, '--keep', '1', '--yes']);
      expect([...copy.aws.stored.functions.keys()]).toEqual([
        'com-example-neighbor_1-0-0_go',
        'com-example-test_2-0-0_go',
      ]);
      const { stdout, requests } = await copy.runOrThrow([...REMOVE_APP, '--keep', '1', '--yes']);
      expect(stdout).toBe(`Nothing to remove: ${APP} has 1 version.\n`);
      expect(findChanges(requests)).toEqual([]);
    });
  });

  test('--dry-run prints the plan and changes nothing', async () => {
    const { code, stdout, requests } = await start.run(['aws', 'remove', `${APP}@2.0.0`, '--dry-run']);
    expect({ code, changes: findChanges(requests) }).toEqual({ code: 0, changes: [] });
    const arn = 'arn:aws:lambda:us-east-1:123456789012:function:com-example-test_2-0-0_go';
    expect(stdout).toBe(
      [
        resourceLine('update', 'invoke policy', 'mattermost-apps-invoke-policy'),
        `          - ${arn}\n`,
        resourceLine('remove', 'manifest', `manifests/${APP}_2.0.0.json`),
        resourceLine('remove', 'function', 'com-example-test_2-0-0_go'),
        resourceLine('remove', 'asset', `static/${APP}_2.0.0_app/a.txt`),
        'Plan: 3 to remove, 1 to update, 0 kept. Nothing was changed (--dry-run).\n',
        `${REMOVE.unlisted(APP, '2.0.0')}, and has no way to unlist it: an installation of it would not work; list another version with: appsctl aws rollback APP --to VERSION\n`,
      ].join(''),
    );
    const json = await start.run(['aws', 'remove', `${APP}@2.0.0`, '--dry-run', '--json', '--exit-code']);
    expect(json.code).toBe(3);
    expect(JSON.parse(json.stdout)).toMatchObject({
      version: 1,
      ...{ app: APP, versions: ['2.0.0'], remaining: ['1.0.0'], listed: '2.0.0' },
      steps: [
        { action: 'update', kind: 'invoke policy', details: [`- ${arn}`], refused: false },
        { action: 'remove', kind: 'manifest' },
        { action: 'remove', kind: 'function' },
        { action: 'remove', kind: 'asset' },
      ],
    });
  });

  test('warns of a policy that does not exist', async () => {
    const dryRun = ['aws', 'remove', `${APP}@2.0.0`, '--dry-run'];
    const { stderr } = await start.runOrThrow([...dryRun, '--policy', 'other']);
    expect(stderr).toContain(warningLine(REMOVE.policyMissing('other', '--policy')));
    expect((await start.runOrThrow(dryRun)).stderr).not.toContain('warning');
  });

  test('must know which version is meant', async () => {
    const { code, stderr } = await start.run([...REMOVE_APP, '--yes']);
    expect(code).toBe(2);
    expect(stderr).toBe(
      refusalOutput(
        `${REMOVE.ambiguous(APP, 2)}\n  ${APP}@2.0.0\n  ${APP}@1.0.0`,
        'or remove all of them with --all-versions',
      ),
    );
  });

  test('fails for an unknown app and an unknown version, and changes nothing', async () => {
    const unknown = await start.run(['aws', 'remove', 'com.example.tset', '--yes']);
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toBe(
      refusalOutput(REMOVE.appMissing('com.example.tset', BUCKET), `did you mean ${APP}?`),
    );
    const version = await start.run(['aws', 'remove', `${APP}@3.0.0`, '--yes']);
    expect(version).toMatchObject({ code: 1, stdout: '' });
    expect(version.stderr).toBe(
      refusalOutput(REMOVE.versionMissing(APP, '3.0.0'), 'deployed, latest first: 2.0.0, 1.0.0'),
    );
    expect(findChanges([...unknown.requests, ...version.requests])).toEqual([]);
  });

  test.each([
    [['--keep', '0'], '--keep "0" is not a number of at least 1'],
    [
      ['--keep', '1', '--all-versions'],
      'a version, all versions and a number of versions to keep exclude each other',
    ],
  ])('does not accept %j', async (flags, message) => {
    const { code, stderr, requests } = await start.run([...REMOVE_APP, ...flags, '--yes']);
    expect({ code, requests }).toEqual({ code: 2, requests: [] });
    expect(stderr).toContain(`error: ${message}\n`);
  });
});

describe('confirmation', () => {
  const QUESTION = REMOVE.cannotBeUndone(APP, '1.0.0');

  test('is required where there is no terminal', async () => {
    const { code, stderr, requests } = await start.run(['aws', 'remove', `${APP}@1.0.0`]);
    expect(code).toBe(2);
    expect(stderr).toBe(refusalOutput(USAGE.unconfirmed(QUESTION), 'add --yes'));
    expect(findChanges(requests)).toEqual([]);
  });

  test('is the ID of the app; the question shows what will be removed', async () => {
    await inCopy(start, async (copy) => {
      const questions: string[] = [];
      const answer = (text: string) => async (question: string) => {
        questions.push(question);
        return text;
      };
      const args = ['aws', 'remove', `${APP}@1.0.0`];
      const other = await runInProcess(args, copy.env, { ask: answer('yes') });
      expect(other.code).toBe(130);
      expect(compareStates(readAccountState(copy), readAccountState(start))).toEqual([]);
      expect(questions[0]).toContain('\nremove    function com-example-test_1-0-0_go\n');
      expect(questions[0]).toContain(`\nR${QUESTION.slice(1)}. Type ${APP} to confirm:`);
      expect((await runInProcess(args, copy.env, { ask: answer(APP) })).code).toBe(0);
      expect(copy.aws.stored.functions.has('com-example-test_1-0-0_go')).toBe(false);
    });
  });
});

describe('an app that Mattermost has installed', () => {
  test('is only removed with --uninstall', async () => {
    await inCopy(start, async (copy) => {
      await copy.runOrThrow(['aws', 'deploy', second, '--install']);
      const refused = await copy.run(['aws', 'remove', `${APP}@2.0.0`, '--yes']);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toBe(
        refusalOutput(
          REMOVE.installed(APP, '2.0.0', copy.env['MM_SERVICESETTINGS_SITEURL'] ?? ''),
          REMOVE_HINT.uninstall('--uninstall'),
        ),
      );
      expect(findChanges(refused.requests)).toEqual([]);
      const plan = await copy.runOrThrow(['aws', 'remove', `${APP}@2.0.0`, '--dry-run']);
      expect(plan.stdout).toContain(`remove    installation ${APP} (only with --uninstall)\n`);
      expect(plan.stdout).toContain('Without --uninstall, this removal is refused: the app is installed.\n');
      // The installed version stays.
      await copy.runOrThrow(['aws', 'remove', `${APP}@1.0.0`, '--yes', '--uninstall']);
      expect(copy.mattermost.installed.has(APP)).toBe(true);
      await copy.runOrThrow(['aws', 'remove', APP, '--yes', '--uninstall', '--logs']);
      expect(copy.mattermost.installed.has(APP)).toBe(false);
      expect(leftovers(copy)).toEqual([]);
    });
  });

  test('cannot be looked up without a server, which is a warning', async () => {
    await inCopy(start, async (copy) => {
      const env = { MM_SERVICESETTINGS_SITEURL: '', MM_ADMIN_TOKEN: '' };
      const { code, stderr, requests } = await copy.run([...REMOVE_APP, '--all-versions', '--yes'], { env });
      expect(code).toBe(0);
      expect(stderr).toContain(
        warningLine(`${REMOVE.serverUnknown}: MM_SERVICESETTINGS_SITEURL and MM_ADMIN_TOKEN are not set`),
      );
      expect(requests.filter(({ service }) => service === 'mattermost')).toEqual([]);
      expect(leftovers(copy)).toEqual([]);
    });
  });
});

describe('what others need', () => {
  test('the function of an app with the same name stays, with its permission', async () => {
    await inCopy(prepared, async (copy) => {
      // Both apps have the function a-b_1-0_go, which the Go tool did not prevent.
      const names = [
        manifest({ app_id: 'a.b', version: '1.0' }),
        manifest({ app_id: 'a-b', version: '1.0' }),
      ];
      for (const content of names)
        await copy.runOrThrow(['aws', 'deploy', await writeBundle(folder, content)]).catch(() => undefined);
      const bucket = copy.aws.bucket(BUCKET);
      const owned = bucket.objects.get('manifests/a.b_1.0.json');
      if (owned === undefined) throw new Error('the first app is not deployed');
      const bytes = Buffer.from(owned.bytes.toString().replace('"a.b"', '"a-b"'));
      bucket.objects.set('manifests/a-b_1.0.json', { ...owned, key: 'manifests/a-b_1.0.json', bytes });
      const { stderr } = await copy.runOrThrow(['aws', 'remove', 'a.b', '--yes']);
      expect(stderr).not.toContain('removed   function');
      expect(copy.aws.stored.functions.has('a-b_1-0_go')).toBe(true);
      expect(currentVersion(findInvokePolicy(copy)).document).toContain(':function:a-b_1-0_go');
      await copy.runOrThrow(['aws', 'remove', 'a-b', '--yes']);
      expect(leftovers(copy).filter((line) => !line.startsWith('listing a'))).toEqual([]);
    });
  });

  test('a pattern goes with the last function that it matches', async () => {
    await inCopy(start, async (copy) => {
      const scope = `arn:aws:lambda:us-east-1:123456789012:function:`;
      const patterns = [`${scope}com-example-test_1-0-0_*`, `${scope}com-example-test_*`, `${scope}*`];
      const version = currentVersion(findInvokePolicy(copy));
      version.document = JSON.stringify(
        withGrantedResources(JSON.parse(version.document), INVOKE_GRANT, patterns),
      );
      const resources = (): string[] =>
        patterns.filter((pattern) =>
          currentVersion(findInvokePolicy(copy)).document.includes(`"${pattern}"`),
        );
      await copy.runOrThrow(['aws', 'remove', `${APP}@1.0.0`, '--yes']);
      expect(resources()).toEqual(patterns.slice(1));
      await copy.runOrThrow(['aws', 'remove', APP, '--yes']);
      expect(resources()).toEqual(patterns.slice(2));
    });
  });

  test('an additional policy is deleted with its last function', async () => {
    await inCopy(prepared, async (copy) => {
      await fillPolicy(copy, 'eu-west-1');
      const before = readAccountState(copy);
      await copy.runOrThrow(['aws', 'deploy', first]);
      const policies = (): string[] => [...copy.aws.stored.policies.values()].map(({ name }) => name);
      expect(policies()).toContain('mattermost-apps-invoke-policy-2');
      const { stderr } = await copy.runOrThrow([...REMOVE_APP, '--yes']);
      expect(stderr).toContain(resourceLine('removed', 'invoke policy', 'mattermost-apps-invoke-policy-2'));
      const differences = compareStates(readAccountState(copy), before);
      expect(differences.filter((line) => !line.startsWith('listing '))).toEqual([]);
    });
  });

  test('an additional policy that another deployment has just extended stays, although IAM does not show it yet', async () => {
    await inCopy(prepared, async (copy) => {
      await fillPolicy(copy, 'eu-west-1');
      await copy.runOrThrow(['aws', 'deploy', first]);
      const { iam } = copy.clients;
      const policy = [...copy.aws.stored.policies.values()].find(({ name }) => name.endsWith('-2'));
      const PolicyArn = policy?.arn ?? '';
      const extended = JSON.parse(policy?.versions[0]?.document ?? '');
      const [statement] = extended.Statement;
      const own = statement.Resource[0];
      const other = own.replace('com-example-test', 'com-example-late');
      statement.Resource.push(other);
      const PolicyDocument = JSON.stringify(extended);
      await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
      let isOld = true;
      const stop = copy.intercept(({ service, operation }) => {
        if (service !== 'iam') return undefined;
        isOld &&= /^(?:Get|List)/.test(operation);
        return isOld ? { kind: 'old' } : undefined;
      });
      const { stderr } = await copy.runOrThrow([...REMOVE_APP, '--yes']);
      stop();
      expect(stderr).toContain(resourceLine('updated', 'invoke policy', 'mattermost-apps-invoke-policy-2'));
      const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
      const VersionId = Policy?.DefaultVersionId;
      const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
      const document = JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ''));
      expect(document.Statement).toEqual([{ ...statement, Resource: [other] }]);
      expect(Policy?.AttachmentCount).toBe(1);
    });
  });
});

describe('log groups', () => {
  test('are removed with --logs only, also those that functions create again', async () => {
    await inCopy(start, async (copy) => {
      const logGroupName = '/aws/lambda/com-example-test_1-0-0_go';
      const create = () => copy.clients.logs.send(new CreateLogGroupCommand({ logGroupName }));
      await create();
      const args = ['aws', 'remove', `${APP}@1.0.0`, '--yes'];
      const { stdout } = await copy.runOrThrow(args);
      expect(stdout).toContain('Log groups: kept, --logs would remove them\n');
      expect(copy.aws.stored.logGroups.has(logGroupName)).toBe(true);
      await copy.runOrThrow(['aws', 'deploy', first]);
      let deletions = 0;
      const stop = copy.intercept(async ({ operation }) => {
        // Between the two rounds.
        if (operation === 'DeleteLogGroup' && ++deletions === 2) await create();
        return undefined;
      });
      await copy.runOrThrow([...args, '--logs']);
      stop();
      expect(copy.aws.stored.logGroups.has(logGroupName)).toBe(false);
    });
  });
});

describe('a bucket with versioning', () => {
  const history = async ({ clients }: TestEnvironment): Promise<(string | undefined)[]> => {
    const { Versions = [], DeleteMarkers = [] } = await clients.s3.send(
      new ListObjectVersionsCommand({ Bucket: BUCKET }),
    );
    return [...Versions, ...DeleteMarkers].map(({ Key }) => Key).filter((key) => key?.includes(APP));
  };
  const versioned = (work: (copy: TestEnvironment) => Promise<void>) =>
    inCopy(start, async (copy) => {
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      await copy.clients.s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
      const changed = await writeBundle(folder, manifest(), { 'static/a.txt': 'changed' });
      await copy.runOrThrow(['aws', 'deploy', changed, '--update']);
      await work(copy);
    });

  test('keeps no version of what was removed', () =>
    versioned(async (copy) => {
      await copy.runOrThrow([...REMOVE_APP, '--all-versions', '--yes']);
      const left = await history(copy);
      expect(left.filter((key) => key?.startsWith('locks/') !== true)).toEqual([]);
    }));

  test('keeps the versions that S3 refuses to remove, as with Object Lock, behind delete markers', () =>
    versioned(async (copy) => {
      const policy = {
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:DeleteObjectVersion',
            Resource: `arn:aws:s3:::${BUCKET}/static/*`,
          },
        ],
        Version: '2012-10-17',
      };
      copy.aws.bucket(BUCKET).policy = JSON.stringify(policy);
      const args = [...REMOVE_APP, '--all-versions', '--yes'];
      const { stderr } = await copy.runOrThrow(args);
      expect(stderr).toContain(`warning: ${REMOVE.versionsLeft(`static/${APP}_1.0.0_app/a.txt and 2 more`)}`);
      expect([...copy.aws.bucket(BUCKET).objects.keys()].filter((key) => key.includes(APP))).toEqual([]);
      expect(await history(copy)).not.toEqual([]);
      expect([...copy.aws.stored.functions.keys()]).toEqual(['com-example-neighbor_1-0-0_go']);
    }));

  test('hides what was removed behind delete markers where versions may be removed and not listed', () =>
    versioned(async (copy) => {
      const policy = {
        Statement: [
          {
            ...{ Effect: 'Deny', Principal: '*', Action: 's3:ListBucketVersions' },
            Resource: `arn:aws:s3:::${BUCKET}`,
          },
        ],
        Version: '2012-10-17',
      };
      const { stored } = copy.aws;
      const bucket = copy.aws.bucket(BUCKET);
      bucket.policy = JSON.stringify(policy);
      const { stderr } = await copy.runOrThrow([...REMOVE_APP, '--all-versions', '--yes']);
      expect([...bucket.objects.keys()].filter((key) => key.includes(APP))).toEqual([]);
      expect([...stored.functions.keys()]).toEqual(['com-example-neighbor_1-0-0_go']);
      expect(stderr).toContain(`warning: ${REMOVE.versionsLeft(`manifests/${APP}_2.0.0.json and 4 more`)}`);
    }));
});

describe('what is left over', () => {
  test('a version without a manifest is found by its names', async () => {
    await inCopy(start, async (copy) => {
      copy.aws.bucket(BUCKET).objects.delete(`manifests/${APP}_1.0.0.json`);
      await copy.runOrThrow(['aws', 'remove', `${APP}@1.0.0`, '--yes']);
      await copy.runOrThrow([...REMOVE_APP, '--yes']);
      expect(leftovers(copy)).toEqual([]);
    });
  });

  test('functions that the manifest no longer has are removed with their version', async () => {
    await inCopy(prepared, async (copy) => {
      await copy.runOrThrow(['aws', 'deploy', first]);
      const renamed = manifest({
        aws_lambda: {
          functions: [{ path: '/', name: 'js', handler: 'index.handler', runtime: 'nodejs22.x' }],
        },
      });
      const { 'go.zip': _, ...files } = { 'go.zip': '', 'static/a.txt': 'a' };
      await copy.runOrThrow(['aws', 'deploy', await writeBundle(folder, renamed, files), '--update']);
      expect(copy.aws.stored.functions.size).toBe(3);
      await copy.runOrThrow([...REMOVE_APP, '--yes']);
      expect(leftovers(copy)).toEqual([]);
    });
  });

  test('an interrupted removal keeps deployments of the version away until it is finished', async () => {
    await inCopy(start, async (copy) => {
      const args = ['aws', 'remove', `${APP}@1.0.0`, '--yes'];
      const abort = new AbortController();
      const stop = copy.intercept(({ operation }) => {
        if (operation === 'CreatePolicyVersion') abort.abort();
        return undefined;
      });
      const interrupted = await copy.run(args, { signal: abort.signal });
      stop();
      expect(interrupted.code).toBe(130);
      expect(interrupted.stderr).toContain(
        errorOutput(
          'interrupted: completed 1 of 1 invoke policy, 0 of 1 manifest, 0 of 1 function, 0 of 2 assets',
          INTERRUPTION.finish(AGAIN.cli),
        ),
      );
      const deployed = await copy.run(['aws', 'deploy', first]);
      expect(deployed.code).toBe(1);
      expect(deployed.stderr).toBe(
        errorOutput(
          REMOVE.beingRemoved(APP, '1.0.0'),
          REMOVE_HINT.finish(`appsctl aws remove ${APP}@1.0.0`, AGAIN.cli),
        ),
      );
      await copy.runOrThrow(args);
      await copy.runOrThrow(['aws', 'deploy', first]);
    });
  });

  test('a version that is deployed again after the question is not removed', async () => {
    await inCopy(start, async (copy) => {
      const changed = await writeBundle(folder, manifest({ description: 'changed' }), {
        'static/a.txt': 'x',
      });
      const ask = async (): Promise<string> => {
        await copy.runOrThrow(['aws', 'deploy', changed, '--update']);
        return APP;
      };
      const { code, stderr } = await runInProcess(['aws', 'remove', `${APP}@1.0.0`], copy.env, { ask });
      expect(code).toBe(1);
      expect(stderr).toBe(refusalOutput(REMOVE.deployedAgain(APP, '1.0.0'), `${AGAIN.cli} to remove it`));
      expect(copy.aws.stored.functions.has('com-example-test_1-0-0_go')).toBe(true);
      // The version can be deployed again at once.
      await copy.runOrThrow(['aws', 'deploy', changed]);
    });
  });

  test.each([
    ['began', 'CreatePolicyVersion', REMOVE.beingRemoved(APP, '1.0.0')],
    ['ran', undefined, REMOVE.removedMeanwhile(APP, '1.0.0')],
  ] as const)(
    'a deployment during which a removal of its version %s does not list the app',
    async (_, stopAt, message) => {
      await inCopy(prepared, async (copy) => {
        await copy.runOrThrow(['aws', 'deploy', first]);
        const changed = manifest({ description: 'changed' });
        const bundle = await writeBundle(folder, changed, { 'static/a.txt': 'x' });
        let removal: RunResult | undefined;
        const abort = new AbortController();
        let isStarted = false;
        const stop = copy.intercept(async ({ operation, resource }) => {
          if (operation === stopAt) abort.abort();
          if (isStarted || operation !== 'PutObject' || !resource.includes('/static/')) return undefined;
          isStarted = true;
          removal = await copy.run([...REMOVE_APP, '--yes'], { signal: abort.signal });
          return undefined;
        });
        const deployment = await copy.run(['aws', 'deploy', bundle, '--update']);
        stop();
        expect(removal?.code).toBe(stopAt === undefined ? 0 : 130);
        expect(deployment.code).toBe(1);
        expect(deployment.stderr).toContain(`error: ${message}\n`);
        expect(copy.mattermost.listed.get(APP)).not.toMatchObject({ description: 'changed' });
        // What both leave is removed, or deployed, by the next command.
        await copy.runOrThrow(['aws', 'remove', `${APP}@1.0.0`, '--yes']);
        expect(leftovers(copy)).toEqual([]);
        await copy.runOrThrow(['aws', 'deploy', bundle, '--install']);
      });
    },
  );
});

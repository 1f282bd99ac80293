import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readAccountState } from '../support/account-state.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { planLine } from '../support/messages/deploy.js';
import { accountLine, errorOutput, resourceLine } from '../support/messages/output.js';
import { findChanges } from '../support/requests.js';

/** What `aws init` can do besides preparing an account. Each test starts with a copy of one of these accounts. */
let empty: TestEnvironment;
let prepared: TestEnvironment;
const USER = 'mattermost-apps-invoke';
const GROUP = 'mattermost-apps-invoke-group';
const POLICY = 'mattermost-apps-invoke-policy';
const ROLE = 'mattermost-apps-execute-lambda-role';

beforeAll(async () => {
  empty = await startEnvironment({ runner: 'in-process' });
  prepared = await startEnvironment({ like: empty });
  await prepared.init();
});
afterAll(() => Promise.all([empty.stop(), prepared.stop()]));

async function copy(start: TestEnvironment): Promise<TestEnvironment> {
  const environment = await startEnvironment({ like: start });
  onTestFinished(() => environment.stop());
  return environment;
}

describe('a dry run', () => {
  test('prints what would be created in an empty account, and changes nothing', async () => {
    const environment = await copy(empty);
    const run = await environment.run(['aws', 'init', '--dry-run', '--create-access-key', '--exit-code']);
    expect(run).toMatchObject({ code: 3, stderr: accountLine() });
    expect(run.stdout).toBe(
      [
        resourceLine('create', 'user', USER),
        resourceLine('create', 'bucket', BUCKET),
        resourceLine('create', 'lifecycle rules', `${BUCKET}: remove abandoned uploads`),
        resourceLine('create', 'group', GROUP),
        resourceLine('create', 'invoke policy', `${POLICY}\n          allow bucket ${BUCKET}`),
        resourceLine('create', 'policy attachment', `${POLICY}: to group ${GROUP}`),
        resourceLine('create', 'group membership', `${USER}: in group ${GROUP}`),
        resourceLine('create', 'execution role', ROLE),
        resourceLine(
          'create',
          'policy attachment',
          `AWSLambdaBasicExecutionRole: to role ${ROLE}, to write logs`,
        ),
        resourceLine('create', 'access key', `(new): for user ${USER}`),
        `${planLine(10, 0, 0)}\n`,
      ].join(''),
    );
    expect(findChanges(environment.requests)).toEqual([]);
    expect(readAccountState(environment)).toEqual(readAccountState(empty));
  });

  test('of a prepared account finds nothing to change', async () => {
    const environment = await copy(prepared);
    const run = await environment.run(['aws', 'init', '--dry-run', '--exit-code']);
    expect(run).toMatchObject({ code: 0, stdout: `${planLine(0, 0, 9)}\n` });
  });

  test('of an account that is only partly prepared names what is missing in it', async () => {
    const environment = await copy(prepared);
    environment.aws.stored.groups.get(GROUP)?.members.clear();
    const env = { MM_APPS_S3_BUCKET: 'second-bucket' };
    const run = await environment.run(['aws', 'init', '--dry-run'], { env });
    expect(run).toMatchObject({
      code: 0,
      stdout: [
        resourceLine('create', 'bucket', 'second-bucket'),
        resourceLine('create', 'lifecycle rules', 'second-bucket: remove abandoned uploads'),
        resourceLine('update', 'invoke policy', `${POLICY}\n          allow bucket second-bucket`),
        resourceLine('create', 'group membership', `${USER}: in group ${GROUP}`),
        `${planLine(3, 1, 5)}\n`,
      ].join(''),
    });
  });

  test('alone has an exit code for changes', async () => {
    const { code, stderr } = await empty.run(['aws', 'init', '--exit-code']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: errorOutput('--exit-code is only for --dry-run', 'add --dry-run'),
    });
  });
});

test.each([
  [[], 'create an access key for the Mattermost server with appsctl aws init --create-access-key'],
  [['--create-access-key'], 'start the Mattermost server with these variables, then run appsctl aws deploy'],
])('with %j ends with the next step', async (flags, next) => {
  const environment = await copy(empty);
  const { stderr } = await environment.runOrThrow(['aws', 'init', '--create', ...flags]);
  expect(stderr.split('\n').at(-2)).toContain(`next: ${next}`);
});

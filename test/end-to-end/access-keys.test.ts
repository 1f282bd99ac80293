import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Secret } from '../stand-ins/aws/secrets.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { INIT, INIT_HINT } from '../support/messages/init.js';
import { ANY, containing, errorOutput, resourceLine } from '../support/messages/output.js';
import { findChanges } from '../support/requests.js';
import { createTempFolder } from '../support/temp-folder.js';

/** The access keys of the server: where they are written, and how they are replaced. */
const USER = 'mattermost-apps-invoke';
let prepared: TestEnvironment;

beforeAll(async () => {
  prepared = await startEnvironment({ runner: 'in-process' });
  await prepared.init();
});
afterAll(() => prepared.stop());

/** A prepared account whose server has one key, and a folder. */
async function setUp() {
  const environment = await startEnvironment({ like: prepared });
  const folder = await createTempFolder();
  onTestFinished(async () => {
    await environment.stop();
    await folder.remove();
  });
  const user = environment.aws.stored.users.get(USER);
  if (user === undefined) throw new Error(`user ${USER} does not exist`);
  const file = join(folder.path, 'mattermost.env');
  const old = user.accessKeys[0]?.id ?? '';
  return {
    environment,
    folder: folder.path,
    file,
    /** The key of the server. */
    old,
    /** The keys, with a minus sign if they are inactive. */
    keys: () => user.accessKeys.map(({ id, active }) => (active ? id : `-${id}`)),
    secrets: () => user.accessKeys.map(({ secret }) => secret),
    init: (...flags: string[]) => environment.run(['aws', 'init', '--verbose', ...flags]),
    /** Adds a key that no one has, as a run does that is killed when it has created one. */
    addLostKey: async () => {
      await environment.run(['aws', 'init', '--create-access-key']);
      return user.accessKeys[1]?.id ?? '';
    },
    /** Writes the variables of the server into the file. */
    writeServerKey: () =>
      writeFile(
        file,
        `MM_APPS_AWS_ACCESS_KEY=${old}\nMM_APPS_AWS_SECRET_KEY=${environment.env['MM_APPS_AWS_SECRET_KEY']}\n`,
      ),
  };
}

describe('--env-file-out', () => {
  test('writes the variables into a new file that only its owner can read, and prints no secret', async () => {
    const { init, file, folder, keys, secrets } = await setUp();
    const { code, stdout, stderr } = await init('--create-access-key', '--env-file-out', file);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const [, id = ''] = keys();
    const [, secret = ''] = secrets();
    expect(await readFile(file, 'utf8')).toBe(
      `MM_APPS_AWS_ACCESS_KEY=${id}\nMM_APPS_AWS_SECRET_KEY=${secret}\nMM_APPS_AWS_REGION=us-east-1\nMM_APPS_S3_BUCKET=mattermost-apps\n`,
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['mattermost.env']);
    expect(stderr).toContain(
      resourceLine('created', 'access key', id) + resourceLine('created', 'environment file', file),
    );
    expect(stderr).toContain(
      `next: start the Mattermost server with the variables in ${file}, then delete the key that it used before with appsctl aws init --delete-old-key --env-file-out ${file}\n`,
    );
    expect(stderr).not.toContain(secret);
  });

  test('keeps other lines and their order, and is unchanged the second time', async () => {
    const { init, file, old } = await setUp();
    const before = `# Mattermost\nMM_SERVICESETTINGS_SITEURL="https://chat.example.com"\nMM_APPS_S3_BUCKET=old\nMM_APPS_AWS_ACCESS_KEY=${old}\n`;
    await writeFile(file, before, { mode: 0o644 });
    const first = await init('--env-file-out', file);
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(first.stderr).toContain(resourceLine('updated', 'environment file', file));
    const after = await readFile(file, 'utf8');
    expect(after).toBe(
      `${before.replace('BUCKET=old', 'BUCKET=mattermost-apps')}MM_APPS_AWS_REGION=us-east-1\n`,
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const second = await init('--env-file-out', file);
    expect(second.stderr).toContain(resourceLine('unchanged', 'environment file', file));
    expect(await readFile(file, 'utf8')).toBe(after);
  });

  test('with --format json prints everything but the secret', async () => {
    const { init, file, keys } = await setUp();
    const { stdout } = await init('--create-access-key', '--env-file-out', file, '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      accessKey: { id: keys()[1] },
      variables: { MM_APPS_AWS_REGION: 'us-east-1', MM_APPS_S3_BUCKET: 'mattermost-apps' },
    });
    expect(stdout).not.toContain('SECRET_KEY');
  });

  test('is a part of the plan', async () => {
    const { init, file, keys } = await setUp();
    const { stdout } = await init('--dry-run', '--create-access-key', '--env-file-out', file);
    expect(stdout).toContain(resourceLine('create', 'environment file', file));
    await expect(stat(file)).rejects.toThrow('ENOENT');
    expect(keys()).toHaveLength(1);
  });

  test.runIf(process.platform === 'linux')(
    'refuses a folder that only seems writable before anything is changed',
    async () => {
      const { init, keys } = await setUp();
      const { code, stderr, requests } = await init('--create-access-key', '--env-file-out', '/proc/a.env');
      expect({ code, changes: findChanges(requests) }).toEqual({ code: expect.any(Number), changes: [] });
      expect(code).toBeGreaterThan(0);
      expect(stderr).toContain('error: cannot write /proc/a.env: ');
      expect(keys()).toHaveLength(1);
    },
  );

  test.each<[string, string, (file: string) => Promise<unknown>]>([
    ['a folder', 'it is a folder', (file) => mkdir(file)],
    ['a link', 'it is a link', (file) => symlink('/tmp/elsewhere', file)],
    ['a pipe', 'it is not a regular file', async (file) => execFileSync('mkfifo', [file])],
    [
      'a path in a folder that does not exist',
      'its folder does not exist',
      (file) => rm(join(file, '..'), { recursive: true }),
    ],
    [
      'a huge file',
      'it is too large for a file with variables',
      (file) => writeFile(file, Buffer.alloc(1_000_001)),
    ],
  ])('refuses %s before anything is requested', async (_, problem, prepare) => {
    const { init, file, keys, environment } = await setUp();
    await prepare(file);
    const start = environment.requests.length;
    const { code, stderr } = await init('--create-access-key', '--env-file-out', file);
    expect(code).toBe(2);
    expect(stderr).toMatch(containing(errorOutput(INIT.fileNotWritten(file, problem), ANY)));
    expect(environment.requests.length).toBe(start);
    expect(keys()).toHaveLength(1);
  });

  test('deletes a key that it cannot write', async () => {
    const { init, file, keys, old, environment } = await setUp();
    environment.intercept(async ({ operation }) => {
      if (operation === 'CreateAccessKey') await mkdir(file);
      return undefined;
    });
    const { code, stdout, stderr } = await init('--create-access-key', '--env-file-out', file);
    expect({ code, stdout, keys: keys() }).toEqual({ code: 2, stdout: '', keys: [old] });
    expect(stderr).toMatch(
      containing(
        errorOutput(
          INIT.fileNotWritten(file, 'it is a folder'),
          `access key ${ANY} has been deleted; name another file with --env-file-out`,
        ),
      ),
    );
  });

  test('names the key that it can neither write nor delete', async () => {
    const { init, file, keys, environment } = await setUp();
    environment.intercept(async ({ operation }) => {
      if (operation === 'CreateAccessKey') await mkdir(file);
      return operation === 'DeleteAccessKey'
        ? { kind: 'error', status: 403, code: 'AccessDenied', message: 'no' }
        : undefined;
    });
    const { code, stderr } = await init('--create-access-key', '--env-file-out', file);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `hint: delete access key ${keys()[1]} of user ${USER} in the IAM console: its secret is lost\n`,
    );
  });
});

describe('--rotate-access-key', () => {
  test('creates and tests a key, and disables the old one', async () => {
    const { init, keys, old, environment } = await setUp();
    const { code, stdout, stderr, requests } = await init('--rotate-access-key', '--yes');
    expect(code).toBe(0);
    const [, id = ''] = keys();
    expect(keys()).toEqual([`-${old}`, id]);
    expect(stdout).toContain(`export MM_APPS_AWS_ACCESS_KEY='${id}'`);
    expect(stderr).toContain(resourceLine('updated', 'access key', `${old} to be inactive`));
    expect(stderr).toContain(`unless it runs with them already: ${old} cannot be used any more\n`);
    const operations = requests.map(({ operation }) => operation);
    const order = ['CreateAccessKey', 'ListObjectsV2', 'UpdateAccessKey'];
    expect(operations.filter((name) => order.includes(name))).toEqual(order);
    expect(environment.aws.stored.users.get(USER)?.accessKeys).toHaveLength(2);
  });

  test('with --delete-old-key deletes the old one, however often', async () => {
    const { init, keys, old, file } = await setUp();
    for (const run of [1, 2, 3]) {
      const before = keys();
      const flags = ['--rotate-access-key', '--delete-old-key', '--yes', '--env-file-out', file];
      expect(await init(...flags)).toMatchObject({ code: 0, stdout: '' });
      expect(keys(), `run ${run}`).toHaveLength(1);
      expect(keys()).not.toEqual(before);
    }
    expect(keys()).not.toContain(old);
    expect(await readFile(file, 'utf8')).toContain(`MM_APPS_AWS_ACCESS_KEY=${keys()[0]}\n`);
  });

  test('prints the new key before it asks, and keeps the old one if the answer is no', async () => {
    const { keys, old, environment } = await setUp();
    const questions: string[] = [];
    const run = await environment.run(['aws', 'init', '--rotate-access-key'], {
      ask: async (question) => {
        questions.push(question);
        return 'no';
      },
    });
    expect(run.code).toBe(0);
    expect(keys()).toEqual([old, keys()[1]]);
    expect(questions).toEqual([expect.stringContaining(`Disable access key ${old} now?`)]);
    expect(run.stderr).toContain(resourceLine('kept', 'access key', `${old} as it is`));
    expect(run.stderr).toContain('then delete the key that it used before with appsctl aws init');
  });

  test('disables the old key if the answer is yes', async () => {
    const { keys, old, environment } = await setUp();
    await environment.run(['aws', 'init', '--rotate-access-key'], { ask: async () => 'yes' });
    expect(keys()[0]).toBe(`-${old}`);
  });

  test('is interrupted by Ctrl-C during the question, and keeps both keys', async () => {
    const { keys, old, environment } = await setUp();
    const controller = new AbortController();
    const { code, stderr } = await environment.run(['aws', 'init', '--rotate-access-key'], {
      signal: controller.signal,
      ask: async () => {
        controller.abort();
        throw new Error('The operation was aborted');
      },
    });
    expect({ code, keys: keys() }).toEqual({ code: 130, keys: [old, expect.not.stringMatching(/^-/)] });
    expect(stderr).toContain(
      errorOutput(
        `interrupted: access key ${keys()[1]} is new, and access key ${old} is unchanged`,
        'start the Mattermost server with the new key, then delete the other one with --delete-old-key',
      ),
    );
    expect(stderr).not.toContain('safe point');
  });

  test('without a terminal needs --yes, and requests nothing without it', async () => {
    const { init } = await setUp();
    const { code, stderr, requests } = await init('--rotate-access-key');
    expect({ code, requests }).toEqual({ code: 2, requests: [] });
    expect(stderr).toContain('error: --rotate-access-key takes away a key that the server may use');
  });

  test('creates the first key of a user', async () => {
    const { init, keys, environment } = await setUp();
    const user = environment.aws.stored.users.get(USER);
    if (user !== undefined) user.accessKeys = [];
    expect(await init('--rotate-access-key', '--yes')).toMatchObject({ code: 0 });
    expect(keys()).toHaveLength(1);
  });

  test('leaves the old key alone if the new one does not work', async () => {
    const { init, keys, old, environment } = await setUp();
    environment.intercept(({ operation }) =>
      operation === 'ListObjectsV2'
        ? { kind: 'error', status: 403, code: 'AccessDenied', message: 'no' }
        : undefined,
    );
    const { code, stderr } = await init('--rotate-access-key', '--delete-old-key', '--yes');
    expect(code).toBe(1);
    expect(keys()).toEqual([old, expect.any(String)]);
    expect(stderr).toMatch(
      containing(
        `error: access key ${keys()[1]} has not passed its test: ${ANY}; access key ${old} is unchanged`,
      ),
    );
  });

  describe('of a user with two keys', () => {
    test('refuses if it is unknown which one the server has', async () => {
      const { environment, keys, old, addLostKey } = await setUp();
      const lost = await addLostKey();
      const flags = ['--rotate-access-key', '--delete-old-key', '--yes'];
      const env = { MM_APPS_AWS_ACCESS_KEY: '', MM_APPS_AWS_SECRET_KEY: '' };
      const { code, stderr, requests } = await environment.run(['aws', 'init', ...flags], { env });
      expect({ code, changes: findChanges(requests) }).toEqual({ code: 1, changes: [] });
      expect(keys()).toEqual([old, lost]);
      expect(stderr).toContain(
        errorOutput(
          INIT.twoAccessKeys(USER),
          `set MM_APPS_AWS_ACCESS_KEY and MM_APPS_AWS_SECRET_KEY to the key that the server uses, or delete one of ${[old, lost].sort().join(', ')} in the IAM console`,
        ),
      );
    });

    test('names the one that nobody has, and without --delete-old-key changes nothing', async () => {
      const { init, keys, old, file, addLostKey, writeServerKey } = await setUp();
      const lost = await addLostKey();
      await writeServerKey();
      const { code, stderr } = await init('--rotate-access-key', '--yes', '--env-file-out', file);
      expect({ code, keys: keys() }).toEqual({ code: 1, keys: [old, lost] });
      expect(stderr).toContain(
        errorOutput(INIT.twoAccessKeys(USER), INIT_HINT.otherKey(old, file, lost, '--delete-old-key')),
      );
    });

    test('with --delete-old-key deletes the one that nobody has first', async () => {
      const { init, keys, old, file, addLostKey, writeServerKey } = await setUp();
      const lost = await addLostKey();
      await writeServerKey();
      const flags = ['--rotate-access-key', '--delete-old-key', '--yes', '--env-file-out', file];
      const { code, stderr } = await init(...flags);
      expect(code).toBe(0);
      expect(keys()).toEqual([expect.any(String)]);
      expect(keys()).not.toContain(old);
      expect(stderr.indexOf(`access key ${lost}`)).toBeLessThan(stderr.indexOf(`access key ${keys()[0]}`));
    });

    test('deletes an inactive one first, with --delete-old-key', async () => {
      const { init, keys, environment } = await setUp();
      await init('--rotate-access-key', '--yes');
      const [inactive = '', active = ''] = keys();
      // The variables still have the inactive one.
      const run = (...flags: string[]) => environment.run(['aws', 'init', ...flags, '--yes']);
      const refused = await run('--rotate-access-key');
      expect(refused.stderr).toContain(
        `hint: ${inactive.slice(1)} is inactive: delete it with --delete-old-key\n`,
      );
      expect(await run('--rotate-access-key', '--delete-old-key')).toMatchObject({ code: 0 });
      expect(keys()).toEqual([expect.any(String)]);
      expect(keys()).not.toContain(active);
    });
  });
});

describe('--delete-old-key alone', () => {
  test('tests the key of the server, and deletes the other one', async () => {
    const { init, keys, old, addLostKey } = await setUp();
    await addLostKey();
    const { code, requests } = await init('--delete-old-key', '--yes');
    expect({ code, keys: keys() }).toEqual({ code: 0, keys: [old] });
    // The test also attempts what must be denied.
    const changes = findChanges(requests).filter(({ service }) => service === 'iam');
    expect(changes.map(({ operation }) => operation)).toEqual(['DeleteAccessKey']);
    const again = await init('--delete-old-key', '--yes');
    expect({ code: again.code, changes: findChanges(again.requests) }).toEqual({ code: 0, changes: [] });
  });

  test('ends a rotation without an interruption', async () => {
    const { init, keys, old, file } = await setUp();
    await init('--create-access-key', '--env-file-out', file);
    const [, id] = keys();
    expect(keys()).toEqual([old, id]);
    expect(await init('--delete-old-key', '--yes', '--env-file-out', file)).toMatchObject({ code: 0 });
    expect(keys()).toEqual([id]);
  });

  test.each<[string, Record<string, string>, string]>([
    ['another user', { MM_APPS_AWS_ACCESS_KEY: 'AKIAOTHER' }, `is not a key of user ${USER}`],
    ['no one', { MM_APPS_AWS_ACCESS_KEY: '' }, 'MM_APPS_AWS_ACCESS_KEY is not set'],
  ])('changes nothing if the key is that of %s', async (_, env, message) => {
    const { environment, keys, old } = await setUp();
    const run = await environment.run(['aws', 'init', '--delete-old-key', '--yes'], { env });
    expect(run.code).toBeGreaterThan(0);
    expect(run.stderr).toContain(message);
    expect(keys()).toEqual([old]);
  });

  test('names the file whose key is not one of the user', async () => {
    const { init, file } = await setUp();
    await writeFile(file, 'MM_APPS_AWS_ACCESS_KEY=AKIAOTHER\nMM_APPS_AWS_SECRET_KEY=secret\n');
    const { code, stderr } = await init('--delete-old-key', '--yes', '--env-file-out', file);
    expect(code).toBe(1);
    expect(stderr).toContain(
      errorOutput(
        `access key AKIAOTHER of ${file} is not a key of user ${USER}`,
        `write the key that the server uses into ${file}`,
      ),
    );
  });

  test('deletes nothing if the key of the server does not work', async () => {
    const { environment, keys, old, addLostKey } = await setUp();
    const lost = await addLostKey();
    const run = await environment.run(['aws', 'init', '--delete-old-key', '--yes'], {
      env: { MM_APPS_AWS_SECRET_KEY: 'wrong' },
    });
    expect(run.code).toBe(1);
    expect(keys()).toEqual([old, lost]);
  });
});

describe('--store-secret', () => {
  /** Creates a secret, and reads its value. */
  async function withSecret(changes: Partial<Secret> = {}) {
    const account = await setUp();
    const { secrets } = account.environment.clients;
    const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: 'mattermost/apps' }));
    const stored = account.environment.aws.stored.secrets.get(ARN);
    if (stored !== undefined) Object.assign(stored, changes);
    const values = () => [...(stored?.versions.values() ?? [])].map(({ value }) => JSON.parse(value));
    return { ...account, arn: ARN, values };
  }

  test('writes the variables into the secret, and prints no secret', async () => {
    const { init, arn, values, keys, secrets } = await withSecret();
    const { code, stdout, stderr, requests } = await init('--create-access-key', '--store-secret', arn);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const [, id = ''] = keys();
    const [, secret = ''] = secrets();
    expect(values()).toEqual([
      {
        MM_APPS_AWS_ACCESS_KEY: id,
        MM_APPS_AWS_SECRET_KEY: secret,
        MM_APPS_AWS_REGION: 'us-east-1',
        MM_APPS_S3_BUCKET: 'mattermost-apps',
      },
    ]);
    expect(stderr).toContain(resourceLine('updated', 'secret', arn));
    expect(stderr).toContain(`secretsmanager PutSecretValue ${arn}: 200`);
    expect(stderr).not.toContain(secret);
    const operations = requests.map(({ operation }) => operation);
    expect(operations[0]).toBe('DescribeSecret');
    expect(operations.slice(operations.indexOf('CreateAccessKey')).slice(0, 2)).toEqual([
      ...['CreateAccessKey', 'PutSecretValue'],
    ]);
  });

  test('is a part of a rotation', async () => {
    const { init, arn, values, keys } = await withSecret();
    const flags = ['--rotate-access-key', '--delete-old-key', '--yes', '--store-secret', arn];
    for (const _ of [1, 2]) expect(await init(...flags)).toMatchObject({ code: 0, stdout: '' });
    expect(keys()).toEqual([values().at(-1)?.MM_APPS_AWS_ACCESS_KEY]);
    expect(values()).toHaveLength(2);
  });

  test.each<[string, Partial<Secret>, string]>([
    ['is to be deleted', { deletedAt: new Date() }, 'is scheduled to be deleted'],
    ['is that of a service', { owningService: 'rds' }, 'is managed by rds'],
    ['is a replica', { primaryRegion: 'eu-west-1' }, 'is a replica, which cannot be written'],
  ])('refuses a secret that %s before anything is changed', async (_, changes, problem) => {
    const { init, arn, keys } = await withSecret(changes);
    const { code, stderr, requests } = await init('--create-access-key', '--store-secret', arn);
    expect({ code, requests: requests.map(({ operation }) => operation) }).toEqual({
      ...{ code: 1, requests: ['DescribeSecret'] },
    });
    expect(stderr).toContain(`error: secret ${arn} ${problem}\n`);
    expect(keys()).toHaveLength(1);
  });

  test('refuses a secret that does not exist', async () => {
    const { init, arn } = await withSecret();
    const { code, stderr } = await init('--create-access-key', '--store-secret', `${arn}x`);
    expect(code).toBe(1);
    expect(stderr).toContain(`error: secret ${arn}x does not exist\n`);
  });

  test.each([
    ['secretsmanager:PutSecretValue', undefined],
    ['kms:GenerateDataKey', 'arn:aws:kms:us-east-1:123456789012:key/1'],
  ])('deletes the key that it cannot store without %s', async (permission, kmsKey) => {
    const { environment, arn, keys, values, old } = await withSecret({ kmsKey });
    const { iam } = environment.clients;
    const UserName = 'admin';
    await iam.send(new CreateUserCommand({ UserName }));
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', NotAction: permission, Resource: '*' },
    });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'all', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const env = {
      MM_APPS_DEPLOY_AWS_ACCESS_KEY: AccessKey?.AccessKeyId ?? '',
      MM_APPS_DEPLOY_AWS_SECRET_KEY: AccessKey?.SecretAccessKey ?? '',
    };
    const flags = ['--create-access-key', '--store-secret', arn];
    const { code, stderr } = await environment.run(['aws', 'init', ...flags], { env });
    expect({ code, keys: keys(), values: values() }).toEqual({ code: 1, keys: [old], values: [] });
    expect(stderr).toMatch(
      containing(
        `error: cannot write secret ${arn}: access denied: ${ANY}\nhint: access key ${ANY} has been deleted; grant ${permission}`,
      ),
    );
  });
});

describe('flags that exclude each other', () => {
  test.each([
    [
      '--create-access-key --rotate-access-key',
      '--create-access-key and --rotate-access-key exclude each other',
    ],
    ['--create-access-key --delete-old-key', '--create-access-key and --delete-old-key exclude each other'],
    ['--env-file-out x --format dotenv', '--format dotenv is only for variables that are printed'],
    ['--env-file-out x --store-secret ARN', '--env-file-out and --store-secret exclude each other'],
    ['--store-secret ARN', '--store-secret needs a new access key'],
    [
      '--create-access-key --store-secret ARN --format shell',
      '--format shell is only for variables that are printed',
    ],
    ['--format k8s-secret', '--format k8s-secret needs a new access key'],
  ])('%s', async (flags, message) => {
    const { code, stderr, requests } = await prepared.run([
      ...['aws', 'init', '--yes'],
      ...flags.replace('ARN', 'arn:aws:secretsmanager:us-east-1:123456789012:secret:a').split(' '),
    ]);
    expect({ code, requests }).toEqual({ code: 2, requests: [] });
    expect(stderr).toContain(`error: ${message}`);
  });
});

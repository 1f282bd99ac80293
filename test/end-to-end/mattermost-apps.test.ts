import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Io } from '../../src/cli/run.js';
import { disableApp, installApp, listServerApps, serverAppStatus, uninstallApp } from '../../src/index.js';
import type { LocalMattermost } from '../stand-ins/mattermost/index.js';
import {
  answering,
  type ExampleOnAws,
  ID,
  install,
  listExample,
  startMattermostOnExample,
} from '../stand-ins/mattermost/tests/example-app.js';
import { type CliResult, runCli } from '../support/cli.js';
import { cannot } from '../support/messages/aws.js';
import {
  INSTALLATION,
  MATTERMOST,
  MATTERMOST_ACTION,
  MATTERMOST_HINT,
  SERVER_APP,
} from '../support/messages/mattermost.js';
import { containing, errorOutput, resourceLine, warningLine } from '../support/messages/output.js';
import { USAGE, USAGE_HINT } from '../support/messages/usage.js';
import { runInProcess } from '../support/run-in-process.js';

const NAME = `Hello, Serverless! (${ID} v1.2.0)`;

let aws: ExampleOnAws;
let mattermost: LocalMattermost;
let stop: () => Promise<void>;

beforeEach(async () => {
  ({ aws, mattermost, stop } = await startMattermostOnExample());
});
afterEach(() => stop());

/** The variables of a user: none of AWS. */
function variables(token = mattermost.adminToken) {
  return { MM_SERVICESETTINGS_SITEURL: mattermost.siteUrl, MM_ADMIN_TOKEN: token };
}

function run(line: string, io: Partial<Io> & { token?: string } = {}): Promise<CliResult> {
  return runInProcess(['mattermost', ...line.split(' ')], variables(io.token), io);
}

/** The changes that the server was asked for. */
function changes(): string[] {
  return mattermost.requests
    .filter(({ method, path }) => method === 'POST' && !/\/(?:ping|update-app-listing)$/.test(path))
    .map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
}

function done(stdout: string, event: 'created' | 'updated' | 'removed' | 'unchanged'): CliResult {
  return { code: 0, stdout: `${stdout}\n`, stderr: resourceLine(event, 'installation', ID) };
}

function failed(code: number, message: string, hint: string): CliResult {
  return { code, stdout: '', stderr: errorOutput(message, hint) };
}

describe('an app', () => {
  test('is installed, disabled, enabled and uninstalled, each twice in a row', async () => {
    await listExample(mattermost);
    const { siteUrl } = mattermost;
    const installed = await run(`install ${ID}`);
    expect(installed).toEqual(done(`${NAME} is installed in ${siteUrl}`, 'created'));
    const secret = mattermost.installed.get(ID)?.webhookSecret ?? '';
    expect(JSON.stringify(installed)).not.toContain(secret);

    expect(await run(`install ${ID}`)).toEqual(
      done(`${NAME} is already installed in ${siteUrl}`, 'unchanged'),
    );
    expect(await run(`disable ${ID}`)).toEqual(done(`${NAME} is disabled in ${siteUrl}`, 'updated'));
    expect(await run(`disable ${ID}`)).toEqual(
      done(`${NAME} is already disabled in ${siteUrl}`, 'unchanged'),
    );
    expect(await run(`enable ${ID}`)).toEqual(done(`${NAME} is enabled in ${siteUrl}`, 'updated'));
    expect(await run(`enable ${ID}`)).toEqual(done(`${NAME} is already enabled in ${siteUrl}`, 'unchanged'));
    expect(mattermost.installed.get(ID)?.webhookSecret).toBe(secret);
    expect(await run(`uninstall ${ID} --yes`)).toEqual(
      done(`${NAME} is uninstalled from ${siteUrl}; it is still listed`, 'removed'),
    );
    expect(await run(`uninstall ${ID} --yes`)).toEqual(
      done(`${NAME} is not installed in ${siteUrl}`, 'unchanged'),
    );
    expect(changes()).toEqual(['install-app', 'disable-app', 'enable-app', 'uninstall-app']);
  });

  test('is installed again when its listing has changed, with warnings about what this does', async () => {
    const permissions = { requested_permissions: ['act_as_bot', 'remote_webhooks'] };
    await listExample(mattermost, permissions);
    await run(`install ${ID}`);
    await run(`disable ${ID}`);
    expect((await run(`install ${ID}`)).stdout).toBe(
      `${NAME} is already installed in ${mattermost.siteUrl}, but disabled\n`,
    );
    await listExample(mattermost, { ...permissions, description: 'New.' });
    const { code, stderr } = await run(`install ${ID}`);
    expect(code).toBe(0);
    expect(stderr).toContain(warningLine(INSTALLATION.isEnabled(ID, mattermost.siteUrl)));
    expect(stderr).toContain(warningLine(INSTALLATION.newSecret(ID, mattermost.siteUrl)));
    expect(stderr).toContain(resourceLine('updated', 'installation', ID));
    expect(mattermost.installed.get(ID)).toMatchObject({
      manifest: { description: 'New.' },
      disabled: false,
    });
  });

  test('that objects is uninstalled only with --force', async () => {
    await listExample(mattermost, { on_uninstall: { path: '/bye' } });
    await install(mattermost);
    aws.instead['/bye'] = answering({ type: 'error', text: 'not now\u001b[2J' });
    const refused = await run(`uninstall ${ID} --yes`);
    expect(refused).toEqual(
      failed(
        1,
        cannot(MATTERMOST_ACTION.uninstall(ID), MATTERMOST.objects('not now, [2J')),
        MATTERMOST_HINT.force,
      ),
    );
    expect(await run(`uninstall ${ID} --yes --force`)).toMatchObject({ code: 0 });
    expect(mattermost.installed.has(ID)).toBe(false);
  });

  test('that is not listed for AWS is not installed', async () => {
    await listExample(mattermost, {
      aws_lambda: undefined,
      add_deploys: ['http'],
      http: { root_url: 'https://x' },
    });
    const { code, stderr } = await run(`install ${ID}`);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(SERVER_APP.notOnAws(ID, mattermost.siteUrl)),
    });
  });

  test.each(['enable', 'disable'])('that is not installed cannot be changed by %s', async (what) => {
    await listExample(mattermost);
    expect(await run(`${what} ${ID}`)).toEqual(
      failed(1, SERVER_APP.onlyListed(ID, mattermost.siteUrl), SERVER_APP.installHint),
    );
  });

  test.each(['status', 'install', 'uninstall --yes', 'enable', 'disable'])(
    'that the server does not know is an error of %s',
    async (what) => {
      await listExample(mattermost);
      expect(await run(`${what} hello-serverles`)).toEqual(
        failed(1, SERVER_APP.unknown('hello-serverles', mattermost.siteUrl), `did you mean ${ID}?`),
      );
      expect(await run(`${what} other`)).toEqual(
        failed(1, SERVER_APP.unknown('other', mattermost.siteUrl), SERVER_APP.unknownHint),
      );
      expect(await run(`${what} ../../ä`)).toEqual(
        failed(1, SERVER_APP.unknown('../../ä', mattermost.siteUrl), SERVER_APP.unknownHint),
      );
      expect(changes()).toEqual([]);
    },
  );
});

describe('uninstalling', () => {
  beforeEach(async () => {
    await listExample(mattermost);
    await install(mattermost);
  });

  test('asks for the id of the app', async () => {
    const questions: string[] = [];
    const ask = (answer: string) => async (question: string) => {
      questions.push(question);
      return answer;
    };
    expect(await run(`uninstall ${ID}`, { ask: ask('yes') })).toMatchObject({ code: 130, stdout: '' });
    expect(mattermost.installed.has(ID)).toBe(true);
    expect(await run(`uninstall ${ID}`, { ask: ask(ID) })).toMatchObject({ code: 0 });
    expect(mattermost.installed.has(ID)).toBe(false);
    expect(new Set(questions)).toEqual(new Set([SERVER_APP.question(ID, mattermost.siteUrl)]));
  });

  test('is refused without a terminal, unless a flag confirms it', async () => {
    expect(await run(`uninstall ${ID}`)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(containing('hint: add --yes')),
    });
    expect(mattermost.installed.has(ID)).toBe(true);
  });

  test('stops when it is interrupted before the change', async () => {
    const interruption = new AbortController();
    const ask = async (): Promise<string> => {
      interruption.abort();
      return ID;
    };
    expect(await run(`uninstall ${ID}`, { ask, signal: interruption.signal })).toMatchObject({ code: 130 });
    expect(mattermost.installed.has(ID)).toBe(true);
  });
});

describe('status', () => {
  const json = async (): Promise<unknown> => JSON.parse((await run(`status ${ID} --json`)).stdout);

  test('of an app that users can use', async () => {
    await listExample(mattermost);
    await install(mattermost);
    const { siteUrl } = mattermost;
    const lines = [
      `app             Hello, Serverless! (${ID})`,
      `server          ${siteUrl}`,
      'listed          version v1.2.0, aws_lambda',
      'installed       version v1.2.0, aws_lambda',
      'enabled         yes',
      'AWS configured  yes',
      'usable          yes',
    ];
    expect(await run(`status ${ID}`)).toEqual({ code: 0, stdout: `${lines.join('\n')}\n`, stderr: '' });
    expect(await json()).toEqual({
      version: 1,
      id: ID,
      displayName: 'Hello, Serverless!',
      siteUrl,
      listed: { version: 'v1.2.0', deployTypes: ['aws_lambda'] },
      installed: { version: 'v1.2.0', deployType: 'aws_lambda', enabled: true, current: true },
      awsConfigured: true,
      usable: true,
      problems: [],
    });
  });

  test('of an app that is only listed, on a server without a key for AWS', async () => {
    await listExample(mattermost);
    mattermost.configureAws(undefined);
    const { code, stdout } = await run(`status ${ID}`);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `AWS configured  no\nusable          no\n${SERVER_APP.noAws(mattermost.siteUrl)}\n${SERVER_APP.notInstalled(ID)}\n`,
    );
    expect(await json()).toMatchObject({ installed: null, awsConfigured: false, usable: false });
  });

  test('of a disabled app with an earlier version', async () => {
    await listExample(mattermost);
    await install(mattermost);
    await listExample(mattermost, { version: 'v1.3.0' });
    expect(await run(`status ${ID}`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(SERVER_APP.outdated(ID)),
    });
    await run(`disable ${ID}`);
    expect(await run(`status ${ID}`)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(SERVER_APP.disabled(ID)),
    });
  });
});

test('the list has all listed apps, as text and as JSON', async () => {
  expect((await run('list')).stdout).toBe(`${mattermost.siteUrl} lists no apps.\n`);
  await listExample(mattermost);
  await listExample(mattermost, { app_id: 'another', version: 'v2' });
  await install(mattermost);
  expect(await runCli(['mattermost', 'list'], variables())).toEqual({
    code: 0,
    stdout: [
      'app               version  deploy types  installed',
      'another           v2       aws_lambda    no',
      `${ID}  v1.2.0   aws_lambda    yes`,
      '',
    ].join('\n'),
    stderr: '',
  });
  const common = { displayName: 'Hello, Serverless!', deployTypes: ['aws_lambda'] };
  expect(JSON.parse((await run('list --json')).stdout)).toEqual({
    version: 1,
    siteUrl: mattermost.siteUrl,
    apps: [
      { id: 'another', version: 'v2', ...common, installed: false, enabled: false },
      { id: ID, version: 'v1.2.0', ...common, installed: true, enabled: true },
    ],
  });
});

describe.each([
  'list',
  `status ${ID}`,
  `install ${ID}`,
  `uninstall ${ID} --yes`,
  `enable ${ID}`,
  `disable ${ID}`,
])('%s', (line) => {
  test('explains why the server refuses it', async () => {
    await listExample(mattermost);
    const { siteUrl } = mattermost;
    const refusal = async (token?: string): Promise<string> => {
      const { code, stdout, stderr } = await run(line, token === undefined ? {} : { token });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      return stderr;
    };
    expect(await refusal(mattermost.userToken)).toContain(MATTERMOST.notAdmin(siteUrl));
    mattermost.server.appsFeatureFlag = false;
    expect(await refusal()).toContain(MATTERMOST_HINT.setFlag);
    mattermost.server.appsFeatureFlag = true;
    mattermost.server.appsPlugin = 'disabled';
    expect(await refusal()).toContain(MATTERMOST_HINT.enablePlugin);
    expect(changes()).toEqual([]);
  });

  test('needs the two variables of the server, and https', async () => {
    const args = ['mattermost', ...line.split(' ')];
    const missing = await runInProcess(args, {});
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('MM_ADMIN_TOKEN') });
    const siteUrl = 'http://chat.example.com';
    const http = await runInProcess(args, { ...variables(), MM_SERVICESETTINGS_SITEURL: siteUrl });
    expect(http).toEqual(failed(2, USAGE.unencrypted(siteUrl), USAGE_HINT.insecureHttp));
  });

  test('reports a server that cannot be reached', async () => {
    const env = { ...variables(), MM_SERVICESETTINGS_SITEURL: 'http://127.0.0.1:9' };
    const { code, stderr } = await runInProcess(['mattermost', ...line.split(' ')], env);
    expect(code).toBe(1);
    expect(stderr).toContain(MATTERMOST.unreachable('http://127.0.0.1:9', 'ECONNREFUSED'));
  });
});

test.each(['install', 'enable', 'disable', 'uninstall --yes'])(
  '%s stops when it is interrupted before the change',
  async (what) => {
    await listExample(mattermost);
    if (what !== 'install') await install(mattermost);
    if (what === 'enable') await run(`disable ${ID}`);
    const before = changes();
    const interruption = new AbortController();
    // The first line is about a request that has ended.
    const writeError = (): void => interruption.abort();
    const result = await run(`${what} ${ID} --verbose`, { writeError, signal: interruption.signal });
    expect(result).toMatchObject({ code: 130, stdout: '' });
    expect(changes()).toEqual(before);
  },
);

describe('the library', () => {
  const server = () => ({ mattermost: { url: mattermost.siteUrl, token: mattermost.adminToken } });

  test('installs and uninstalls an app, unless the caller objects', async () => {
    await listExample(mattermost);
    const app = { id: ID, version: 'v1.2.0', displayName: 'Hello, Serverless!', siteUrl: mattermost.siteUrl };
    expect(await installApp(ID, server())).toEqual({
      ...app,
      ...{ action: 'install', outcome: 'created', isDisabled: false },
    });
    const given: unknown[] = [];
    const beforeChanges = (changed: unknown): never => {
      given.push(changed);
      throw new Error('no');
    };
    await expect(uninstallApp(ID, { ...server(), beforeChanges })).rejects.toThrow('no');
    expect(given).toEqual([app]);
    expect(await serverAppStatus(ID, server())).toMatchObject({ isUsable: true, problems: [] });
    await expect(disableApp(ID, { ...server(), signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    expect(await listServerApps(server())).toMatchObject([{ id: ID, isEnabled: true }]);
  });

  test('sends no token unencrypted, unless that is allowed', async () => {
    const url = 'http://chat.example.com';
    await expect(listServerApps({ mattermost: { url, token: 'x' } })).rejects.toMatchObject({
      code: 'USAGE',
      hint: 'use https, or allow it with mattermost.allowHttp: true',
    });
  });
});

test('a server without a key for AWS cannot install an app', async () => {
  await listExample(mattermost);
  mattermost.configureAws(undefined);
  expect(await run(`install ${ID}`)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(MATTERMOST_HINT.serverVariables('appsctl aws init --create')),
  });
});

test('a user without multi-factor authentication, where it is enforced, cannot change an app', async () => {
  await listExample(mattermost);
  mattermost.server.mfaEnforced = true;
  expect(await run(`install ${ID}`)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(MATTERMOST.mfaEnforced(mattermost.siteUrl)),
  });
});

test('a server whose OAuth 2.0 service provider is off cannot install an app', async () => {
  await listExample(mattermost);
  mattermost.server.oauthServiceProvider = false;
  expect(await run(`install ${ID}`)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(MATTERMOST_HINT.enableOAuth),
  });
});

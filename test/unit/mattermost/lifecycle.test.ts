import { beforeEach, expect, test } from 'vitest';
import { MattermostServer } from '../../../src/mattermost/mattermost-server.js';
import type { LocalMattermost } from '../../stand-ins/mattermost/index.js';
import {
  answering,
  type ExampleOnAws,
  ID,
  install,
  listExample,
  startMattermostOnExample,
} from '../../stand-ins/mattermost/tests/example-app.js';
import { cannot } from '../../support/messages/aws.js';
import { MATTERMOST, MATTERMOST_ACTION } from '../../support/messages/mattermost.js';

let mattermost: LocalMattermost;
let aws: ExampleOnAws;
let server: MattermostServer;

beforeEach(async () => {
  const example = await startMattermostOnExample();
  ({ aws, mattermost } = example);
  server = new MattermostServer(mattermost.siteUrl, mattermost.adminToken);
  return example.stop;
});

const EXAMPLE = {
  id: ID,
  version: 'v1.2.0',
  displayName: 'Hello, Serverless!',
  deployTypes: ['aws_lambda'],
  isInstalled: false,
  isEnabled: false,
};

test('lists apps by id, with one request', async () => {
  expect(await server.listApps()).toEqual([]);
  await listExample(mattermost);
  await listExample(mattermost, { app_id: 'another', display_name: 'Z', version: '' });
  await install(mattermost);
  const before = mattermost.requests.length;
  expect(await server.listApps()).toEqual([
    { ...EXAMPLE, id: 'another', displayName: 'Z', version: '' },
    { ...EXAMPLE, isInstalled: true, isEnabled: true },
  ]);
  expect(mattermost.requests).toHaveLength(before + 1);
});

test('disables, enables and uninstalls an app, each twice', async () => {
  await listExample(mattermost);
  await install(mattermost);
  for (const isDisabled of [true, true]) {
    await server.disable(ID);
    expect(mattermost.installed.get(ID)?.disabled).toBe(isDisabled);
  }
  expect(await server.listApps()).toEqual([{ ...EXAMPLE, isInstalled: true }]);
  for (const isDisabled of [false, false]) {
    await server.enable(ID);
    expect(mattermost.installed.get(ID)?.disabled).toBe(isDisabled);
  }
  await server.uninstall(ID);
  expect(await server.listApps()).toEqual([EXAMPLE]);
  await expect(server.uninstall(ID)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: cannot(MATTERMOST_ACTION.uninstall(ID), MATTERMOST.notInstalled(ID, mattermost.siteUrl)),
  });
});

test('uninstalls an app that objects only by force', async () => {
  await listExample(mattermost, { on_uninstall: { path: '/bye' } });
  await install(mattermost);
  aws.instead['/bye'] = answering({ type: 'error', text: 'not now' });
  await expect(server.uninstall(ID)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: cannot(MATTERMOST_ACTION.uninstall(ID), MATTERMOST.objects('not now')),
  });
  expect(mattermost.installed.has(ID)).toBe(true);
  await server.uninstall(ID, { force: true });
  expect(mattermost.installed.has(ID)).toBe(false);
});

test.each(['enable', 'disable', 'uninstall'] as const)(
  'cannot %s an app that is not installed',
  async (what) => {
    await listExample(mattermost);
    await expect(server[what](ID)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: cannot(MATTERMOST_ACTION[what](ID), MATTERMOST.notInstalled(ID, mattermost.siteUrl)),
    });
  },
);

test('cannot force what the server refuses', async () => {
  await expect(server.uninstall(ID, { force: true })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: cannot(MATTERMOST_ACTION.uninstall(ID), MATTERMOST.notInstalled(ID, mattermost.siteUrl)),
  });
  const user = new MattermostServer(mattermost.siteUrl, mattermost.userToken);
  await expect(user.uninstall(ID, { force: true })).rejects.toMatchObject({ code: 'SERVICE' });
});

test('knows the versions of server and plugin', async () => {
  expect(await server.serverVersion()).toBe('9.11.0');
  expect(await server.pluginVersion()).toBe('1.2.2');
});

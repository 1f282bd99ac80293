import { afterAll, beforeAll, expect, test } from 'vitest';
import { manifest, writeBundle } from '../support/bundle.js';
import type { CliResult } from '../support/cli.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { INSTALLATION, INSTALLATION_SUMMARY } from '../support/messages/mattermost.js';
import { accountLine, resourceLine, warningLine } from '../support/messages/output.js';

const ID = 'com.example.test';

let environment: TestEnvironment;

beforeAll(async () => {
  environment = await startEnvironment();
  await environment.init();
});
afterAll(() => environment.stop());

/** Deploys the app with changes to its manifest. */
async function deploy(changes: Readonly<Record<string, unknown>>, ...flags: string[]): Promise<CliResult> {
  const bundle = await writeBundle(environment.folder, manifest(changes));
  const result = await environment.run(['aws', 'deploy', bundle, ...flags]);
  expect(result).toMatchObject({ code: 0 });
  return result;
}

const installed = () => environment.mattermost.installed.get(ID);

test('an installed app stays the same if nothing has changed, including its webhook secret', async () => {
  const first = await deploy({}, '--install');
  expect(first.stderr).toContain(
    resourceLine('created', 'listing', ID) + resourceLine('created', 'installation', ID),
  );
  const secret = installed()?.webhookSecret;
  expect(secret).toMatch(/^[0-9a-f]{26}$/);

  const second = await deploy({}, '--install');

  expect(second.stderr).toContain(
    resourceLine('unchanged', 'listing', ID) + resourceLine('unchanged', 'installation', ID),
  );
  expect(second.stderr).not.toContain('warning');
  expect(second.stdout).toContain(`\n${INSTALLATION_SUMMARY.installed(environment.mattermost.siteUrl)}\n`);
  expect(installed()?.webhookSecret).toBe(secret);
});

test('without --install a new version is only listed, and a warning says that the old one stays installed', async () => {
  const { siteUrl } = environment.mattermost;
  const { stdout, stderr } = await deploy({ version: '1.1.0' });

  const outdated = INSTALLATION.otherVersion(ID, '1.0.0');
  const vocabulary = [outdated, siteUrl, '1.1.0', '--install'] as const;
  expect(stderr).toContain(warningLine(INSTALLATION.installWith(...vocabulary)));
  expect(stdout).toContain(`\n${INSTALLATION_SUMMARY.outdated(...vocabulary)}\n`);
  expect(environment.mattermost.listed.get(ID)?.version).toBe('1.1.0');
  expect(installed()?.manifest.version).toBe('1.0.0');

  const { stderr: again } = await deploy({ version: '1.1.0' }, '--install');
  expect(again).toContain(
    resourceLine('unchanged', 'listing', ID) + resourceLine('updated', 'installation', ID),
  );
  expect(installed()?.manifest.version).toBe('1.1.0');
});

test('an app that an administrator has disabled stays disabled until it is installed again', async () => {
  await environment.runOrThrow(['mattermost', 'disable', ID]);
  const { siteUrl } = environment.mattermost;

  const { stdout, stderr } = await deploy({ version: '1.1.0' }, '--install');
  expect(stderr).toContain(
    warningLine(INSTALLATION.staysDisabled(ID, siteUrl, 'appsctl mattermost enable APP')),
  );
  expect(stderr).toContain(resourceLine('unchanged', 'installation', ID));
  expect(stdout).toContain(`\n${INSTALLATION_SUMMARY.disabled(siteUrl)}\n`);
  expect(installed()?.disabled).toBe(true);

  const dryRun = await deploy({ version: '1.2.0' }, '--install', '--dry-run');
  const warning = warningLine(INSTALLATION.isEnabled(ID, siteUrl));
  expect(dryRun.stderr).toBe(accountLine() + warning);
  expect(installed()?.disabled).toBe(true);

  const again = await deploy({ version: '1.2.0' }, '--install');
  expect(again.stderr).toContain(warning);
  expect(installed()).toMatchObject({ disabled: false, manifest: { version: '1.2.0' } });
});

test('an earlier version is installed again like any other', async () => {
  await deploy({ version: '1.0.0' }, '--install');
  expect(installed()?.manifest.version).toBe('1.0.0');
});

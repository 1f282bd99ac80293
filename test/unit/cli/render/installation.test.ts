import { expect, test } from 'vitest';
import { CLI_VOCABULARY } from '../../../../src/cli/input/vocabulary.js';
import { renderInstallation } from '../../../../src/cli/render/installation.js';
import type { InstallationStatus } from '../../../../src/core/deploy/installation.js';
import { INSTALLATION_SUMMARY } from '../../../support/messages/mattermost.js';

const SITE = 'https://chat.example.com';
const app = { id: 'com.example.test', version: '1.0.0', displayName: 'Test' };
const OUTDATED = { version: '0.9.0', deployType: 'aws_lambda', isDisabled: false, isCurrent: false };

test.each<[InstallationStatus, string]>([
  [{ kind: 'not-installed' }, 'Install it in Mattermost with: /apps install listed com.example.test'],
  [{ kind: 'installed', isDisabled: false }, INSTALLATION_SUMMARY.installed(SITE)],
  [{ kind: 'installed', isDisabled: true }, INSTALLATION_SUMMARY.disabled(SITE)],
  [
    { kind: 'outdated', installed: OUTDATED },
    `Version 0.9.0 of app com.example.test is still installed in ${SITE}; install version 1.0.0 with --install`,
  ],
  [
    { kind: 'outdated', installed: { ...OUTDATED, version: '1.0.0' } },
    `App com.example.test is still installed with its earlier manifest in ${SITE}; install version 1.0.0 with --install`,
  ],
  [
    { kind: 'outdated', installed: { ...OUTDATED, version: '' } },
    `The unnumbered version of app com.example.test is still installed in ${SITE}; install version 1.0.0 with --install`,
  ],
  [
    { kind: 'outdated', installed: { ...OUTDATED, version: '1.0.0', deployType: 'http' } },
    `App com.example.test is still installed with the deploy type http in ${SITE}; install version 1.0.0 with --install`,
  ],
])('%j', (status, line) => {
  expect(renderInstallation(app, status, SITE, CLI_VOCABULARY)).toBe(line);
});

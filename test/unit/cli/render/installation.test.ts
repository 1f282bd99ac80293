import { expect, test } from 'vitest';
import { CLI_VOCABULARY } from '../../../../src/cli/input/vocabulary.js';
import { renderInstallation } from '../../../../src/cli/render/installation.js';
import type { InstallationStatus } from '../../../../src/core/deploy/mattermost-plan.js';
import { INSTALLATION, INSTALLATION_SUMMARY } from '../../../support/messages/mattermost.js';

const SITE = 'https://chat.example.com';
const app = { id: 'com.example.test', version: '1.0.0', displayName: 'Test' };
const OUTDATED = { version: '0.9.0', deployType: 'aws_lambda', isDisabled: false, isCurrent: false };

test.each<[InstallationStatus, string]>([
  [{ kind: 'not-installed' }, 'Install it in Mattermost with: /apps install listed com.example.test'],
  [{ kind: 'installed', isDisabled: false }, INSTALLATION_SUMMARY.installed(SITE)],
  [{ kind: 'installed', isDisabled: true }, INSTALLATION_SUMMARY.disabled(SITE)],
  [
    { kind: 'outdated', installed: OUTDATED },
    INSTALLATION_SUMMARY.outdated(INSTALLATION.otherVersion(app.id, '0.9.0'), SITE, '1.0.0', '--install'),
  ],
  [
    { kind: 'outdated', installed: { ...OUTDATED, version: '1.0.0' } },
    INSTALLATION_SUMMARY.outdated(INSTALLATION.otherManifest(app.id), SITE, '1.0.0', '--install'),
  ],
])('%j', (status, line) => {
  expect(renderInstallation(app, status, SITE, CLI_VOCABULARY)).toBe(line);
});

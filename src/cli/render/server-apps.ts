import type { ChangedServerApp, ListedApp, ServerAppStatus } from '../../api/server-apps.js';
import { describeVersion } from '../../core/deploy/installation.js';
import { type Format, jsonLines } from './json.js';
import { renderTable } from './table.js';

/** The apps that a Mattermost server lists. */
export function renderServerApps(apps: readonly ListedApp[], siteUrl: string, format: Format): string[] {
  if (format === 'json') {
    const items = apps.map(({ isInstalled: installed, isEnabled: enabled, ...app }) => ({
      ...app,
      installed,
      enabled,
    }));
    return jsonLines({ siteUrl, apps: items });
  }
  if (apps.length === 0) return [`${siteUrl} lists no apps.`];
  const rows = apps.map(({ id, version, deployTypes, isInstalled, isEnabled }) => [
    id,
    version || '-',
    deployTypes.join(', ') || '-',
    isEnabled ? 'yes' : isInstalled ? 'disabled' : 'no',
  ]);
  return renderTable([['app', 'version', 'deploy types', 'installed'], ...rows]);
}

/** An app on a Mattermost server. */
export function renderServerApp(status: ServerAppStatus, format: Format): string[] {
  const { id, displayName, siteUrl, listed, installed, isAwsConfigured, isUsable, problems } = status;
  if (format === 'json') {
    return jsonLines({
      ...{ id, displayName, siteUrl },
      listed: listed ?? null,
      installed: installed
        ? {
            version: installed.version,
            deployType: installed.deployType,
            enabled: !installed.isDisabled,
            current: installed.isCurrent,
          }
        : null,
      awsConfigured: isAwsConfigured ?? null,
      usable: isUsable,
      problems,
    });
  }
  const rows = [
    ['app', `${displayName} (${id})`],
    ['server', siteUrl],
    ['listed', listed ? `${describeVersion(listed.version)}, ${listed.deployTypes.join(', ')}` : 'no'],
    ['installed', installed ? `${describeVersion(installed.version)}, ${installed.deployType}` : 'no'],
    ['enabled', yesOrNo(installed && !installed.isDisabled)],
    ['AWS configured', isAwsConfigured === undefined ? 'unknown' : yesOrNo(isAwsConfigured)],
    ['usable', yesOrNo(isUsable)],
  ];
  return [
    ...renderTable(rows),
    ...problems.map(({ message, hint }) => (hint ? `${message}; ${hint}` : message)),
  ];
}

/** The line about what was done. */
export function renderServerAppChange({
  id,
  version,
  displayName,
  siteUrl,
  outcome,
  isDisabled,
  action,
}: ChangedServerApp): string {
  const name = `${displayName} (${[id, version].join(' ').trim()})`;
  const already = outcome === 'unchanged' ? 'already ' : '';
  switch (action) {
    case 'install':
      return `${name} is ${already}installed in ${siteUrl}${isDisabled ? ', but disabled' : ''}`;
    case 'uninstall':
      return outcome === 'unchanged'
        ? `${name} is not installed in ${siteUrl}`
        : `${name} is uninstalled from ${siteUrl}; it is still listed`;
    case 'enable':
      return `${name} is ${already}enabled in ${siteUrl}`;
    case 'disable':
      return `${name} is ${already}disabled in ${siteUrl}`;
  }
}

function yesOrNo(value: boolean | undefined): string {
  return value === true ? 'yes' : 'no';
}

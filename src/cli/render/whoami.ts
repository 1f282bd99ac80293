import type { WhoamiReport } from '../../api/whoami.js';
import { isUnknown, type UnknownPart } from '../../core/diagnostics/unknown-part.js';
import { type Format, jsonLines } from './json.js';
import { renderTable } from './table.js';

/** Whose credentials are used, and what they reach, as lines or as JSON. */
export function renderWhoami(report: WhoamiReport, format: Format): string[] {
  return format === 'json' ? renderJson(report) : renderText(report);
}

const NOT_SET = 'not set';

function renderText(report: WhoamiReport): string[] {
  const { identity, region, bucket, bucketExists, serverVersion, pluginVersion } = report;
  const lines = isUnknown(identity)
    ? { identity: describeUnknown(identity) }
    : { account: `${identity.accountId} (partition ${identity.partition})`, identity: identity.arn };
  const texts = {
    ...lines,
    credentials: describeCredentials(report),
    region: `${region.name} (${region.source})`,
    bucket: bucket === undefined ? NOT_SET : `${bucket}: ${describeBucket(bucketExists)}`,
    Mattermost: describeVersion(serverVersion, report.siteUrl),
    'Apps plugin': describeVersion(pluginVersion),
  };
  const rows = Object.entries(texts).flatMap(([name, text]) =>
    text.split('\n').map((line, index) => [index === 0 ? name : '', line]),
  );
  return renderTable(rows);
}

function describeCredentials({ identity, credentials }: WhoamiReport): string {
  const { source = 'none', detail } = credentials;
  const expiration = isUnknown(identity) ? undefined : identity.expiration;
  const end = expiration === undefined ? '' : `, until ${formatTime(expiration)}`;
  return `${source}${detail === undefined ? '' : ` (${detail})`}${end}`;
}

function describeBucket(exists: WhoamiReport['bucketExists']): string {
  if (isUnknown(exists)) return describeUnknown(exists);
  return exists ? 'exists, and belongs to the account' : 'does not exist';
}

function describeVersion(version: string | UnknownPart | undefined, url?: string): string {
  if (version === undefined) return NOT_SET;
  const text = isUnknown(version) ? describeUnknown(version) : `version ${version}`;
  return url === undefined ? text : `${url}, ${text}`;
}

function describeUnknown({ problem, hint }: UnknownPart): string {
  return hint === undefined ? problem : `${problem}\nhint: ${hint}`;
}

function renderJson(report: WhoamiReport): string[] {
  const { identity, credentials, region, bucket, bucketExists, siteUrl, serverVersion, pluginVersion } =
    report;
  return jsonLines({
    ...(isUnknown(identity)
      ? { identity: problemOf(identity) }
      : {
          identity: { account: identity.accountId, partition: identity.partition, arn: identity.arn },
        }),
    credentials: {
      ...credentials,
      expires: (!isUnknown(identity) && identity.expiration && formatTime(identity.expiration)) || undefined,
    },
    region,
    bucket:
      bucket === undefined
        ? null
        : {
            name: bucket,
            ...(isUnknown(bucketExists) ? problemOf(bucketExists) : { exists: bucketExists }),
          },
    mattermost: serverVersion === undefined ? null : { url: siteUrl, ...versionOf(serverVersion) },
    appsPlugin: pluginVersion === undefined ? null : versionOf(pluginVersion),
  });
}

function versionOf(version: string | UnknownPart): object {
  return isUnknown(version) ? problemOf(version) : { version };
}

function problemOf({ problem, hint }: UnknownPart): object {
  return { problem, hint };
}

/** In whole seconds, in UTC. */
function formatTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

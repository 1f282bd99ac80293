import { TABLES } from '../stand-ins/aws/account.js';
import type { TestEnvironment } from './environment.js';

/** What is in an account and in Mattermost, without what differs from one run to the next. */
export interface AccountState {
  /** Each resource by its kind and name; its fields as JSON, so that differences are readable. */
  readonly resources: Readonly<Record<string, string>>;
  /** The number of access keys of each user, by name. */
  readonly accessKeys: Readonly<Record<string, number>>;
  /** The webhook secret of each installed app, by app id: installing an app again makes a new one. */
  readonly webhookSecrets: Readonly<Record<string, string>>;
}

/** Reads everything that is in an account and in Mattermost. */
export function readAccountState({
  aws,
  mattermost,
}: Pick<TestEnvironment, 'aws' | 'mattermost'>): AccountState {
  const { users, groups, roles, policies, buckets, functions, logGroups, secrets } = aws.stored;
  const resources = new Map<string, unknown>();
  const accessKeys: Record<string, number> = {};
  for (const { name, path, tags, boundary, attached, inline, accessKeys: keys } of users.values()) {
    resources.set(`user ${name}`, { path, tags, boundary, attached, inline });
    accessKeys[name] = keys.length;
  }
  for (const { name, path, attached, inline, members } of groups.values())
    resources.set(`group ${name}`, { path, attached, inline, members });
  for (const { name, path, tags, boundary, attached, inline, trustPolicy } of roles.values())
    resources.set(`role ${name}`, { path, tags, boundary, attached, inline, trustPolicy });
  for (const { name, versions, defaultVersion } of policies.values()) {
    const version = versions.find(({ id }) => id === defaultVersion);
    resources.set(`policy ${name}`, normalizePolicy(version?.document ?? '{}'));
  }
  for (const { name, policy, publicAccessBlock, tags, encryption, objects, uploads } of buckets.values()) {
    resources.set(`bucket ${name}`, { policy, publicAccessBlock, tags, encryption, uploads: uploads.size });
    for (const { key, etag, headers, tags } of objects.values())
      resources.set(
        `object ${key}`,
        key.startsWith('locks/') ? 'lock' : { etag, headers, tags: withoutTimes(tags) },
      );
  }
  for (const [
    name,
    { live, role, architecture, tags, pendingReads, inProgressReads, ...other },
  ] of functions) {
    const { code, ...configuration } = live;
    const { ephemeralStorage, vpc, layers, tracing } = other;
    const settings = { ...configuration, ephemeralStorage, vpc, layers, tracing };
    const isBusy = pendingReads + inProgressReads > 0;
    resources.set(`function ${name}`, { ...settings, code: code.sha256, role, architecture, tags, isBusy });
  }
  for (const { name, retention } of logGroups.values()) resources.set(`log group ${name}`, { retention });
  for (const { name, kmsKey, deletedAt } of secrets.values())
    resources.set(`secret ${name}`, { kmsKey, deletedAt });
  for (const [id, manifest] of mattermost.listed) resources.set(`listing ${id}`, manifest);
  const webhookSecrets: Record<string, string> = {};
  for (const [id, app] of mattermost.installed) {
    // The first installation creates ids, and each installation a secret.
    const { webhookSecret = '', botUserId: _, oauthApp, ...fields } = app;
    resources.set(`installation ${id}`, { ...fields, hasOAuthApp: oauthApp !== undefined });
    webhookSecrets[id] = webhookSecret;
  }
  return {
    resources: Object.fromEntries([...resources].map(([name, fields]) => [name, toSortedJson(fields)])),
    accessKeys,
    webhookSecrets,
  };
}

/**
 * Reads everything that is stored in an account, by its kind and name. Two readings are equal only if nothing was created,
 * changed or removed in between, not even temporarily.
 */
export function readEverything({ aws }: Pick<TestEnvironment, 'aws'>): Record<string, string> {
  return Object.fromEntries(
    TABLES.flatMap((table) =>
      [...(aws.stored[table] as ReadonlyMap<string, unknown>)].map(
        ([name, entry]) => [`${table} ${name}`, toSortedJson(entry)] as const,
      ),
    ),
  );
}

/**
 * Compares the resources and the numbers of access keys of two states, one line for each difference.
 *
 * @param moreKeys how many more access keys each user must have
 */
export function compareStates(actual: AccountState, expected: AccountState, moreKeys = 0): string[] {
  return [
    ...describeDifferences(actual.resources, expected.resources),
    ...describeDifferences(countKeys(actual, 0), countKeys(expected, moreKeys)),
  ];
}

/** One line for each difference between two records. */
export function describeDifferences(
  actual: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(actual), ...Object.keys(expected)])].flatMap((name) => {
    if (actual[name] === expected[name]) return [];
    return `${name} is ${actual[name] ?? 'missing'}, should be ${expected[name] ?? 'absent'}`;
  });
}

function countKeys({ accessKeys }: AccountState, more: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries(accessKeys).map(([user, count]) => [`the number of keys of ${user}`, `${count + more}`]),
  );
}

/** The tags of an object without the attempts of a deployer, and their times. */
function withoutTimes(tags: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...tags].map(([name, value]) => [name, value.replace(/^\d+ \S+Z /, '')]));
}

/** A policy document whose resources are sorted. */
function normalizePolicy(document: string): unknown {
  const parsed = JSON.parse(document) as { Statement?: { Resource: string | string[] }[] };
  for (const statement of parsed.Statement ?? []) statement.Resource = [statement.Resource].flat().sort();
  return parsed;
}

/** JSON with sorted keys and with sorted members of maps and sets. */
function toSortedJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (item instanceof Set) return [...item].sort();
    const object: unknown = item instanceof Map ? Object.fromEntries(item) : item;
    if (typeof object !== 'object' || object === null || Array.isArray(object)) return object;
    return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

import type { Lab } from './lab.js';

/** What stands in an account and in Mattermost, without what differs from one run to the next. */
export interface AccountState {
  /** Each thing by its name; its fields as one text, so that differences are read at a glance. */
  readonly things: Readonly<Record<string, string>>;
  /** How many access keys each user has, by name. */
  readonly accessKeys: Readonly<Record<string, number>>;
  /** The webhook secret of each installed app, by app id: installing an app again makes a new one. */
  readonly webhookSecrets: Readonly<Record<string, string>>;
}

/** Looks at all that stands in an account and in Mattermost. */
export function readState({ aws, mattermost }: Lab): AccountState {
  const { users, groups, roles, policies, buckets, functions } = aws.kept;
  const things = new Map<string, unknown>();
  const accessKeys: Record<string, number> = {};
  for (const { name, attached, inline, accessKeys: keys } of users.values()) {
    things.set(`user ${name}`, { attached, inline });
    accessKeys[name] = keys.length;
  }
  for (const { name, attached, inline, members } of groups.values())
    things.set(`group ${name}`, { attached, inline, members });
  for (const { name, attached, inline, trustPolicy } of roles.values())
    things.set(`role ${name}`, { attached, inline, trustPolicy });
  for (const { name, versions, defaultVersion } of policies.values()) {
    const version = versions.find(({ id }) => id === defaultVersion);
    things.set(`policy ${name}`, withSets(version?.document ?? '{}'));
  }
  for (const { name, policy, publicAccessBlock, objects, uploads } of buckets.values()) {
    things.set(`bucket ${name}`, { policy, publicAccessBlock, uploads: uploads.size });
    for (const { key, etag, headers } of objects.values())
      things.set(`object ${key}`, key.startsWith('locks/') ? 'a lock' : { etag, headers });
  }
  for (const [name, { live, role, architecture, tags, pendingReads, inProgressReads }] of functions) {
    const { code, ...settings } = live;
    const isBusy = pendingReads + inProgressReads > 0;
    things.set(`function ${name}`, { ...settings, code: code.sha256, role, architecture, tags, isBusy });
  }
  for (const [id, manifest] of mattermost.listed) things.set(`listing ${id}`, manifest);
  const webhookSecrets: Record<string, string> = {};
  for (const [id, app] of mattermost.installed) {
    // Each first installation makes ids of its own, and each further one a secret.
    const { webhookSecret = '', botUserId: _, oauthApp, ...rest } = app;
    things.set(`installation ${id}`, { ...rest, hasOAuthApp: oauthApp !== undefined });
    webhookSecrets[id] = webhookSecret;
  }
  return {
    things: Object.fromEntries([...things].map(([name, fields]) => [name, text(fields)])),
    accessKeys,
    webhookSecrets,
  };
}

/** The differences between two states, one line each. */
export function differences(
  is: Readonly<Record<string, string>>,
  shouldBe: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(is), ...Object.keys(shouldBe)])].flatMap((name) => {
    if (is[name] === shouldBe[name]) return [];
    return `${name} is ${is[name] ?? 'missing'}, should be ${shouldBe[name] ?? 'absent'}`;
  });
}

/** A policy document whose resources have no order. */
function withSets(document: string): unknown {
  const parsed = JSON.parse(document) as { Statement?: { Resource: string | string[] }[] };
  for (const statement of parsed.Statement ?? []) statement.Resource = [statement.Resource].flat().sort();
  return parsed;
}

/** JSON in which neither keys nor members of maps and sets have an order. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (item instanceof Set) return [...item].sort();
    const object: unknown = item instanceof Map ? Object.fromEntries(item) : item;
    if (typeof object !== 'object' || object === null || Array.isArray(object)) return object;
    return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

import { AppsctlError } from '../diagnostics/error.js';
import type { Hint } from '../diagnostics/vocabulary.js';
import type { AccessKey, User } from '../ports/iam.js';
import type { InitSettings, ServerKey } from './settings.js';

/** AWS allows a user this many access keys. */
const MAX_ACCESS_KEYS = 2;

/** What `init` does with the access keys of the server's user. */
export interface AccessKeyPlan {
  /** The key that is deleted before another one is created, to make room for it. */
  readonly makeRoom: AccessKey | undefined;
  readonly create: boolean;
  /** The keys that are disabled or deleted, once the key that replaces them has passed its test. */
  readonly replaced: readonly AccessKey[];
  readonly replacement: 'disable' | 'delete';
}

/**
 * Plans what happens to the access keys. No key that works is given up before another one works and is written down; and
 * which of two keys the server has, only `serverKey` says: AWS does not know.
 *
 * @throws AppsctlError LIMIT when there is no room for another key; CONFLICT when `serverKey` is not an active key of the
 *   user; ACCESS_DENIED when the keys cannot be listed
 */
export function planAccessKeys(settings: InitSettings, user: User | undefined): AccessKeyPlan {
  const { createAccessKey, rotateAccessKey, deleteOldKey, userName } = settings;
  const replacement = deleteOldKey ? 'delete' : 'disable';
  if (!createAccessKey && !rotateAccessKey && !deleteOldKey) return { ...NOTHING, replacement };
  const keys = user === undefined ? [] : user.accessKeys;
  if (keys === undefined) {
    throw new AppsctlError('ACCESS_DENIED', `cannot list the access keys of user ${userName}`, {
      hint: `allow iam:ListAccessKeys: what happens to a key depends on how many there are`,
    });
  }
  if (rotateAccessKey) {
    const makeRoom = keys.length < MAX_ACCESS_KEYS ? undefined : findDispensable(settings, keys);
    const others = keys.filter(({ id }) => id !== makeRoom?.id);
    const replaced = deleteOldKey ? others : others.filter(({ isActive }) => isActive);
    return { makeRoom, create: true, replaced, replacement };
  }
  if (createAccessKey) {
    if (keys.length >= MAX_ACCESS_KEYS) throw tooManyKeys(settings, keys);
    return { ...NOTHING, create: true, replacement };
  }
  checkServerKey(settings, keys);
  const replaced = keys.filter(({ id }) => id !== settings.serverKey?.id);
  return { ...NOTHING, replaced, replacement };
}

const NOTHING = { makeRoom: undefined, create: false, replaced: [] } as const;

/** Finds the one of two keys that is deleted first: one that is inactive, or else the one that is not the server's. */
function findDispensable(settings: InitSettings, keys: readonly AccessKey[]): AccessKey {
  const { serverKey, deleteOldKey } = settings;
  const others = keys.filter(({ id }) => id !== serverKey?.id);
  const inactive = keys.find(({ isActive }) => !isActive);
  // Of two active keys that are both unknown, each may be the server's.
  const found = inactive ?? (others.length < keys.length ? others[0] : undefined);
  if (found === undefined || !deleteOldKey) throw tooManyKeys(settings, keys);
  return found;
}

function tooManyKeys(settings: InitSettings, keys: readonly AccessKey[]): AppsctlError {
  const message = `user ${settings.userName} already has ${keys.length} access keys, the most AWS allows`;
  return new AppsctlError('LIMIT', message, { hint: suggestRoom(settings, keys) });
}

/** What makes room for another key. */
function suggestRoom({ serverKey, rotateAccessKey }: InitSettings, keys: readonly AccessKey[]): Hint {
  const ids = keys.map(({ id }) => id).join(', ');
  const inactive = keys.find(({ isActive }) => !isActive);
  const others = keys.filter(({ id }) => id !== serverKey?.id);
  const [other] = others;
  if (rotateAccessKey && inactive !== undefined) {
    return ({ deleteOldKey }) => `${inactive.id} is inactive: delete it with ${deleteOldKey}`;
  }
  if (inactive === undefined && serverKey !== undefined && other !== undefined && others.length === 1) {
    return ({ deleteOldKey }) =>
      `${serverKey.id} is the server's key according to ${serverKey.source}; if no server uses ${other.id}, delete it with ${deleteOldKey}`;
  }
  return ({ createAccessKey, serverKey: option }) =>
    rotateAccessKey
      ? `${nameServerKey(serverKey, option)}, or delete one of ${ids} in the IAM console`
      : `delete one of ${ids} in the IAM console, or run without ${createAccessKey}`;
}

/** @throws AppsctlError unless the key that stays is known, and active */
function checkServerKey({ serverKey, userName }: InitSettings, keys: readonly AccessKey[]): void {
  if (serverKey === undefined) {
    throw new AppsctlError('USAGE', `it is not known which access key of user ${userName} the server uses`, {
      hint: ({ serverKey: option }) => `set ${option}: all other keys of the user are deleted`,
    });
  }
  const found = keys.find(({ id }) => id === serverKey.id);
  if (found?.isActive) return;
  const problem = found === undefined ? `is not a key of user ${userName}` : 'is inactive';
  throw new AppsctlError('CONFLICT', `access key ${serverKey.id} of ${serverKey.source} ${problem}`, {
    hint: ({ serverKey: option }) => nameServerKey(serverKey, option),
  });
}

/** @param option sets the key, unless it is the one in a file */
function nameServerKey(serverKey: ServerKey | undefined, option: string): string {
  return serverKey === undefined || serverKey.source === option
    ? `set ${option} to the key that the server uses`
    : `write the key that the server uses into ${serverKey.source}`;
}

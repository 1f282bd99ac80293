import { throwIfAborted } from '../../core/async/clock.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { Outcome } from '../../core/diagnostics/event.js';
import type { AccessKeyPlan } from '../../core/init/access-keys.js';
import type { InitSettings } from '../../core/init/settings.js';
import type { AccessKey, NewAccessKey } from '../../core/ports/iam.js';
import type { InitPorts } from './ports.js';
import type { ChangedAccessKeys } from './prepared-account.js';

/**
 * Applies the plan for the access keys. A new key is saved as soon as it exists; the ones that it replaces are only
 * touched once it has passed its test and the caller agrees: a server that still uses them loses its access.
 *
 * @param save writes the new key down
 * @throws AppsctlError for a key that could not be saved, and was deleted; for one that did not pass its test; the errors
 *   of the ports
 */
export async function applyAccessKeys(
  settings: InitSettings,
  ports: InitPorts,
  { makeRoom, create, replaced, replacement }: AccessKeyPlan,
  save: (key: NewAccessKey) => Promise<void>,
): Promise<ChangedAccessKeys> {
  const { serverKey } = settings;
  if (makeRoom !== undefined) await removeFirst(settings, ports, makeRoom);
  const accessKey = create ? await createKey(settings, ports, save) : undefined;
  const deleted = makeRoom === undefined ? [] : [makeRoom.id];
  const disabled: string[] = [];
  const working = accessKey ?? serverKey;
  if (replaced.length > 0 && working !== undefined) {
    const isAgreed = await testAndAsk(ports, working, replaced, replacement).catch((error) => {
      throw accessKey === undefined ? error : describeInterruption(error, accessKey, replaced);
    });
    for (const { id } of replaced) {
      if (!isAgreed) report(ports, id, 'kept', 'as it is');
      else if (replacement === 'delete') deleted.push(await deleteKey(settings, ports, id));
      else disabled.push(await disableKey(settings, ports, id));
    }
  }
  return { accessKey, disabledAccessKeyIds: disabled, deletedAccessKeyIds: deleted };
}

/** Deletes a key to make room for a new one. */
async function removeFirst(settings: InitSettings, ports: InitPorts, key: AccessKey): Promise<void> {
  // Another key must be known to work before one that may be in use is given up.
  if (key.isActive && settings.serverKey !== undefined) await testKey(ports, settings.serverKey, [key]);
  if (!(await agrees(ports, [key], 'delete'))) {
    throw new AppsctlError('LIMIT', `there is no room for another access key: ${key.id} was not deleted`);
  }
  await deleteKey(settings, ports, key.id);
}

async function createKey(
  { userName }: InitSettings,
  ports: InitPorts,
  save: (key: NewAccessKey) => Promise<void>,
): Promise<NewAccessKey> {
  throwIfAborted(ports.signal);
  const key = await ports.accessKeys.create(userName);
  report(ports, key.id, 'created');
  try {
    await save(key);
  } catch (error) {
    throw await discard(userName, ports, key, error);
  }
  return key;
}

/**
 * Deletes a new key whose secret could not be saved: no one could ever use it, and a user can have only two.
 *
 * @returns the error to report
 */
async function discard(
  userName: string,
  ports: InitPorts,
  { id }: NewAccessKey,
  error: unknown,
): Promise<unknown> {
  const { code, message } = toSaveError(error);
  try {
    await ports.accessKeys.delete(userName, id);
    report(ports, id, 'removed');
  } catch (failure) {
    const reason = AppsctlError.is(failure) ? failure.message : String(failure);
    return new AppsctlError(code, `${message}; ${reason}`, {
      hint: `delete access key ${id} of user ${userName} in the IAM console: its secret is lost`,
      cause: error,
    });
  }
  return new AppsctlError(code, message, {
    hint: (vocabulary) => {
      const hint = AppsctlError.is(error) ? error.hintIn(vocabulary) : undefined;
      return `access key ${id} has been deleted; ${hint ?? `${vocabulary.again} with its output somewhere else`}`;
    },
    cause: error,
  });
}

function toSaveError(error: unknown): Pick<AppsctlError, 'code' | 'message'> {
  if (AppsctlError.is(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return { code: 'OUTPUT', message: `cannot save the new access key: ${reason}` };
}

async function testAndAsk(
  ports: InitPorts,
  key: NewAccessKey,
  replaced: readonly AccessKey[],
  replacement: AccessKeyPlan['replacement'],
): Promise<boolean> {
  await testKey(ports, key, replaced);
  return agrees(ports, replaced, replacement);
}

/** The same command would find no room for another key. */
function describeInterruption(error: unknown, { id }: NewAccessKey, others: readonly AccessKey[]): unknown {
  if (!AppsctlError.is(error) || error.code !== 'INTERRUPTED') return error;
  return new AppsctlError(
    'INTERRUPTED',
    `interrupted: access key ${id} is new, and ${names(others)} unchanged`,
    {
      hint: ({ deleteOldKey }) =>
        `start the Mattermost server with the new key, then delete the other one with ${deleteOldKey}`,
      cause: error,
    },
  );
}

/** @param others the keys that stay as they are if the test fails */
async function testKey(
  { testServerKey }: InitPorts,
  key: NewAccessKey,
  others: readonly AccessKey[] = [],
): Promise<void> {
  try {
    await testServerKey(key);
  } catch (error) {
    if (!AppsctlError.is(error) || error.code === 'INTERRUPTED') throw error;
    const unchanged = others.length === 0 ? '' : `; ${names(others)} unchanged`;
    throw new AppsctlError(
      error.code,
      `access key ${key.id} has not passed its test: ${error.message}${unchanged}`,
      {
        hint: (vocabulary) => error.hintIn(vocabulary) ?? `${vocabulary.again} later`,
        cause: error,
      },
    );
  }
}

function names(keys: readonly AccessKey[]): string {
  const ids = keys.map(({ id }) => id).join(' and ');
  return keys.length === 1 ? `access key ${ids} is` : `access keys ${ids} are`;
}

async function agrees(
  { confirmKeyChange, signal }: InitPorts,
  keys: readonly AccessKey[],
  change: 'disable' | 'delete',
): Promise<boolean> {
  throwIfAborted(signal);
  const ids = keys.map(({ id }) => id);
  try {
    return (await confirmKeyChange?.(ids, change)) ?? true;
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
}

async function deleteKey({ userName }: InitSettings, ports: InitPorts, id: string): Promise<string> {
  throwIfAborted(ports.signal);
  await ports.accessKeys.delete(userName, id);
  report(ports, id, 'removed');
  return id;
}

async function disableKey({ userName }: InitSettings, ports: InitPorts, id: string): Promise<string> {
  throwIfAborted(ports.signal);
  await ports.accessKeys.disable(userName, id);
  report(ports, id, 'updated', 'to be inactive');
  return id;
}

function report({ onEvent }: InitPorts, name: string, outcome: Outcome, detail?: string): void {
  onEvent({ type: 'resource', kind: 'access key', name, outcome, ...(detail !== undefined && { detail }) });
}

import { describe, expect, test } from 'vitest';
import { planAccessKeys } from '../../../../src/core/init/access-keys.js';
import type { InitSettings } from '../../../../src/core/init/settings.js';

type Flags = Pick<InitSettings, 'createAccessKey' | 'rotateAccessKey' | 'deleteOldKey'>;

const CREATE = { createAccessKey: true, rotateAccessKey: false, deleteOldKey: false };
const ROTATE = { createAccessKey: false, rotateAccessKey: true, deleteOldKey: false };
const REPLACE = { createAccessKey: false, rotateAccessKey: true, deleteOldKey: true };
const CLEAN_UP = { createAccessKey: false, rotateAccessKey: false, deleteOldKey: true };

/** @param keys the ids of the user's keys, with a minus sign if they are inactive */
function plan(flags: Flags, keys: readonly string[] | undefined, serverKey?: string) {
  const settings = {
    userName: 'u',
    ...flags,
    serverKey: serverKey === undefined ? undefined : { id: serverKey, secret: 's', source: 'file' },
  } as InitSettings;
  const accessKeys = keys?.map((key) => ({ id: key.replace('-', ''), isActive: !key.startsWith('-') }));
  const { makeRoom, create, replaced } = planAccessKeys(settings, { arn: 'arn', accessKeys });
  return [makeRoom?.id, create, replaced.map(({ id }) => id)];
}

describe('the keys that are deleted first, whether one is created, and the keys that it replaces', () => {
  test.each<[string, Flags, readonly string[], string | undefined, ReturnType<typeof plan>]>([
    ['create', CREATE, [], undefined, [undefined, true, []]],
    ['create', CREATE, ['A'], 'A', [undefined, true, []]],
    ['rotate', ROTATE, [], undefined, [undefined, true, []]],
    ['rotate', ROTATE, ['A'], undefined, [undefined, true, ['A']]],
    ['rotate', ROTATE, ['A'], 'X', [undefined, true, ['A']]],
    ['rotate', ROTATE, ['-A'], undefined, [undefined, true, []]],
    ['rotate and delete', REPLACE, ['-A'], undefined, [undefined, true, ['A']]],
    ['rotate and delete', REPLACE, ['A', 'B'], 'A', ['B', true, ['A']]],
    ['rotate and delete', REPLACE, ['A', 'B'], 'B', ['A', true, ['B']]],
    ['rotate and delete', REPLACE, ['A', '-B'], undefined, ['B', true, ['A']]],
    ['rotate and delete', REPLACE, ['-A', 'B'], 'A', ['A', true, ['B']]],
    ['rotate and delete', REPLACE, ['-A', '-B'], undefined, ['A', true, ['B']]],
    ['delete', CLEAN_UP, ['A'], 'A', [undefined, false, []]],
    ['delete', CLEAN_UP, ['A', 'B'], 'B', [undefined, false, ['A']]],
    ['delete', CLEAN_UP, ['-A', 'B'], 'B', [undefined, false, ['A']]],
  ])('%s: %j with the keys %j, of which the server has %s', (_, flags, keys, serverKey, expected) => {
    expect(plan(flags, keys, serverKey)).toEqual(expected);
  });

  test.each<[string, Flags, readonly string[] | undefined, string | undefined, string]>([
    ['create', CREATE, ['A', 'B'], 'A', 'LIMIT'],
    ['create', CREATE, undefined, undefined, 'ACCESS_DENIED'],
    ['rotate', ROTATE, ['A', 'B'], 'A', 'LIMIT'],
    ['rotate', ROTATE, ['A', '-B'], 'A', 'LIMIT'],
    ['rotate and delete', REPLACE, ['A', 'B'], undefined, 'LIMIT'],
    ['rotate and delete', REPLACE, ['A', 'B'], 'X', 'LIMIT'],
    ['rotate and delete', REPLACE, undefined, 'A', 'ACCESS_DENIED'],
    ['delete', CLEAN_UP, ['A', 'B'], undefined, 'USAGE'],
    ['delete', CLEAN_UP, ['A', 'B'], 'X', 'CONFLICT'],
    ['delete', CLEAN_UP, ['-A', 'B'], 'A', 'CONFLICT'],
  ])('%s: %j with the keys %j, of which the server has %s, is refused', (_, flags, keys, serverKey, code) => {
    expect(() => plan(flags, keys, serverKey)).toThrow(expect.objectContaining({ code }));
  });

  test.each<[Flags, readonly string[], string | undefined, RegExp]>([
    [ROTATE, ['A', 'B'], 'A', /^A is the server's key according to file; if no server uses B, delete it/],
    [ROTATE, ['A', '-B'], 'A', /^B is inactive: delete it/],
    [ROTATE, ['-A', 'B'], 'A', /^A is inactive: delete it/],
    [REPLACE, ['A', 'B'], undefined, /^set serverKey .*, or delete one of A, B/],
    [CREATE, ['A', 'B'], undefined, /^delete one of A, B/],
    [CREATE, ['-A', 'B'], 'A', /^delete one of A, B/],
  ])(
    '%j with the keys %j, of which the server has %s, is refused with a hint',
    (flags, keys, serverKey, hint) => {
      expect(() => plan(flags, keys, serverKey)).toThrow(
        expect.objectContaining({ hint: expect.stringMatching(hint) }),
      );
    },
  );
});

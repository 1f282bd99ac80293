import { expect, test } from 'vitest';
import { type CleanState, describeRemovals, planClean } from '../../../../src/core/clean/plan.js';
import { LIBRARY_VOCABULARY } from '../../../../src/core/diagnostics/vocabulary.js';
import type { Attachment } from '../../../../src/core/ports/iam-removal.js';

const identity = (kind: 'user' | 'group' | 'role', name: string, ...attachments: Attachment[]) => ({
  entity: { kind, name },
  attachments,
});
const policy = (name: string, ...attachments: Attachment[]) => ({
  entity: { kind: 'policy', name, arn: `arn:${name}` } as const,
  attachments,
  isForeign: false,
});

const nothing: CleanState = {
  ...{ user: undefined, group: undefined, policies: [], role: undefined, functions: [], bucket: undefined },
};
const scope = { removeBucket: false, force: false };
const plan = (state: Partial<CleanState>, changes: Partial<typeof scope> = {}) =>
  planClean({ ...nothing, ...state }, { ...scope, ...changes }, LIBRARY_VOCABULARY);
const names = (planned: ReturnType<typeof plan>) => planned.entities.map(({ entity }) => entity.name);

test('nothing is removed from an empty account', () => {
  expect(plan({}, { removeBucket: true })).toEqual({ entities: [], bucket: undefined, kept: [] });
});

test('the keys of the server go first, additional policies before the first, and the bucket last', () => {
  const planned = plan(
    {
      user: identity('user', 'u', { kind: 'access key', name: 'AKIA1' }),
      group: identity('group', 'g'),
      role: identity('role', 'r'),
      policies: [policy('p'), policy('p-2')],
      bucket: { name: 'b', content: { objects: 1, uploads: 2 } },
    },
    { removeBucket: true },
  );
  expect(describeRemovals(planned)).toEqual([
    { kind: 'user', name: 'u', details: ['access key AKIA1'] },
    { kind: 'group', name: 'g', details: [] },
    { kind: 'execution role', name: 'r', details: [] },
    { kind: 'invoke policy', name: 'p-2', details: [] },
    { kind: 'invoke policy', name: 'p', details: [] },
    { kind: 'bucket', name: 'b', details: ['1 object or version', '2 unfinished uploads'] },
  ]);
});

test('what is removed with something else is not named again', () => {
  const planned = plan({
    user: identity('user', 'u', { kind: 'membership of group', name: 'g' }),
    group: identity('group', 'g', { kind: 'user', name: 'u' }, { kind: 'user', name: 'other' }),
    role: identity('role', 'r'),
    policies: [
      policy(
        'p',
        { kind: 'attachment to user', name: 'u' },
        { kind: 'attachment to group', name: 'g' },
        { kind: 'attachment to role', name: 'r' },
        { kind: 'attachment to role', name: 'g' },
        { kind: 'permissions boundary of role', name: 'r' },
      ),
    ],
  });
  expect(planned.kept).toEqual([]);
  expect(describeRemovals(planned).map(({ details }) => details)).toEqual([
    ['membership of group g'],
    ['user other'],
    [],
    ['attachment to role g'],
  ]);
});

test('a role that functions may use is kept', () => {
  const role = identity('role', 'r');
  expect(plan({ role, functions: ['f'] }, { force: true }).kept).toMatchObject([
    { kind: 'execution role', reason: 'used by function f' },
  ]);
  expect(plan({ role, functions: undefined }).kept).toMatchObject([{ name: 'r' }]);
  expect(names(plan({ role, functions: undefined }, { force: true }))).toEqual(['r']);
});

test('policies of others, and boundaries of others, are kept', () => {
  const policies = [
    { ...policy('p-2'), isForeign: true },
    policy('p', { kind: 'permissions boundary of user', name: 'someone' }),
  ];
  expect(plan({ policies }).kept.map(({ name }) => name)).toEqual(['p', 'p-2']);
  expect(names(plan({ policies }, { force: true }))).toEqual(['p']);
});

test('the bucket is kept unless it is named', () => {
  const bucket = { name: 'b', content: undefined };
  expect(plan({ bucket }).kept).toMatchObject([{ kind: 'bucket', name: 'b' }]);
});

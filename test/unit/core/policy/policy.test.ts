import { expect, test } from 'vitest';
import { type IamIdentity, isSameIdentity } from '../../../../src/core/policy/policy.js';

const USER: IamIdentity = { kind: 'user', name: 'a' };
test.each<[IamIdentity, boolean]>([
  [{ kind: 'user', name: 'a' }, true],
  [{ kind: 'group', name: 'a' }, false],
  [{ kind: 'user', name: 'b' }, false],
])('the identities user a and %j are the same: %j', (other, isSame) => {
  expect(isSameIdentity(USER, other)).toBe(isSame);
});

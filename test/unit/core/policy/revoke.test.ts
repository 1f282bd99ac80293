import { expect, test } from 'vitest';
import type { Policy } from '../../../../src/core/policy/policy.js';
import type { PolicyDocument } from '../../../../src/core/policy/policy-document.js';
import { planRevocation, type Revocation } from '../../../../src/core/policy/revoke.js';

const SCOPE = 'arn:aws:lambda:us-east-1:123456789012:function:';
/** Version 1.0 of app a.b is removed. */
const REVOCATION: Revocation = {
  functionArns: [`${SCOPE}a-b_1-0_go`],
  versionPrefixes: [`${SCOPE}a-b_1-0_`],
  appPrefix: `${SCOPE}a-b_`,
  neededArns: [],
};
const OTHER = { Sid: 'Other', Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };

function policy(names: readonly string[], others: readonly object[] = []): Policy {
  const Resource = names.map((name) => SCOPE + name);
  const Statement = [
    ...others,
    { Sid: 'AllowLambda', Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource },
  ];
  const document = { Version: '2012-10-17', Statement } as PolicyDocument;
  return { name: 'p', arn: 'arn:aws:iam::123456789012:policy/p', version: 1, document, attachedTo: [] };
}

/** The names that are removed from a policy with these entries. */
function removedFrom(names: readonly string[], neededNames: readonly string[] = []): string[] | undefined {
  const revocation = { ...REVOCATION, neededArns: neededNames.map((name) => SCOPE + name) };
  const change = planRevocation(policy(names, [OTHER]), true, revocation);
  return change?.removed.map((resource) => resource.slice(SCOPE.length));
}

test.each([
  ['the function of the version', ['a-b_1-0_go', 'a-b_2-0_go'], [], ['a-b_1-0_go']],
  ['a function that the manifest no longer has', ['a-b_1-0_old'], [], ['a-b_1-0_old']],
  ['not a function that another app needs', ['a-b_1-0_go'], ['a-b_1-0_go'], undefined],
  ['the pattern of the version', ['a-b_1-0_*'], ['a-b_2-0_go'], ['a-b_1-0_*']],
  ['not the pattern of the version if another app needs it', ['a-b_1-0_*'], ['a-b_1-0_x_go'], undefined],
  ['not the pattern of another version', ['a-b_2-0_*'], [], undefined],
  ['not the pattern of the app while it has another version', ['a-b_*'], ['a-b_2-0_go'], undefined],
  ['the pattern of the app with its last version', ['a-b_*'], [], ['a-b_*']],
  ['not a pattern for any app', ['*', 'a-*'], [], undefined],
  ['nothing of an app whose name begins alike', ['a-bc_1-0_go', 'a-b_1-01_go'], [], undefined],
])('removes %s', (_, names, needed, removed) => {
  expect(removedFrom(names, needed)).toEqual(removed);
});

test('a statement without entries is removed, and the others stay', () => {
  const change = planRevocation(policy(['a-b_1-0_go'], [OTHER]), true, REVOCATION);
  expect(change?.document?.Statement).toEqual([OTHER]);
});

test('an additional policy without statements is deleted', () => {
  const change = planRevocation(policy(['a-b_1-0_go']), false, REVOCATION);
  expect(change).toMatchObject({ document: undefined, removed: [`${SCOPE}a-b_1-0_go`] });
});

test('the first policy keeps its last entry if it has no other statement', () => {
  const change = planRevocation(policy(['a-b_1-0_go', 'a-b_1-0_old']), true, REVOCATION);
  expect(change?.removed).toEqual([`${SCOPE}a-b_1-0_old`]);
  expect(change?.document).toEqual(policy(['a-b_1-0_go']).document);
  expect(planRevocation(policy(['a-b_1-0_go']), true, REVOCATION)).toBeUndefined();
});

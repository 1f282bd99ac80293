import { describe, expect, test } from 'vitest';
import { AppsctlError } from '../../../src/core/diagnostics/error.js';
import type { Policy } from '../../../src/core/policy/policy.js';
import type { PolicyDocument } from '../../../src/core/policy/policy-document.js';
import { waitForPolicy, writePolicy } from '../../../src/operations/write-policy.js';
import { MemoryPolicies, waitContext } from '../../support/memory-ports.js';
import { DEPLOY, WAIT } from '../../support/messages/deploy.js';

const ARN = 'arn:aws:iam::123456789012:policy/p';

/** A document with one statement for each name. */
const statements = (...names: string[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: names.map((Sid) => ({ Sid, Effect: 'Allow', Action: 's3:GetObject', Resource: '*' })),
});

/** A policy that is read for an update, and the same change of it however often it is written. */
async function setUp() {
  const policies = new MemoryPolicies();
  policies.put(ARN, statements('first'));
  const context = waitContext();
  const find = async (): Promise<Policy> => {
    const policy = await policies.findPolicy(ARN, { forUpdate: true });
    if (policy === undefined) throw new Error('the policy does not exist');
    return policy;
  };
  const add = (document: PolicyDocument): PolicyDocument => {
    const sids = [...JSON.stringify(document).matchAll(/"Sid":"(.*?)"/g)].map(([, sid]) => sid ?? '');
    return statements(...new Set([...sids, 'ours']));
  };
  const policy = await find();
  /** Writes a version as another deployment would, which also deletes older ones. */
  const writeConcurrently = (name: string): void => {
    policies.write(ARN, statements(name));
    const { versions } = policies.policies.get(ARN) ?? { versions: [] };
    versions.splice(0, versions.length - 2);
  };
  const write = (read = policy) => writePolicy(policies, context, read, add(read.document), add);
  return { policies, context, find, policy, write, writeConcurrently };
}

describe('writing a policy', () => {
  test('adds one version and returns it', async () => {
    const { policies, policy, write, context } = await setUp();
    expect(await write()).toEqual({ ...policy, version: 2, document: statements('first', 'ours') });
    expect(policies.changes).toEqual(['version p']);
    expect(context.clock.waited).toBe(0);
  });

  test('that has the document already changes nothing', async () => {
    const { policies, write, find } = await setUp();
    await write();
    expect(await write(await find())).toMatchObject({ version: 2 });
    expect(policies.changes).toEqual(['version p']);
  });

  test('does not merge drafts that existed when it was read', async () => {
    const { policies, write, find } = await setUp();
    policies.draft(ARN, statements('draft'));
    await write(await find());
    expect(policies.readDocument(ARN)).toEqual(statements('first', 'ours'));
  });

  test('that was read without its versions starts from the default version', async () => {
    const { policies, write, policy } = await setUp();
    const { versions: _, ...read } = policy;
    policies.findVersion = () => Promise.reject(new Error('nothing was written concurrently'));
    await write(read);
    expect(policies.changes).toEqual(['version p']);
  });

  test('merges a version that was written concurrently', async () => {
    const { policies, write } = await setUp();
    policies.write(ARN, statements('first', 'other'));
    expect(await write()).toMatchObject({ version: 4, document: statements('first', 'other', 'ours') });
    expect(policies.readDocument(ARN)).toEqual(statements('first', 'other', 'ours'));
  });

  test('is done if the concurrent version contains the same change', async () => {
    const { policies, write } = await setUp();
    policies.write(ARN, statements('first', 'ours'));
    expect(await write()).toMatchObject({ version: 3 });
    expect(policies.changes).toEqual(['version p']);
  });

  test('is done if the concurrent version has been deleted again', async () => {
    const { policies, write, context } = await setUp();
    policies.write(ARN, statements('other'));
    policies.findVersion = async () => undefined;
    expect(await write()).toMatchObject({ version: 3, document: statements('first', 'ours') });
    expect(context.clock.waited).toBeGreaterThanOrEqual(20_000);
    expect(context.clock.waited).toBeLessThan(30_000);
    expect(context.events).toEqual([{ type: 'waiting', reason: WAIT.policyVersion(2, 'p') }]);
  });

  test('waits for the concurrent version to propagate', async () => {
    const { policies, write } = await setUp();
    policies.write(ARN, statements('other'));
    const find = policies.findVersion.bind(policies);
    let reads = 0;
    policies.findVersion = async (policy, version) => (++reads < 3 ? undefined : find(policy, version));
    expect(await write()).toMatchObject({ document: statements('other', 'ours') });
  });

  test('deletes the oldest version when it writes again and there are five', async () => {
    const { policies, write } = await setUp();
    for (const name of ['a', 'b', 'c']) policies.draft(ARN, statements(name));
    policies.beforeChange = () => {
      policies.beforeChange = () => {};
      policies.draft(ARN, statements('other'));
      policies.policies.get(ARN)?.versions.splice(1, 1);
    };
    expect(await write()).toBeDefined();
    expect(policies.readDocument(ARN)).toEqual(statements('other', 'ours'));
  });

  test('has to be read again if versions were added since', async () => {
    const { policies, write } = await setUp();
    for (const name of ['a', 'b', 'c', 'd']) policies.draft(ARN, statements(name));
    expect(await write()).toBeUndefined();
  });

  test('is written five times, and then has to be read again', async () => {
    const { policies, write, writeConcurrently } = await setUp();
    let writes = 0;
    policies.beforeChange = () => writeConcurrently(`other-${++writes}`);
    expect(await write()).toBeUndefined();
    expect(policies.changes).toHaveLength(5);
  });

  test('succeeds at the fifth attempt', async () => {
    const { policies, write, writeConcurrently } = await setUp();
    let writes = 0;
    policies.beforeChange = () => {
      if (++writes < 5) writeConcurrently(`other-${writes}`);
    };
    expect(await write()).toMatchObject({ document: statements('other-4', 'ours') });
  });
});

describe('a policy whose name is taken', () => {
  test('is waited for until it propagates', async () => {
    const { policies, context } = await setUp();
    const find = policies.findPolicy.bind(policies);
    let reads = 0;
    policies.findPolicy = async (arn, options) => (++reads < 3 ? undefined : find(arn, options));
    expect(await waitForPolicy(policies, context, ARN, 'p', { forUpdate: true })).toMatchObject({
      ...{ arn: ARN, versions: { latest: 1 } },
    });
    expect(policies.reads).not.toContain('locate p');
  });

  test('is found at another path if it does not', async () => {
    const { policies, context } = await setUp();
    const arn = 'arn:aws:iam::123456789012:policy/q';
    policies.put('arn:aws:iam::123456789012:policy/team/q', statements('q'));
    expect(await waitForPolicy(policies, context, arn, 'q')).toMatchObject({
      arn: 'arn:aws:iam::123456789012:policy/team/q',
    });
    expect(policies.reads.filter((read) => read === 'locate q')).toHaveLength(1);
  });

  test.each([
    ['it does not exist at another path', async () => undefined],
    ['policies cannot be listed', () => Promise.reject(new AppsctlError('ACCESS_DENIED', 'refused'))],
    ['its path has no policy', async () => 'arn:aws:iam::123456789012:policy/team/q'],
  ])('is a CONFLICT after 20 s if %s', async (_, locatePolicy) => {
    const { policies, context } = await setUp();
    policies.locatePolicy = locatePolicy;
    const arn = 'arn:aws:iam::123456789012:policy/q';
    await expect(waitForPolicy(policies, context, arn, 'q')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: DEPLOY.notPropagated('policy q already exists, but', 20),
    });
    expect(context.clock.waited).toBeGreaterThanOrEqual(20_000);
    expect(context.clock.waited).toBeLessThan(30_000);
  });
});

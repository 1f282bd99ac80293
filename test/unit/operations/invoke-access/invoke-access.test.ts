import { describe, expect, test } from 'vitest';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import type { IamIdentity } from '../../../../src/core/policy/policy.js';
import {
  MAX_POLICY_CHARACTERS,
  type PolicyDocument,
  policySize,
} from '../../../../src/core/policy/policy-document.js';
import {
  evaluateGrant,
  grantedResources,
  INVOKE_GRANT,
  withGrantedResources,
} from '../../../../src/core/policy/policy-grants.js';
import { initialInvokePolicy } from '../../../../src/core/policy/policy-templates.js';
import { AlreadyGranted } from '../../../../src/operations/invoke-access/already-granted.js';
import { LockedPolicyUpdate } from '../../../../src/operations/invoke-access/locked-policy-update.js';
import {
  type InvokePlan,
  planInvokeAccess,
  readFirstPolicy,
} from '../../../../src/operations/invoke-access/plan-invoke-access.js';
import {
  MemoryBucket,
  MemoryFunctions,
  MemoryPolicies,
  machine,
  waitContext,
} from '../../../support/memory-ports.js';
import { DEPLOY, DEPLOY_HINT, WAIT } from '../../../support/messages/deploy.js';
import { AGAIN } from '../../../support/messages/usage.js';

const ACCOUNT = { partition: 'aws', accountId: '123456789012' };
const SCOPE = 'arn:aws:lambda:us-east-1:123456789012:function:';
const ARN = 'arn:aws:iam::123456789012:policy/p';
const SECOND_ARN = `${ARN}-2`;
const LOCK_KEY = 'locks/p.json';
const GROUP: IamIdentity = { kind: 'group', name: 'g' };
const toArn = (name: string): string => SCOPE + name;

const initial = initialInvokePolicy('bucket', 'aws');
const allowing = (...names: string[]): PolicyDocument =>
  withGrantedResources(initial, INVOKE_GRANT, names.map(toArn));

/** A document that is full, or has room for this many characters. */
const full = (...names: string[]): PolicyDocument => almostFull(0, ...names);
function almostFull(room: number, ...names: string[]): PolicyDocument {
  const resources = names.map(toArn);
  const limit = MAX_POLICY_CHARACTERS - room;
  for (let length = 64; length > 2; ) {
    resources.push(
      `arn:aws:lambda:eu-west-1:123456789012:function:${String(resources.length).padStart(length, 'f')}`,
    );
    if (policySize(withGrantedResources(initial, INVOKE_GRANT, resources)) <= limit) continue;
    resources.pop();
    length--;
  }
  return withGrantedResources(initial, INVOKE_GRANT, resources);
}

/** An account with the first policy, and deployments that let the server invoke functions. */
function setUp(document: PolicyDocument = initial, signal?: AbortSignal) {
  const policies = new MemoryPolicies();
  policies.put(ARN, document, [GROUP]);
  const functions = new MemoryFunctions();
  const objects = new MemoryBucket();
  const waiting = waitContext(signal);
  const ports = {
    ...waiting,
    policies,
    functions: Promise.resolve(functions),
    objects: Promise.resolve(objects),
  };
  /** Plans a deployment through a bucket. */
  const planFrom = async (bucket: MemoryBucket, ...names: string[]) => {
    const reported: string[] = [];
    const request = {
      account: ACCOUNT,
      region: 'us-east-1',
      policyName: 'p',
      functionArns: names.map(toArn),
      manifestKey: `manifests/${names[0]}_1.json`,
    };
    const context = {
      ports,
      request,
      lock: { ...waiting, store: bucket, process: machine('here', 1) },
      report: (name: string, outcome: string) => reported.push(`${outcome} ${name}`),
    };
    const planned = await planInvokeAccess(ports, request, readFirstPolicy(ports, request));
    /** Carries out the plan; returns what was reported. */
    const apply = async (): Promise<string[]> => {
      if (planned.change === undefined) return reported;
      const access = await LockedPolicyUpdate.open(context, planned);
      try {
        await access.write();
        await access.verify();
      } finally {
        await access.release();
      }
      return reported;
    };
    return { apply, planned, context, reported };
  };
  const allowFrom = async (bucket: MemoryBucket, ...names: string[]): Promise<string[]> =>
    (await planFrom(bucket, ...names)).apply();
  /** Whether the attached policies allow the server to invoke a function. */
  const isAllowed = (name: string): boolean => {
    const attached = [...policies.policies].filter(([, { attachedTo }]) =>
      attachedTo.some((identity) => identity.name === 'g'),
    );
    const documents = attached.map(([arn]) => policies.readDocument(arn));
    return evaluateGrant(documents, INVOKE_GRANT, toArn(name)) === 'allowed';
  };
  const resources = (arn = ARN): string[] => grantedResources(policies.readDocument(arn), INVOKE_GRANT);
  return {
    ...{ policies, functions, objects, ports, resources, isAllowed, allowFrom },
    ...{ clock: waiting.clock, events: waiting.events },
    plan: (...names: string[]) => planFrom(objects, ...names),
    allow: (...names: string[]) => allowFrom(objects, ...names),
  };
}

describe('a policy with room', () => {
  test('gets one new version, and the lock is released', async () => {
    const { policies, objects, allow, isAllowed, clock } = setUp();
    expect(await allow('a', 'b')).toEqual(['updated p']);
    expect(policies.changes).toEqual(['version p']);
    expect(isAllowed('a') && isAllowed('b')).toBe(true);
    expect(objects.objects.size).toBe(0);
    expect(clock.waited).toBe(0);
  });

  test('is not changed if everything is allowed already', async () => {
    const { policies, allow } = setUp(allowing('a'));
    expect(await allow('a')).toEqual([]);
    expect(policies.changes).toEqual([]);
  });

  test('is read alone, without the functions of the account', async () => {
    const { policies, functions, objects, plan } = setUp();
    await plan('a');
    expect(policies.reads).toEqual(['find p', 'find p for update']);
    expect([...functions.reads, ...objects.reads]).toEqual([]);
  });

  test('loses its oldest version if it has five', async () => {
    const { policies, allow, isAllowed } = setUp();
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await allow(name);
    expect(policies.policies.get(ARN)?.versions.map(({ version }) => version)).toEqual([4, 5, 6, 7, 8]);
    expect(isAllowed('a') && isAllowed('g')).toBe(true);
  });

  test('may have newer versions that are not the default: they are not merged', async () => {
    const { policies, allow, isAllowed } = setUp();
    policies.draft(ARN, allowing('draft'));
    policies.draft(ARN, allowing('draft'));
    await allow('a');
    expect(policies.changes).toEqual(['version p']);
    expect(isAllowed('a')).toBe(true);
    expect(isAllowed('draft')).toBe(false);
  });

  test('is found by name if it has a path, and so do the additional ones', async () => {
    const { policies, allow } = setUp();
    policies.policies.clear();
    const withPath = 'arn:aws:iam::123456789012:policy/team/apps/p';
    policies.put(withPath, full(), [GROUP]);
    expect(await allow('a')).toEqual(['created p-2']);
    expect([...policies.policies.keys()]).toEqual([withPath, `${withPath}-2`]);
  });

  test('is reported as unchanged if another deployment has allowed everything since: that is noticed under the lock', async () => {
    const { policies, plan } = setUp();
    const { apply } = await plan('a');
    policies.write(ARN, allowing('a'));
    expect(await apply()).toEqual(['unchanged p']);
    expect(policies.changes).toEqual([]);
  });
});

describe('functions that the server is already allowed to invoke', () => {
  /** The access of a deployment whose functions are allowed, and its lock as another deployment left it. */
  async function setUpGranted(hasNewFunctions: boolean, pid?: number) {
    const account = setUp(allowing('a'));
    const { objects } = account;
    if (pid !== undefined) {
      const body = Buffer.from(JSON.stringify({ owner: 'other', host: 'here', pid }));
      objects.objects.set(LOCK_KEY, { body, etag: 'e' });
    }
    const { planned, context, reported } = await account.plan('a');
    account.policies.reads.length = 0;
    const lockObject = objects.objects.get(LOCK_KEY);
    const access = new AlreadyGranted(context, planned, lockObject, hasNewFunctions);
    return { ...account, access, reported };
  }

  test('need no request', async () => {
    const { access, policies, objects, reported } = await setUpGranted(false);
    await access.write();
    await access.verify();
    await access.release();
    expect(reported).toEqual(['unchanged p']);
    expect([...policies.reads, ...policies.changes, ...objects.reads]).toEqual([]);
    expect(access.policyArns).toEqual([ARN]);
  });

  test('are verified if they are new, because another deployment may have removed their ARNs', async () => {
    const { access, policies, objects, isAllowed, reported } = await setUpGranted(true);
    policies.write(ARN, initial);
    await access.write();
    await access.verify();
    await access.release();
    expect(isAllowed('a')).toBe(true);
    expect(reported).toEqual(['updated p']);
    expect(objects.objects.has(LOCK_KEY)).toBe(false);
    expect(access.policyArns).toEqual([ARN]);
  });

  test('are not changed, and the lock is not acquired, if verification finds them allowed', async () => {
    const { access, policies, objects, reported } = await setUpGranted(true);
    const changes: string[] = [];
    objects.beforeChange = (change) => changes.push(change);
    await access.verify();
    expect(reported).toEqual(['unchanged p']);
    expect([...policies.changes, ...changes]).toEqual([]);
    expect(policies.reads).toEqual(['find p']);
  });

  test('are allowed by an additional policy if verification finds the first one full', async () => {
    const { access, policies, isAllowed } = await setUpGranted(true);
    policies.write(ARN, full());
    await access.verify();
    expect(isAllowed('a')).toBe(true);
    expect(access.policyArns).toEqual([ARN, SECOND_ARN]);
  });

  test('release the lock if verification fails', async () => {
    const { access, policies, objects } = await setUpGranted(true);
    policies.write(ARN, initial);
    policies.beforeChange = () => {
      throw new AppsctlError('ACCESS_DENIED', 'refused');
    };
    await expect(access.verify()).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    expect(objects.objects.has(LOCK_KEY)).toBe(false);
  });

  test.each([
    ['is removed if its process has ended', 2, false],
    ['remains if its process is running', 1, true],
  ])('a lock that was read %s', async (_, pid, remains) => {
    const { access, objects } = await setUpGranted(false, pid);
    await access.release();
    expect(objects.objects.has(LOCK_KEY)).toBe(remains);
  });
});

describe('when another deployment changes the policy at the same time', () => {
  test('after it was read, both changes are in it', async () => {
    const { policies, allow, isAllowed } = setUp();
    policies.beforeChange = () => {
      policies.beforeChange = () => {};
      policies.write(ARN, allowing('other'));
    };
    await allow('a');
    expect(policies.changes).toEqual(['version p', 'version p']);
    expect(isAllowed('a') && isAllowed('other')).toBe(true);
  });

  test('three times, all changes are in it', async () => {
    const { policies, allow, isAllowed } = setUp();
    let writes = 0;
    policies.beforeChange = () => {
      if (++writes <= 3)
        policies.write(ARN, allowing(...Array.from({ length: writes }, (_, index) => `other-${index}`)));
    };
    await allow('a');
    expect(['a', 'other-0', 'other-1', 'other-2'].every(isAllowed)).toBe(true);
  });

  test('and undoes our change, it is written again', async () => {
    const { policies, allow, isAllowed } = setUp();
    policies.afterVersion = () => {
      policies.afterVersion = () => {};
      policies.write(ARN, allowing('other'));
    };
    await allow('a');
    expect(isAllowed('a') && isAllowed('other')).toBe(true);
  });

  test.each([
    [5, true],
    [6, false],
  ])('and undoes it %i times, it is allowed in the end: %j', async (times, succeeds) => {
    const { policies, objects, allow, isAllowed } = setUp();
    let writes = 0;
    policies.afterVersion = () => {
      if (++writes < times) policies.write(ARN, initial);
    };
    if (succeeds) await allow('a');
    else {
      await expect(allow('a')).rejects.toMatchObject({
        code: 'CONFLICT',
        message: 'other deployments keep changing policy p',
        hint: DEPLOY_HINT.againLater(AGAIN.library),
      });
    }
    expect(isAllowed('a')).toBe(true);
    expect(writes).toBe(times);
    expect(objects.objects.size).toBe(0);
  });

  test('through other buckets, which have other locks, no change is lost', async () => {
    const { allowFrom, isAllowed } = setUp();
    const names = Array.from({ length: 20 }, (_, index) => `app-${index}`);
    const buckets = [new MemoryBucket(), new MemoryBucket(), new MemoryBucket()];
    await Promise.all(names.map((name, index) => allowFrom(buckets[index % 3] ?? new MemoryBucket(), name)));
    expect(names.filter((name) => !isAllowed(name))).toEqual([]);
  });

  test('because our own request is processed late, its sender fixes the policy', async () => {
    const { policies, allow, isAllowed } = setUp();
    policies.beforeChange = (change) => {
      if (change !== 'version p') return;
      policies.beforeChange = () => {};
      // Other deployments take over the lock, write and finish while our request is in flight.
      policies.write(ARN, allowing('other'));
      policies.write(ARN, allowing('other', 'another'));
    };
    await allow('a');
    expect(isAllowed('another')).toBe(true);
    expect(isAllowed('a') && isAllowed('other')).toBe(true);
  });

  test('and both changes do not fit, the other one remains and ours goes into an additional policy', async () => {
    const { policies, functions, allow, isAllowed } = setUp();
    functions.add('other');
    policies.beforeChange = () => {
      policies.beforeChange = () => {};
      policies.write(ARN, full('other'));
    };
    expect(await allow('a')).toEqual(['updated p', 'created p-2']);
    expect(isAllowed('a') && isAllowed('other')).toBe(true);
  });
});

describe('when IAM returns an outdated policy', () => {
  test.each([1, 2, 5, 20])(
    'for %i reads after each change, no change is lost or repeated',
    async (staleReads) => {
      const { policies, allow, isAllowed } = setUp();
      policies.staleReads = staleReads;
      await allow('a');
      await allow('b');
      expect(isAllowed('a') && isAllowed('b')).toBe(true);
      expect(policies.changes.length).toBeLessThanOrEqual(3);
    },
  );

  test('for more than 2 minutes, the deployment fails', async () => {
    const { policies, allow, clock, events } = setUp();
    policies.staleReads = 1000;
    await expect(allow('a')).rejects.toMatchObject({
      code: 'SERVICE',
      message: DEPLOY.notPropagated('version v2 of policy p', 120),
      hint: DEPLOY_HINT.againLater(AGAIN.library),
    });
    expect(policies.changes).toEqual(['version p']);
    expect(clock.waited).toBeGreaterThanOrEqual(120_000);
    expect(clock.waited).toBeLessThan(130_000);
    expect(events).toEqual([{ type: 'waiting', reason: WAIT.policyVersion(2, 'p') }]);
  });

  test('without an identity that it was attached to, that is waited for', async () => {
    const { policies, plan, clock } = setUp();
    policies.put(ARN, initial, [GROUP, { kind: 'user', name: 'g' }]);
    const { apply } = await plan('a');
    const find = policies.findPolicy.bind(policies);
    let reads = 0;
    policies.findPolicy = async (arn, options) => {
      const policy = await find(arn, options);
      return policy && ++reads < 3 ? { ...policy, attachedTo: [GROUP] } : policy;
    };
    await apply();
    expect(clock.waited).toBe(750);
  });

  test('that was detached meanwhile, the policy is used after 2 minutes', async () => {
    const { policies, plan, clock, isAllowed } = setUp();
    policies.put(ARN, initial, [GROUP, { kind: 'user', name: 'u' }]);
    const { apply } = await plan('a');
    policies.policies.get(ARN)?.attachedTo.pop();
    await apply();
    expect(clock.waited).toBeGreaterThanOrEqual(120_000);
    expect(isAllowed('a')).toBe(true);
  });
});

describe('when the first policy is full', () => {
  test('an additional one is created and attached, without waiting', async () => {
    const { policies, allow, isAllowed, clock } = setUp(full());
    expect(await allow('a')).toEqual(['created p-2']);
    expect(policies.changes).toEqual(['create p-2', 'attach p-2 to g']);
    expect(isAllowed('a')).toBe(true);
    expect(clock.waited).toBe(0);
  });

  test('an additional one that is not attached, because a deployment was killed, is attached', async () => {
    const { policies, allow, isAllowed } = setUp(full());
    policies.put(SECOND_ARN, withGrantedResources({ Statement: [] }, INVOKE_GRANT, [toArn('a')]));
    expect(isAllowed('a')).toBe(false);
    expect(await allow('a')).toEqual(['updated p-2']);
    expect(policies.changes).toEqual(['attach p-2 to g']);
    expect(isAllowed('a')).toBe(true);
  });

  test('an additional one with room is used, without reading the functions of the account', async () => {
    const { policies, functions, allow, isAllowed } = setUp(full());
    policies.put(SECOND_ARN, allowing('b'), [GROUP]);
    expect(await allow('a')).toEqual(['updated p-2']);
    expect(isAllowed('a') && isAllowed('b')).toBe(true);
    expect(functions.reads).toEqual([]);
  });

  test('an additional one is written once although IAM returns its old version', async () => {
    const { policies, allow, isAllowed } = setUp(full());
    policies.put(SECOND_ARN, allowing('b'), [GROUP]);
    policies.staleReads = 20;
    await allow('a');
    expect(policies.changes).toEqual(['version p-2']);
    expect(isAllowed('a') && isAllowed('b')).toBe(true);
  });

  test('the additional ones are searched from p-2 to p-10', async () => {
    const { policies, plan } = setUp(full());
    await plan('a');
    const numbers = [2, 3, 4, 5, 6, 7, 8, 9, 10];
    expect(policies.reads).toEqual(['find p', ...numbers.map((number) => `find p-${number}`)]);
  });

  test('a third one is created if the second one is full too', async () => {
    const { policies, allow, isAllowed } = setUp(full());
    policies.put(SECOND_ARN, full(), [GROUP]);
    expect(await allow('a')).toEqual(['created p-3']);
    expect(await allow('b')).toEqual(['updated p-3']);
    expect(isAllowed('a') && isAllowed('b')).toBe(true);
  });

  test('one that another deployment creates at the same time is used by both', async () => {
    const { policies, allow, isAllowed } = setUp(full());
    policies.beforeChange = () => {
      policies.beforeChange = () => {};
      const document = withGrantedResources({ Statement: [] }, INVOKE_GRANT, [toArn('other')]);
      policies.put(SECOND_ARN, document, [GROUP]);
    };
    expect(await allow('a')).toEqual(['updated p-2']);
    expect(isAllowed('a') && isAllowed('other')).toBe(true);
  });

  test('those that other deployments created since the plan are found under the lock', async () => {
    const { policies, plan, isAllowed } = setUp(full());
    policies.put(SECOND_ARN, full(), [GROUP]);
    const { apply } = await plan('a');
    policies.put(`${ARN}-3`, full(), [GROUP]);
    policies.put(`${ARN}-4`, allowing('other'), [GROUP]);
    expect(await apply()).toEqual(['updated p-4']);
    expect(isAllowed('a') && isAllowed('other')).toBe(true);
  });

  test('names are not searched beyond the first free one under the lock', async () => {
    const { policies, plan } = setUp(full());
    const { apply } = await plan('a');
    policies.reads.length = 0;
    await apply();
    expect(new Set(policies.reads)).toEqual(new Set(['find p for update', 'find p-2', 'find p', 'find p-3']));
  });

  test('one whose name is taken at another path gets the next number', async () => {
    const { policies, allow, isAllowed } = setUp(full());
    policies.put('arn:aws:iam::123456789012:policy/team/p-2', initial, []);
    expect(await allow('a')).toEqual(['created p-3']);
    expect(isAllowed('a')).toBe(true);
  });

  test.each([
    ['the account', { policies: 0, attachments: 9 }],
    ['the group', { policies: 1000, attachments: 0 }],
  ])('no change is made if %s cannot have another policy', async (_, quotas) => {
    const { policies, allow } = setUp(full());
    policies.quotas = quotas;
    await expect(allow('a')).rejects.toMatchObject({ code: 'LIMIT' });
    expect(policies.changes).toEqual([]);
  });

  test('the most restricted of the identities counts', async () => {
    const { policies, allow } = setUp(full());
    policies.put(ARN, full(), [GROUP, { kind: 'user', name: 'u' }]);
    policies.quotasByIdentity.set('u', { policies: 1000, attachments: 0 });
    await expect(allow('a')).rejects.toMatchObject({ code: 'LIMIT' });
  });

  test('quotas that cannot be read are not a limit', async () => {
    const { policies, allow } = setUp(full());
    policies.quotas = undefined;
    expect(await allow('a')).toEqual(['created p-2']);
  });
});

describe('ARNs of deleted functions', () => {
  test('are removed from a full policy, 3 s after they were found deleted', async () => {
    const { functions, allow, isAllowed, resources, clock } = setUp(full('deleted', 'existing'));
    functions.add('existing');
    expect(await allow('a')).toEqual(['updated p']);
    expect(resources()).not.toContain(toArn('deleted'));
    expect(isAllowed('existing') && isAllowed('a')).toBe(true);
    expect(clock.waits).toEqual([3000]);
  });

  test('are kept in a policy with room', async () => {
    const { allow, resources } = setUp(allowing('deleted'));
    await allow('a');
    expect(resources()).toContain(toArn('deleted'));
  });

  test('are found although functions cannot be listed', async () => {
    const { functions, allow, resources } = setUp(full('deleted'));
    functions.list = () => Promise.reject(new AppsctlError('ACCESS_DENIED', 'cannot list functions'));
    expect(await allow('a')).toEqual(['updated p']);
    expect(resources()).not.toContain(toArn('deleted'));
  });

  test('are not looked up if they are listed, are not plain ARNs, or belong to the bundle', async () => {
    const { functions, plan } = setUp(full('existing', 'versioned:1', 'pattern*', 'deleted'));
    functions.add('existing');
    await plan('a', 'b');
    expect(functions.reads.filter((read) => read.startsWith('exists '))).toEqual(['exists deleted']);
  });

  test('that belong to the bundle are kept', async () => {
    const { functions, plan, resources } = setUp(full('ours', 'deleted'));
    functions.add('a');
    const { apply } = await plan('a', 'ours');
    await apply();
    expect(functions.reads).not.toContain('exists ours');
    expect(resources()).toContain(toArn('ours'));
  });

  test('and of another region, version or pattern are kept', async () => {
    const { allow, resources } = setUp(full('deleted', 'versioned:1', 'pattern*'));
    const before = resources();
    await allow('a');
    expect(before.filter((resource) => !resources().includes(resource))).toEqual([toArn('deleted')]);
  });

  test('of an app that was written as one pattern are removed with the pattern', async () => {
    const { allow, resources } = setUp(full('deleted_1_*'));
    expect(await allow('a')).toEqual(['updated p']);
    expect(resources()).not.toContain(toArn('deleted_1_*'));
  });

  test('are kept if a second lookup finds the function, which was just created', async () => {
    const { functions, allow, isAllowed } = setUp(full('slow'));
    const exists = functions.exists.bind(functions);
    let lookups = 0;
    functions.exists = async (name) => {
      if (name === 'slow' && lookups++ === 1) functions.add('slow');
      return exists(name);
    };
    expect(await allow('a')).toEqual(['created p-2']);
    expect(isAllowed('slow') && isAllowed('a')).toBe(true);
  });

  test('are removed without those that a second lookup finds', async () => {
    const { functions, allow, resources } = setUp(full('slow', 'deleted-with-a-longer-name'));
    const exists = functions.exists.bind(functions);
    let lookups = 0;
    functions.exists = async (name) => {
      if (name === 'slow' && lookups++ === 1) functions.add('slow');
      return exists(name);
    };
    expect(await allow('a')).toEqual(['updated p']);
    expect(resources()).toContain(toArn('slow'));
    expect(resources()).not.toContain(toArn('deleted-with-a-longer-name'));
  });

  test('are added again if the functions are created while they are removed', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `late-${index}`);
    const { policies, functions, allow, isAllowed } = setUp(full(...names, 'late_1_*'));
    policies.afterVersion = () => {
      for (const name of [...names, 'late_1_f']) functions.add(name);
    };
    await allow('a');
    expect(['a', ...names, 'late_1_f'].filter((name) => !isAllowed(name))).toEqual([]);
  });

  test('are added again if the functions are created one after the other', async () => {
    const { policies, functions, allow, isAllowed } = setUp(full('late-1', 'late-2'));
    const late = ['late-1', 'late-2'];
    policies.afterVersion = () => {
      const name = late.shift();
      if (name !== undefined) functions.add(name);
    };
    await allow('a');
    expect(['a', 'late-1', 'late-2'].filter((name) => !isAllowed(name))).toEqual([]);
  });

  test('that a second lookup finds are kept, and another app is written as one pattern instead', async () => {
    const { functions, objects, allow, isAllowed, resources } = setUp(full('slow', 'x_1_a', 'x_1_b'));
    for (const name of ['x_1_a', 'x_1_b']) functions.add(name);
    objects.objects.set('manifests/x_1.json', { body: Buffer.alloc(0), etag: 'e' });
    const exists = functions.exists.bind(functions);
    let lookups = 0;
    functions.exists = async (name) => {
      if (name === 'slow' && lookups++ === 1) functions.add('slow');
      return exists(name);
    };
    expect(await allow('a')).toEqual(['updated p']);
    expect(['a', 'slow', 'x_1_a', 'x_1_b'].filter((name) => !isAllowed(name))).toEqual([]);
    expect(resources()).toContain(toArn('x_1_*'));
  });

  test('are added again only for functions that exist', async () => {
    const { policies, functions, allow, isAllowed } = setUp(full('late', 'deleted'));
    policies.afterVersion = () => functions.add('late');
    await allow('a');
    expect(isAllowed('late')).toBe(true);
    expect(isAllowed('deleted')).toBe(false);
  });

  test('are not awaited once the signal is aborted', async () => {
    const controller = new AbortController();
    const { policies, objects, plan, clock } = setUp(full('deleted'), controller.signal);
    const { apply } = await plan('a');
    clock.sleep = async () => controller.abort();
    await expect(apply()).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(policies.changes).toEqual([]);
    expect(objects.objects.size).toBe(0);
  });

  test('of the app itself are kept if it returns with more functions', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `back-${index}`);
    const { functions, plan, isAllowed } = setUp(full(...names));
    const { apply } = await plan(...names, 'back-10');
    for (const name of [...names, 'back-10']) functions.add(name);
    await apply();
    expect([...names, 'back-10'].filter((name) => !isAllowed(name))).toEqual([]);
  });
});

describe('functions of an app that are written as one pattern', () => {
  test('need the manifests of all apps', async () => {
    const { functions, objects, plan } = setUp(almostFull(10, 'x_1_a', 'x_1_b'));
    for (const name of ['x_1_a', 'x_1_b', 'y_1_a']) functions.add(name);
    objects.objects.set('manifests/x_1.json', { body: Buffer.alloc(0), etag: 'e' });
    objects.objects.set('manifests/readme.txt', { body: Buffer.alloc(0), etag: 'e' });
    const { planned } = await plan('y_1_a');
    expect(planned.facts?.appPrefixes).toEqual([toArn('y_1_a_1_'), toArn('x_1_')]);
    expect(planned.change?.added).toContain(toArn('x_1_*'));
  });

  test('keep the pattern if the app was deployed since the account was read', async () => {
    const long = 'function'.repeat(4);
    const { functions, plan, isAllowed } = setUp(almostFull(10, `deleted_1_${long}`));
    const names = { a: [`a_1_${long}`], b: [`b_1_${long}0`, `b_1_${long}1`] };
    const first = await plan(...names.a);
    const second = await plan(...names.b);
    for (const name of names.b) functions.add(name);
    await second.apply();
    for (const name of names.a) functions.add(name);
    await first.apply();
    expect([...names.a, ...names.b].filter((name) => !isAllowed(name))).toEqual([]);
  });

  test('are not collapsed if manifests cannot be listed', async () => {
    const { functions, objects, plan } = setUp(almostFull(10, 'x_1_a', 'x_1_b'));
    for (const name of ['x_1_a', 'x_1_b']) functions.add(name);
    objects.list = () => Promise.reject(new AppsctlError('ACCESS_DENIED', 'refused'));
    const { planned } = await plan('y_1_a');
    expect(planned.change?.name).toBe('p-2');
  });
});

describe('an account that is not prepared is an error before anything is changed', () => {
  test('the policy does not exist', async () => {
    const { policies, allow } = setUp();
    policies.policies.clear();
    await expect(allow('a')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: DEPLOY.policyMissing('p'),
      hint: DEPLOY_HINT.checkOrPrepare('policyName', 'init({ create: true })'),
    });
  });

  test('the policy does not exist, and policies cannot be listed', async () => {
    const { policies, allow } = setUp();
    policies.policies.clear();
    policies.locatePolicy = () => Promise.reject(new AppsctlError('ACCESS_DENIED', 'refused'));
    await expect(allow('a')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('the policy is not attached for 10 s', async () => {
    const { policies, allow, clock, events } = setUp();
    policies.put(ARN, initial);
    await expect(allow('a')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'policy p is not attached to any group, so the server cannot use it',
      hint: 'attach it with: init({ create: true })',
    });
    expect(policies.changes).toEqual([]);
    expect(clock.waited).toBeGreaterThanOrEqual(10_000);
    expect(clock.waited).toBeLessThan(20_000);
    expect(events).toEqual([{ type: 'waiting', reason: 'for policy p to be attached' }]);
  });

  test('a policy that was just attached is waited for', async () => {
    const { policies, allow, clock } = setUp();
    policies.put(ARN, initial);
    const { sleep } = clock;
    clock.sleep = (milliseconds) => {
      policies.put(ARN, initial, [GROUP]);
      return sleep.call(clock, milliseconds);
    };
    expect(await allow('a')).toEqual(['updated p']);
  });

  test('a policy that is deleted while it is waited for is not attached', async () => {
    const { policies, allow, clock } = setUp();
    policies.put(ARN, initial);
    const { sleep } = clock;
    clock.sleep = (milliseconds) => {
      policies.policies.clear();
      return sleep.call(clock, milliseconds);
    };
    await expect(allow('a')).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('the versions of the policy cannot be listed', async () => {
    const { policies, plan } = setUp();
    const find = policies.findPolicy.bind(policies);
    policies.findPolicy = async (arn, options) => {
      if (options?.forUpdate === true) throw new AppsctlError('ACCESS_DENIED', 'cannot list versions');
      return find(arn, options);
    };
    await expect(plan('a')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });
});

describe('the lock', () => {
  test('is released if the policies cannot be read, and the first error is reported', async () => {
    const { policies, objects, plan } = setUp();
    const { apply } = await plan('a');
    policies.policies.clear();
    objects.removeIf = async (key) => {
      objects.objects.delete(key);
      throw new AppsctlError('ACCESS_DENIED', 'cannot remove the lock');
    };
    await expect(apply()).rejects.toMatchObject({ code: 'SERVICE' });
    expect(objects.objects.size).toBe(0);
  });

  test('is held while the policy is written and verified', async () => {
    const { policies, objects, allow } = setUp();
    const locked: boolean[] = [];
    policies.beforeChange = () => locked.push(objects.objects.has(LOCK_KEY));
    policies.afterVersion = () => locked.push(objects.objects.has(LOCK_KEY));
    await allow('a');
    expect(locked).toEqual([true, true]);
  });
});

test('the policies of a plan are those in effect', async () => {
  const { policies, plan } = setUp(full());
  policies.put(SECOND_ARN, allowing('b'), [GROUP]);
  policies.put(`${ARN}-3`, allowing('c'), []);
  const { planned }: { planned: InvokePlan } = await plan('a');
  expect(planned.policies.map(({ name }) => name)).toEqual(['p', 'p-2', 'p-3']);
  expect(planned.change?.name).toBe('p-2');
});

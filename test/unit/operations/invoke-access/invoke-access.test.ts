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
import { LockedPolicyUpdate } from '../../../../src/operations/invoke-access/invoke-access.js';
import {
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

const ACCOUNT = { partition: 'aws', accountId: '123456789012' };
const SCOPE = 'arn:aws:lambda:us-east-1:123456789012:function:';
const ARN = 'arn:aws:iam::123456789012:policy/p';
const SECOND_ARN = `${ARN}-2`;
const GROUP: IamIdentity = { kind: 'group', name: 'g' };
const arn = (name: string): string => SCOPE + name;

const initial = initialInvokePolicy('bucket', 'aws');
const allowing = (...names: string[]): PolicyDocument =>
  withGrantedResources(initial, INVOKE_GRANT, names.map(arn));

/** A document without room. */
const full = (...names: string[]): PolicyDocument => fullBut(0, ...names);

/** A document with room for so many characters. */
function fullBut(room: number, ...names: string[]): PolicyDocument {
  const resources = names.map(arn);
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
function setUp(document: PolicyDocument = initial) {
  const policies = new MemoryPolicies();
  policies.put(ARN, document, [GROUP]);
  const functions = new MemoryFunctions();
  const objects = new MemoryBucket();
  const waiting = waitContext();
  const ports = {
    ...waiting,
    policies,
    functions: Promise.resolve(functions),
    objects: Promise.resolve(objects),
  };
  /** Plans; what is returned does it, and says what was changed. */
  const plan = async (bucket: MemoryBucket, ...names: string[]): Promise<() => Promise<string[]>> => {
    const changed: string[] = [];
    const request = {
      account: ACCOUNT,
      region: 'us-east-1',
      policyName: 'p',
      functionArns: names.map(arn),
      manifestKey: `manifests/${names[0]}_1.json`,
    };
    const context = {
      ports,
      request,
      lock: { ...waiting, store: bucket, process: machine('here', 1) },
      onChange: (name: string, outcome: string) => changed.push(`${outcome} ${name}`),
    };
    const planned = await planInvokeAccess(ports, request, readFirstPolicy(ports, request));
    return async () => {
      if (planned.change === undefined) return changed;
      const access = await LockedPolicyUpdate.open(context, planned);
      try {
        await access.write();
        await access.verify();
      } finally {
        await access.release();
      }
      return changed;
    };
  };
  const allow = async (bucket: MemoryBucket, ...names: string[]): Promise<string[]> =>
    (await plan(bucket, ...names))();
  /** What the server may invoke: only policies that it has count. */
  const isAllowed = (name: string): boolean => {
    const inForce = [...policies.policies].filter(([, { attachedTo }]) =>
      attachedTo.some((holder) => holder.name === 'g'),
    );
    return (
      evaluateGrant(
        inForce.map(([key]) => policies.documentOf(key)),
        INVOKE_GRANT,
        arn(name),
      ) === 'allowed'
    );
  };
  return {
    policies,
    functions,
    objects,
    plan: (...names: string[]) => plan(objects, ...names),
    allow: (...names: string[]) => allow(objects, ...names),
    allowFrom: allow,
    isAllowed,
  };
}

describe('the ordinary case', () => {
  test('one version is written, and the lock released', async () => {
    const { policies, objects, allow, isAllowed } = setUp();
    expect(await allow('a', 'b')).toEqual(['updated p']);
    expect(policies.changes).toEqual(['version p']);
    expect(isAllowed('a') && isAllowed('b')).toBe(true);
    expect(objects.objects.size).toBe(0);
  });

  test('what is allowed already needs nothing', async () => {
    const { policies, allow } = setUp(allowing('a'));
    expect(await allow('a')).toEqual([]);
    expect(policies.changes).toEqual([]);
  });

  test('of five versions, the oldest one goes', async () => {
    const { policies, allow, isAllowed } = setUp();
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await allow(name);
    expect(policies.policies.get(ARN)?.versions.map(({ version }) => version)).toEqual([4, 5, 6, 7, 8]);
    expect(isAllowed('a') && isAllowed('g')).toBe(true);
  });

  test('versions that are not in force are neither merged nor taken for what somebody else wrote', async () => {
    const { policies, allow, isAllowed } = setUp();
    policies.draft(ARN, allowing('draft'));
    policies.draft(ARN, allowing('draft'));
    await allow('a');
    expect(policies.changes).toEqual(['version p']);
    expect(isAllowed('a')).toBe(true);
    expect(isAllowed('draft')).toBe(false);
  });

  test('a policy with a path is found among all policies', async () => {
    const { policies, allow } = setUp();
    policies.policies.clear();
    const withPath = 'arn:aws:iam::123456789012:policy/team/apps/p';
    policies.put(withPath, full(), [GROUP]);
    expect(await allow('a')).toEqual(['created p-2']);
    expect([...policies.policies.keys()]).toEqual([withPath, `${withPath}-2`]);
  });
});

describe('others write at the same time', () => {
  test('after the policy was read: both are in it', async () => {
    const { policies, allow, isAllowed } = setUp();
    policies.beforeChange = () => {
      policies.beforeChange = () => {};
      policies.write(ARN, allowing('other'));
    };
    await allow('a');
    expect(policies.changes).toEqual(['version p', 'version p']);
    expect(isAllowed('a') && isAllowed('other')).toBe(true);
  });

  test('again and again: all are in it', async () => {
    const { policies, allow, isAllowed } = setUp();
    let writes = 0;
    policies.beforeChange = () => {
      if (++writes <= 3)
        policies.write(ARN, allowing(...Array.from({ length: writes }, (_, index) => `other-${index}`)));
    };
    await allow('a');
    expect(['a', 'other-0', 'other-1', 'other-2'].every(isAllowed)).toBe(true);
  });

  test('and undo what we write: it is written again', async () => {
    const { policies, allow, isAllowed } = setUp();
    policies.afterVersion = () => {
      policies.afterVersion = () => {};
      policies.write(ARN, allowing('other'));
    };
    await allow('a');
    expect(isAllowed('a') && isAllowed('other')).toBe(true);
  });

  test('and undo it without end: the deployment fails, and its lock is released', async () => {
    const { policies, objects, allow } = setUp();
    policies.afterVersion = () => policies.write(ARN, initial);
    await expect(allow('a')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'policy p keeps being changed by others',
    });
    expect(objects.objects.size).toBe(0);
  });

  test('deployments to two buckets, which have two locks: nothing is lost', async () => {
    const { allowFrom, isAllowed } = setUp();
    const names = Array.from({ length: 20 }, (_, index) => `app-${index}`);
    const buckets = [new MemoryBucket(), new MemoryBucket(), new MemoryBucket()];
    await Promise.all(names.map((name, index) => allowFrom(buckets[index % 3] ?? new MemoryBucket(), name)));
    expect(names.filter((name) => !isAllowed(name))).toEqual([]);
  });

  test('a request that is carried out late, from an old document: its sender mends it', async () => {
    const { policies, allow, isAllowed } = setUp();
    policies.beforeChange = (change) => {
      if (change !== 'version p') return;
      policies.beforeChange = () => {};
      // Other deployments take over the lock, write and end while our request is on its way.
      policies.write(ARN, allowing('other'));
      policies.write(ARN, allowing('other', 'another'));
    };
    await allow('a');
    expect(isAllowed('another')).toBe(true);
    expect(isAllowed('a') && isAllowed('other')).toBe(true);
  });

  test('when both do not fit into the policy, the other one stays and ours goes into a further policy', async () => {
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

describe('IAM answers with an older state', () => {
  test.each([1, 2, 5, 20])(
    'for %i reads after each change: nothing is lost, nothing written twice',
    async (oldReads) => {
      const { policies, allow, isAllowed } = setUp();
      policies.oldReads = oldReads;
      await allow('a');
      await allow('b');
      expect(isAllowed('a') && isAllowed('b')).toBe(true);
      expect(policies.changes.length).toBeLessThanOrEqual(3);
    },
  );

  test('without end: the deployment says so', async () => {
    const { policies, allow } = setUp();
    policies.oldReads = 1000;
    await expect(allow('a')).rejects.toMatchObject({
      code: 'SERVICE',
      message: 'IAM does not show version v2 of policy p after 120 s',
    });
    expect(policies.changes).toEqual(['version p']);
  });
});

describe('a full policy', () => {
  test('a further one is created and attached', async () => {
    const { policies, allow, isAllowed } = setUp(full());
    expect(await allow('a')).toEqual(['created p-2']);
    expect(policies.changes).toEqual(['create p-2', 'attach p-2 to g']);
    expect(isAllowed('a')).toBe(true);
  });

  test('one that a killed deployment has not attached is attached', async () => {
    const { policies, allow, isAllowed } = setUp(full());
    policies.put(SECOND_ARN, withGrantedResources({ Statement: [] }, INVOKE_GRANT, [arn('a')]));
    expect(isAllowed('a')).toBe(false);
    expect(await allow('a')).toEqual(['updated p-2']);
    expect(policies.changes).toEqual(['attach p-2 to g']);
    expect(isAllowed('a')).toBe(true);
  });

  test('one that another deployment creates at the same time is used by both', async () => {
    const { policies, allow, isAllowed } = setUp(full());
    policies.beforeChange = () => {
      policies.beforeChange = () => {};
      policies.put(SECOND_ARN, withGrantedResources({ Statement: [] }, INVOKE_GRANT, [arn('other')]), [
        GROUP,
      ]);
    };
    expect(await allow('a')).toEqual(['updated p-2']);
    expect(isAllowed('a') && isAllowed('other')).toBe(true);
  });

  test('nothing is changed when the group takes no more policies', async () => {
    const { policies, allow } = setUp(full());
    policies.quotas = { policies: 1000, attachments: 0 };
    await expect(allow('a')).rejects.toMatchObject({ code: 'LIMIT' });
    expect(policies.changes).toEqual([]);
  });

  test('functions that are gone make room', async () => {
    const { policies, functions, allow, isAllowed } = setUp(full('gone', 'kept'));
    functions.add('kept');
    expect(await allow('a')).toEqual(['updated p']);
    expect(grantedResources(policies.documentOf(ARN), INVOKE_GRANT)).not.toContain(arn('gone'));
    expect(isAllowed('kept') && isAllowed('a')).toBe(true);
  });

  test('a function that is found at a second look keeps its right', async () => {
    const { functions, allow, isAllowed } = setUp(full('slow'));
    const exists = functions.exists.bind(functions);
    let looks = 0;
    functions.exists = async (name) => {
      if (name === 'slow' && looks++ === 1) functions.add('slow');
      return exists(name);
    };
    expect(await allow('a')).toEqual(['created p-2']);
    expect(isAllowed('slow') && isAllowed('a')).toBe(true);
  });

  test('functions that are created while their ARNs are removed get them back', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `late-${index}`);
    const { policies, functions, allow, isAllowed } = setUp(full(...names, 'late_1_*'));
    policies.afterVersion = () => {
      for (const name of [...names, 'late_1_f']) functions.add(name);
    };
    await allow('a');
    expect(['a', ...names, 'late_1_f'].filter((name) => !isAllowed(name))).toEqual([]);
  });

  test('an app that comes back with more functions keeps those that were in it', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `back-${index}`);
    const { functions, plan, isAllowed } = setUp(full(...names));
    const finish = await plan(...names, 'back-10');
    for (const name of [...names, 'back-10']) functions.add(name);
    await finish();
    expect([...names, 'back-10'].filter((name) => !isAllowed(name))).toEqual([]);
  });

  test('the pattern of an app that was deployed since the account was looked at stays', async () => {
    const long = 'function'.repeat(4);
    const { functions, plan, isAllowed } = setUp(fullBut(10, `gone_1_${long}`));
    const names = { a: [`a_1_${long}`], b: [`b_1_${long}0`, `b_1_${long}1`] };
    const first = await plan(...names.a);
    const second = await plan(...names.b);
    for (const name of names.b) functions.add(name);
    await second();
    for (const name of names.a) functions.add(name);
    await first();
    expect([...names.a, ...names.b].filter((name) => !isAllowed(name))).toEqual([]);
  });

  test('a further policy whose name is taken at another path has the next number', async () => {
    const { policies, allow, isAllowed } = setUp(full());
    policies.put('arn:aws:iam::123456789012:policy/team/p-2', initial, []);
    expect(await allow('a')).toEqual(['created p-3']);
    expect(isAllowed('a')).toBe(true);
  });

  test('functions are looked up one by one when they may not be listed', async () => {
    const { functions, policies, allow } = setUp(full('gone'));
    functions.list = async () => {
      throw new AppsctlError('ACCESS_DENIED', 'cannot list functions');
    };
    expect(await allow('a')).toEqual(['updated p']);
    expect(grantedResources(policies.documentOf(ARN), INVOKE_GRANT)).not.toContain(arn('gone'));
  });
});

describe('what is not prepared is refused before anything is changed', () => {
  test('a policy that does not exist', async () => {
    const { policies, allow } = setUp();
    policies.policies.clear();
    await expect(allow('a')).rejects.toMatchObject({ code: 'NOT_FOUND', message: 'policy p does not exist' });
  });

  test('a policy that nobody has', async () => {
    const { policies, allow } = setUp();
    policies.put(ARN, initial);
    await expect(allow('a')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'policy p is not attached to any group, so the server cannot use it',
    });
    expect(policies.changes).toEqual([]);
  });
});

import { expect, test } from 'vitest';
import { parseAccount } from '../../../../src/core/aws/arn.js';
import { AppsctlError } from '../../../../src/core/diagnostics/error.js';
import { LIBRARY_VOCABULARY } from '../../../../src/core/diagnostics/vocabulary.js';
import { parseAppReference } from '../../../../src/core/manifest/app-reference.js';
import { checkStatus, type StatusPorts } from '../../../../src/operations/status/status.js';
import { manifest } from '../../../support/bundle.js';
import {
  bundleBytes,
  FUNCTION_ARN,
  MANIFEST_KEY,
  memoryAccount,
  POLICY_ARN,
} from '../../../support/memory-ports/memory-account.js';

const denied = async (): Promise<never> => {
  throw new AppsctlError('ACCESS_DENIED', 'access denied', { hint: 'grant it' });
};

/** An account with a deployed app, and its status. */
async function deployedAccount() {
  const account = memoryAccount({ hasMattermost: true });
  await account.deploy(await bundleBytes());
  const { bucket, functions, policies, mattermost } = account;
  const { clock, signal, onEvent } = account.ports;
  const ports: StatusPorts = {
    ...{ bucket, functions, policies, clock, signal, onEvent, mattermost },
    vocabulary: LIBRARY_VOCABULARY,
  };
  const check = async (changes: Partial<StatusPorts> = {}, app?: string) =>
    checkStatus(
      { ...ports, ...changes },
      {
        ...{ account: parseAccount(POLICY_ARN), region: 'us-east-1', policyName: 'p', bundle: undefined },
        reference: app === undefined ? undefined : parseAppReference(app),
      },
    );
  const messages = async (...args: Parameters<typeof check>): Promise<string[]> =>
    (await check(...args)).problems.map(({ message }) => message);
  return { ...account, check, messages };
}

test('what was deployed is all right', async () => {
  const { check } = await deployedAccount();
  expect(await check()).toEqual({
    ok: true,
    versions: [{ id: 'com.example.test', version: '1.0.0', functions: 1, ok: true }],
    problems: [],
    notChecked: [],
  });
});

test('what may not be read is not checked; if that is all but the manifests, the status is not all right', async () => {
  const { check, bucket, policies } = await deployedAccount();
  const forbidden = {
    functions: { describe: denied, list: denied },
    policies: Object.assign(Object.create(policies), { findPolicy: denied }),
  };
  const some = await check(forbidden);
  expect(some).toMatchObject({ ok: true, problems: [] });
  expect(some.notChecked.map(({ part, code, hint }) => `${part}: ${code}, ${hint}`)).toEqual([
    'functions: ACCESS_DENIED, grant it',
    'invoke policies: ACCESS_DENIED, grant it',
    'other functions: ACCESS_DENIED, grant it',
  ]);
  const all = await check({
    ...forbidden,
    bucket: Object.assign(Object.create(bucket), { scan: denied }),
    mattermost: { listApps: denied, findInstallation: denied },
  });
  expect(all).toMatchObject({ ok: false, problems: [] });
  expect(all.notChecked.map(({ part }) => part)).toEqual(expect.arrayContaining(['assets', 'server']));
});

test('without permission to read any manifest there is no status', async () => {
  const { check, bucket } = await deployedAccount();
  await expect(
    check({ bucket: Object.assign(Object.create(bucket), { get: denied }) }),
  ).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
  });
});

test('a policy that is missing, attached to nothing, or denies a function', async () => {
  const { messages, policies } = await deployedAccount();
  policies.write(POLICY_ARN, {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: 'lambda:*', Resource: FUNCTION_ARN }],
  });
  expect(await messages()).toEqual([
    'the server may not invoke function com-example-test_1-0-0_go: policy p denies it',
  ]);
  policies.put(POLICY_ARN, policies.readDocument(POLICY_ARN));
  expect(await messages()).toEqual([
    'policy p is not attached to any group, so the server may not invoke any function',
  ]);
  policies.policies.clear();
  expect(await messages()).toEqual(['policy p does not exist, so the server may not invoke any function']);
});

test('an additional policy counts once it is attached, and its leftovers are found', async () => {
  const { messages, policies } = await deployedAccount();
  const first = policies.readDocument(POLICY_ARN);
  const statement = { Sid: 'AllowLambda', Effect: 'Allow', Action: 'lambda:InvokeFunction' };
  const gone = FUNCTION_ARN.replace('test_1-0-0', 'gone_1-0-0');
  policies.write(POLICY_ARN, { ...first, Statement: [{ ...statement, Resource: [gone] }] });
  const pattern = FUNCTION_ARN.replace(/go$/, '*');
  const elsewhere = FUNCTION_ARN.replace('us-east-1', 'eu-west-1');
  const Statement = [{ ...statement, Resource: [pattern, elsewhere, `${gone.slice(0, -2)}*`] }];
  policies.put(`${POLICY_ARN}-2`, { Version: '2012-10-17', Statement });
  const leftovers = [
    `policy p allows ${gone}, which is no function of an app`,
    `policy p-2 allows ${gone.slice(0, -2)}*, which is no function of an app`,
  ];
  expect(await messages()).toEqual([
    'the server may not invoke function com-example-test_1-0-0_go: no policy in effect allows it',
    ...leftovers,
  ]);
  await policies.attachPolicy(`${POLICY_ARN}-2`, { kind: 'group', name: 'g' });
  expect(await messages()).toEqual(leftovers);
  expect(await messages({}, 'com.example.test')).toEqual([]);
});

test('names that are shortened with a hash are those of their app', async () => {
  const { messages, functions, bucket } = await deployedAccount();
  const long = manifest({
    app_id: 'com.example.with-a-long-name-too',
    aws_lambda: {
      functions: [
        { path: '/', name: 'a-function-with-a-long-name-x', handler: 'index.handler', runtime: 'nodejs22.x' },
      ],
    },
  });
  await bucket.put(
    'manifests/com.example.with-a-long-name-too_1.0.0.json',
    Buffer.from(JSON.stringify(long)),
    '',
  );
  const [missing = ''] = await messages({}, 'com.example.with-a-long-name-too');
  const name = /^function (\S+) does not exist$/.exec(missing)?.[1] ?? '';
  expect(name).toHaveLength(64);
  functions.add(name);
  expect((await messages()).filter((message) => message.includes(name))).toEqual([
    `the server may not invoke function ${name}: no policy in effect allows it`,
  ]);
});

test('a damaged manifest of the version that is asked about is a problem, not an unknown version', async () => {
  const { check, bucket } = await deployedAccount();
  await bucket.put(MANIFEST_KEY, Buffer.from('{'), '');
  expect(await check({}, 'com.example.test@1.0.0')).toMatchObject({
    ok: false,
    versions: [],
    problems: [{ problem: 'damaged', kind: 'manifest', name: MANIFEST_KEY }],
  });
  await expect(check({}, 'com.example.test@2.0.0')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

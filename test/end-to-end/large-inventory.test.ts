import { afterAll, beforeAll, expect, test } from 'vitest';
import { manifest, writeBundle } from '../support/bundle.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { addApps } from '../support/large-account.js';

/** 100 apps have 250 functions; `npm run bench` has 1,200 apps. */
const APPS = 100;
let environment: TestEnvironment;
let functions: number;

beforeAll(async () => {
  // Every list has several pages.
  environment = await startEnvironment({ runner: 'in-process', aws: { pageSize: 20 } });
  await environment.run(['aws', 'init', '--create']);
  const bundle = await writeBundle(environment.folder, manifest({ app_id: 'com.example.before' }));
  await environment.runOrThrow(['aws', 'deploy', bundle]);
  functions = addApps(environment, BUCKET, 'com-example-before_1-0-0_go', APPS);
});
afterAll(() => environment.stop());

test('all apps are listed, with one request for each function and manifest', async () => {
  const { stdout, requests } = await environment.runOrThrow(['aws', 'list', '--json']);
  expect(functions).toBe(250);
  const { versions, notChecked } = JSON.parse(stdout);
  expect(versions).toHaveLength(APPS + 1);
  expect(versions.flatMap((item: { functions: unknown[] }) => item.functions)).toHaveLength(functions + 1);
  expect(notChecked).toEqual([]);
  const count = (operation: string): number =>
    requests.filter((request) => request.operation === operation).length;
  expect(count('GetFunction')).toBe(functions + 1);
  expect(count('GetObject')).toBe(APPS + 1);
  expect(count('ListFunctions')).toBe(0);
});

test('their status is complete, and one missing function among them is found', async () => {
  const status = await environment.run(['aws', 'status']);
  expect(status).toMatchObject({ code: 0, stdout: '101 apps, 101 versions, 251 functions: all right\n' });

  const missing = 'com-example-other77_1-0-0_webhook';
  (environment.aws.stored.functions as Map<string, unknown>).delete(missing);
  const { code, stdout } = await environment.run(['aws', 'status']);
  expect(code).toBe(1);
  expect(stdout.split('\n')).toEqual([
    `com.example.other77 1.0.0: function ${missing} does not exist`,
    '101 apps, 101 versions, 251 functions: 1 problem',
    '',
  ]);
});

test('an app is removed without reading the others', async () => {
  const { requests, stdout } = await environment.runOrThrow(['aws', 'remove', 'com.example.other0', '--yes']);
  expect(stdout).toContain('Functions: 3 removed\n');
  const manifests = requests.filter(({ resource }) => resource.includes('/manifests/'));
  expect(new Set(manifests.map(({ resource }) => resource.split('/').at(-1)))).toEqual(
    new Set(['com.example.other0_1.0.0.json']),
  );
  const lookedUp = requests.filter(({ operation }) => operation === 'GetFunction');
  expect(lookedUp.every(({ resource }) => resource.includes(':com-example-other0_'))).toBe(true);
  const lists = requests.filter(({ operation }) => operation === 'ListObjectsV2');
  // The keys of all manifests, in pages of 30, and the records of removals.
  expect(lists.length).toBeLessThan(15);
  expect(requests.some(({ operation }) => operation === 'ListFunctions')).toBe(false);
  // The entry of the policy still allows the others.
  expect((await environment.run(['aws', 'status', 'com.example.other1'])).code).toBe(0);
});

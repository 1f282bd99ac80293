import { afterAll, beforeAll, expect, test } from 'vitest';
import { functionArchive, manifest, writeBundle } from '../support/bundle.js';
import { BUCKET, startEnvironment, type TestEnvironment } from '../support/environment.js';
import { type AccountSize, fillAccount } from '../support/large-account.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = await tempFolder();
let start: TestEnvironment;
let first: string;
let second: string;

beforeAll(async () => {
  start = await startEnvironment({
    runner: 'in-process',
    aws: { lambda: { pendingReads: 1, inProgressReads: 1 } },
  });
  await start.run(['aws', 'init', '--create']);
  await start.run(['aws', 'deploy', await writeBundle(folder, manifest({ app_id: 'com.example.before' }))]);
  first = await writeBundle(folder, manifest(), { 'static/a.txt': 'a' });
  const code = await functionArchive('exports.handler = () => 2;');
  second = await writeBundle(folder, manifest(), { 'static/a.txt': 'b', 'go.zip': code });
});
afterAll(() => start.stop());

/** The numbers of requests of a first deployment, of the same again, and of an update. */
async function requestsIn(
  size: AccountSize,
): Promise<{ counts: Record<string, number>; policies: string[] }> {
  const environment = await startEnvironment({ like: start });
  await fillAccount(environment.aws, BUCKET, 'com-example-before_1-0-0_go', size);
  const counts: Record<string, number> = {};
  const commands = { first: [first], unchanged: [first], update: [second, '--update', '--memory', '512'] };
  for (const [what, args] of Object.entries(commands)) {
    const { code, stderr, requests } = await environment.run(['aws', 'deploy', ...args]);
    expect(code, stderr).toBe(0);
    counts[what] = requests.length;
  }
  const policies = [...environment.aws.stored.policies.values()]
    .map(({ name }) => name)
    .filter((name) => name.includes('-invoke-policy'));
  await environment.stop();
  return { counts, policies };
}

test('with 1,000 functions and 500 manifests, at most two more requests are sent', async () => {
  const empty = await requestsIn({ functions: 0, manifests: 0, fullPolicies: 0 });
  const large = await requestsIn({ functions: 1000, manifests: 500, fullPolicies: 0 });
  for (const [what, count] of Object.entries(empty.counts))
    expect(large.counts[what], what).toBeLessThanOrEqual(count + 2);
  expect(Object.keys(empty.counts)).toHaveLength(3);
});

test('with 3,000 manifests and three full policies, an additional policy is created', async () => {
  const { counts, policies } = await requestsIn({ functions: 1000, manifests: 3000, fullPolicies: 3 });
  expect(policies.sort()).toEqual(
    ['', '-2', '-3', '-4'].map((suffix) => `mattermost-apps-invoke-policy${suffix}`),
  );
  // First 20 pages of functions, 3 of manifests, and ten policies; later only the policies.
  expect(counts['first']).toBeLessThan(120);
  expect(counts['unchanged']).toBeLessThan(50);
  expect(counts['update']).toBeLessThan(50);
});

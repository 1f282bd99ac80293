import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/async/clock.js';
import {
  appBundle,
  DEPLOYED,
  functionNames,
  LEASE,
  leases,
  readTags,
  runPass,
  startDeployer,
  upload,
} from '../support/deployer.js';
import { BUCKET, type TestEnvironment } from '../support/environment.js';

const SECOND = 1000;

let start: TestEnvironment;
let environment: TestEnvironment;

beforeAll(async () => {
  start = await startDeployer();
  for (const name of ['a', 'b', 'c'])
    await upload(start, `${name}.zip`, await appBundle(`com.example.${name}`));
});
beforeEach(async () => {
  environment = await startDeployer({ like: start });
});
afterEach(() => environment.stop());
afterAll(() => start.stop());

/** Writes the lease of a pass on another machine. */
async function putLease(age: number): Promise<void> {
  const since = '2026-11-28T12:00:00.000Z';
  const Body = JSON.stringify({ owner: 'x', host: 'elsewhere', pid: 7, time: since, since, run: 'run-0' });
  await environment.clients.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: LEASE, Body }));
  const lease = environment.aws.bucket(BUCKET).objects.get(LEASE);
  if (lease !== undefined) lease.lastModified = new Date(Date.now() - age);
}

test('while another pass holds the lease, a run does nothing, and says who holds it', async () => {
  await putLease(60 * SECOND);
  const { code, stdout, requests } = await environment.run(['aws', 'deployer', 'run']);
  expect(code).toBe(0);
  expect(stdout).toContain(
    'nothing was done: run run-0, which began at 2026-11-28T12:00:00.000Z, is still going on',
  );
  expect(requests.filter(({ operation }) => operation === 'GetObjectTagging')).toEqual([]);
  expect(leases(environment)).toEqual([LEASE]);
});

test('the lease of a pass that was killed is taken over', async () => {
  await putLease(100 * SECOND);
  expect(await runPass(environment)).toMatchObject({ code: 0, deployed: ['a.zip', 'b.zip', 'c.zip'] });
  expect(leases(environment)).toEqual([]);
});

test('of two runs at once, one does everything and the other nothing', async () => {
  const passes = await Promise.all([runPass(environment), runPass(environment)]);
  expect(passes.map(({ code }) => code)).toEqual([0, 0]);
  expect(passes.map(({ deployed }) => deployed.length).sort()).toEqual([0, 3]);
  expect(leases(environment)).toEqual([]);
});

test('another environment has a lease of its own', async () => {
  await putLease(0);
  const env = { MM_APPS_ENVIRONMENT: 'production' };
  expect(await runPass(environment, [], { env })).toMatchObject({
    code: 0,
    deployed: ['a.zip', 'b.zip', 'c.zip'],
  });
  expect(await readTags(environment, 'a.zip')).toEqual({ deployed_production: 'true' });
});

test('a pass that has lost its lease stops, and leaves the rest to the other one', async () => {
  // The lease is renewed 200 times as often, and lost as late as otherwise.
  const clock = {
    ...systemClock,
    sleep: (milliseconds: number, signal?: AbortSignal) =>
      systemClock.sleep(milliseconds > 20 * SECOND ? milliseconds : milliseconds / 200, signal),
  };
  let isTaken = false;
  environment.intercept(async ({ operation, resource }) => {
    if (operation === 'CreateFunction' && resource.includes('example-b') && !isTaken) {
      isTaken = true;
      await putLease(0);
      await systemClock.sleep(500);
    }
    return undefined;
  });
  const { url, posts } = environment.mattermost.createWebhook();
  const { code, deployed, log } = await runPass(environment, [], {
    clock,
    env: { MM_APPS_ALERTS_WEBHOOK: url },
  });
  expect({ code, deployed }).toEqual({ code: 1, deployed: ['a.zip'] });
  expect(log.at(-1)).toMatchObject({
    code: 'CONFLICT',
    message: 'the lease of staging was lost: another run may have it',
  });
  expect(posts).toHaveLength(1);
  expect(await readTags(environment, 'b.zip')).toEqual({});
  expect(functionNames(environment).some((name) => name.includes('-c_'))).toBe(false);
  expect(leases(environment)).toContain(LEASE);
});

describe('SIGTERM', () => {
  test.each(['CreateFunction', 'PutObjectTagging', 'GetObjectTagging'])(
    'during %s ends the run at a safe point, with nothing half recorded',
    async (operation) => {
      const abort = new AbortController();
      let count = 0;
      environment.intercept((request) => {
        if (request.operation === operation && ++count === 2) abort.abort();
        return undefined;
      });
      const pass = await runPass(environment, [], { signal: abort.signal });
      expect(pass.code).toBe(130);
      expect(pass.log.at(-1)).toMatchObject({ code: 'INTERRUPTED' });
      expect(leases(environment)).toEqual([]);
      const tagged = [];
      for (const name of ['a', 'b', 'c']) {
        const tags = await readTags(environment, `${name}.zip`);
        if (Object.keys(tags).length > 0) tagged.push(tags);
      }
      expect(tagged).toEqual(pass.deployed.map(() => DEPLOYED));
      const second = await runPass(environment);
      expect(second.code).toBe(0);
      expect([...pass.deployed, ...second.deployed]).toEqual(['a.zip', 'b.zip', 'c.zip']);
      expect(functionNames(environment)).toHaveLength(3);
    },
  );
});

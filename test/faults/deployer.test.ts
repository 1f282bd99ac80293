import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Semaphore } from '../../src/core/async/concurrency.js';
import type { WebhookPost } from '../stand-ins/mattermost/webhooks.js';
import { compareStates, readAccountState } from '../support/account-state.js';
import { appBundle, settableClock, startDeployer, upload } from '../support/deployer.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { USAGE } from '../support/messages/usage.js';
import type { SentRequest } from '../support/requests.js';
import { checkSecrets } from './assertions.js';
import { type Baseline, selectTargets, type Target, toTargets } from './baseline.js';
import { FAULTS, type FaultName, isChange } from './faults.js';
import { collectProblems, describeCase, injectOnce } from './run-matrix.js';
import { VERBOSE } from './scenarios.js';
import { AMBIENT_SECRETS } from './secrets.js';

const CONCURRENT_CASES = new Semaphore(12);
/** Longer than any response takes. */
const IDLE_TIMEOUT_MS = 1000;
const HOUR = 60 * 60_000;
const ARGS = ['aws', 'deployer', 'run', VERBOSE];
/** Faults that a run overcomes by itself. */
const OVERCOME: readonly FaultName[] = ['error 500', 'reset after processing', 'no response'];
/** How the clients retry is tested in other scenarios, and S3 returns nothing old. */
const NOT_TESTED: readonly FaultName[] = [
  'error 503',
  'throttling',
  'reset before processing',
  'stale read',
  '404 after create',
];
/** What is tested in requests that others stand for: those of `aws deploy`, or those about the new bundle. */
const OF_OTHERS: readonly FaultName[] = ['access denied', 'killed after processing'];

interface DeployerRun {
  readonly environment: TestEnvironment;
  /** What the deployer has told. */
  readonly posts: readonly WebhookPost[];
}

/** A pass over three bundles: one is broken, one is new, and one is deployed. Its exit code is 1, because of the first one. */
describe('deployer: each fault, once in each request of a pass', { timeout: 180_000 }, () => {
  let start: TestEnvironment;
  let baseline: Baseline;

  beforeAll(async () => {
    start = await startDeployer({ aws: { lambda: { pendingReads: 1, inProgressReads: 1 } } });
    await upload(start, 'deployed.zip', await appBundle('com.example.deployed'));
    await start.runOrThrow(ARGS);
    await upload(start, 'broken.zip', 'no zip');
    await upload(start, 'new.zip', await appBundle('com.example.new'));
    baseline = await recordBaseline();
    const cases = FAULTS.flatMap((fault) => selectTargets(fault, baseline));
    process.stderr.write(
      `fault matrix: deployer: ${baseline.targets.length} requests, ${cases.length} cases\n`,
    );
  });
  afterAll(() => start.stop());

  test.concurrent.each(FAULTS)('%s', async (fault) => {
    const problems = await collectProblems(
      selectTargets(fault, baseline),
      CONCURRENT_CASES,
      async (target) => {
        const run = await begin();
        const lines = await runCase(run, fault, target).finally(() => run.environment.stop());
        return lines.map((line) => `${describeCase(fault, target, baseline)}: ${line}`);
      },
    );
    expect(problems).toEqual([]);
  });

  /** A copy of the start, and a channel for what the deployer tells. */
  async function begin(): Promise<DeployerRun> {
    const environment = await startEnvironment({ like: start });
    const { url, posts } = environment.mattermost.createWebhook();
    delete environment.env['MM_SERVICESETTINGS_SITEURL'];
    delete environment.env['MM_ADMIN_TOKEN'];
    environment.env['MM_APPS_NOTIFICATIONS_WEBHOOK'] = url;
    return { environment, posts };
  }

  async function recordBaseline(): Promise<Baseline> {
    const { environment, posts } = await begin();
    const { code, stderr, requests } = await environment.run(ARGS);
    if (code !== 1) throw new Error(`exit ${code}: ${stderr}`);
    const targets = toTargets(requests.filter(({ service }) => service !== 'mattermost'));
    const end = readAccountState(environment);
    await environment.runOrThrow(ARGS);
    expect(compareStates(readAccountState(environment), end)).toEqual([]);
    expect(countMessages(posts)).toEqual({ deployed: 1, broken: 1 });
    await environment.stop();
    const lease = targets.find(({ resource }) => resource.includes('/locks/deployer-'))?.position ?? 0;
    const isTested = (request: SentRequest, fault: FaultName): boolean => {
      const { resource } = request;
      if (resource.endsWith('/broken.zip')) return OF_OTHERS.includes(fault);
      if (/:s3:::bundles|\/locks\/deployer-/.test(resource)) return !NOT_TESTED.includes(fault);
      // Before the first change of a bundle, all requests of a deployment lead to the same.
      const isBefore = targets.slice(0, lease).some((target) => target === request);
      return OF_OTHERS.includes(fault) && (isBefore || isChange(request));
    };
    const scenario = { name: 'deployer', args: ARGS, start, idleTimeout: IDLE_TIMEOUT_MS, isTested };
    return { scenario, targets, end, endWithOther: undefined };
  }

  async function runCase(
    { environment, posts }: DeployerRun,
    fault: FaultName,
    target: Target,
  ): Promise<string[]> {
    const abort = new AbortController();
    const injection = injectOnce(fault, target, abort);
    const stopIntercepting = environment.intercept(injection.interceptor);
    const first = await environment.run(ARGS, {
      env: AMBIENT_SECRETS,
      signal: abort.signal,
      ...(fault === 'no response' && {
        timeouts: { connect: IDLE_TIMEOUT_MS, idle: IDLE_TIMEOUT_MS, mattermost: IDLE_TIMEOUT_MS },
      }),
    });
    stopIntercepting();
    if (!injection.isInjected()) return [`the request was not sent: ${first.stderr}`];
    const problems = checkSecrets(environment, baseline.scenario, first);
    if (first.stderr.includes(USAGE.internal(''))) problems.push(`an internal error: ${first.stderr}`);
    const isKilled = fault.startsWith('killed');
    const codes = fault === 'SIGINT' ? [1, 130] : [1];
    if (!isKilled && !codes.includes(first.code ?? -1)) problems.push(`exit ${first.code}: ${first.stderr}`);
    if (!OVERCOME.includes(fault)) {
      // Later, so that what has failed is tried again.
      const clock = settableClock();
      clock.set(2 * HOUR);
      const second = await environment.run(ARGS, { env: AMBIENT_SECRETS, clock });
      if (second.code === 130) problems.push(`again: exit ${second.code}: ${second.stderr}`);
    }
    const differences = compareStates(readAccountState(environment), baseline.end);
    problems.push(...differences.map((line) => `in the end ${line}`));
    return [...problems, ...checkMessages(posts, fault, first.stderr)];
  }

  /** Each outcome is told once. A run that is killed may have told it, or not; what cannot be recorded is told again. */
  function checkMessages(posts: readonly WebhookPost[], fault: FaultName, stderr: string): string[] {
    const { deployed, broken } = countMessages(posts);
    const least = fault.startsWith('killed') ? 0 : 1;
    const isUnrecorded = stderr.includes('cannot be recorded') || stderr.includes('cannot read the tags');
    const problems: string[] = [];
    if (deployed < least || deployed > 1) problems.push(`${deployed} messages about the new bundle`);
    if (broken < least || broken > (isUnrecorded ? 2 : 1))
      problems.push(`${broken} messages about the broken bundle`);
    return problems;
  }

  function countMessages(posts: readonly WebhookPost[]): { deployed: number; broken: number } {
    const texts = posts.map((post) => JSON.stringify(post));
    const count = (pattern: RegExp): number => texts.filter((text) => pattern.test(text)).length;
    return { deployed: count(/deployed Test/i), broken: count(/INVALID/) };
  }
});

import { setTimeout } from 'node:timers/promises';
import { Semaphore } from '../../src/core/async/concurrency.js';
import type { Fault } from '../stand-ins/aws/index.js';
import { compareStates, readAccountState } from '../support/account-state.js';
import { readArguments } from '../support/cli-process.js';
import {
  type RunOptions,
  type RunResult,
  startEnvironment,
  type TestEnvironment,
} from '../support/environment.js';
import { REMOVE } from '../support/messages/remove.js';
import type { SentRequest } from '../support/requests.js';
import { type CaseResult, checkRun, checkSecrets } from './assertions.js';
import { type Baseline, requestKey, selectTargets, type Target } from './baseline.js';
import { type FaultName, toServiceFault } from './faults.js';
import { commandLines, type Scenario } from './scenarios.js';
import { AMBIENT_SECRETS, garble } from './secrets.js';

/** Limits how many cases run concurrently: most of the time, most of them wait. */
const CONCURRENT_CASES = new Semaphore(12);
/** A run that takes longer hangs. */
const RUN_TIMEOUT_MS = 40_000;

/** Injects a fault into each request of a scenario, in separate runs. Returns the problems, one line each. */
export async function runCases(fault: FaultName, baseline: Baseline): Promise<string[]> {
  return collectProblems(selectTargets(fault, baseline), CONCURRENT_CASES, async (target) => {
    const problems = await runCase(fault, target, baseline);
    return problems.map((problem) => `${describeCase(fault, target, baseline)}: ${problem}`);
  });
}

export function describeCase(fault: FaultName, target: Target, { scenario }: Baseline): string {
  const { operation, resource, position } = target;
  return `${scenario.name} #${position} ${operation} ${resource}, ${fault}`;
}

/** Runs cases within a limit of concurrency; returns the problems of all of them. */
export async function collectProblems<Case>(
  cases: readonly Case[],
  limit: Semaphore,
  runOne: (item: Case) => Promise<string[]>,
): Promise<string[]> {
  return (await Promise.all(cases.map((item) => limit.run(1, () => runOne(item))))).flat();
}

async function runCase(fault: FaultName, target: Target, baseline: Baseline): Promise<string[]> {
  const environment = await startEnvironment({ like: baseline.scenario.start });
  try {
    await baseline.scenario.prepare?.(environment);
    const run = await runWithFault(environment, fault, target, baseline.scenario);
    if (typeof run === 'string') return [run];
    const problems = (await baseline.scenario.findProblems?.(environment)) ?? [];
    return [...problems, ...(await checkCase(environment, fault, target, baseline, run))];
  } finally {
    await environment.stop();
  }
}

interface FaultyRun {
  readonly result: CaseResult;
  readonly isInjected: boolean;
  /** Whether another app was deployed during the run. */
  readonly isOtherDeployed: boolean;
  /** The arguments of this process while the fault was injected. */
  readonly processArguments: string;
}

/** Runs a scenario with one fault. Returns a problem if there is no result to check. */
async function runWithFault(
  environment: TestEnvironment,
  fault: FaultName,
  target: Target,
  scenario: Scenario,
): Promise<FaultyRun | string> {
  const abort = new AbortController();
  const injection = injectOnce(fault, target, abort);
  let processArguments = '';
  let meanwhile: RunResult | undefined;
  const stopIntercepting = environment.intercept(async (request) => {
    const wasInjected = injection.isInjected();
    const response = injection.interceptor(request);
    if (wasInjected || !injection.isInjected()) return response;
    processArguments = await readArguments(process.pid);
    if (fault === 'deployment of another app' && scenario.other !== undefined)
      meanwhile = await environment.run(scenario.other, { env: AMBIENT_SECRETS });
    return response;
  });
  const running = runLines(environment, scenario, {
    signal: abort.signal,
    ...(fault === 'no response' && {
      timeouts: { connect: 1_000, idle: scenario.idleTimeout, mattermost: scenario.idleTimeout },
    }),
  });
  const result = await Promise.race([running, setTimeout(RUN_TIMEOUT_MS, undefined, { ref: false })]);
  stopIntercepting();
  if (result === undefined) return `it has not ended after ${RUN_TIMEOUT_MS / 1000} s`;
  if (meanwhile !== undefined && meanwhile.code !== 0)
    return `the deployment of the other app ends with ${meanwhile.code}: ${meanwhile.stderr}`;
  const isInjected = injection.isInjected();
  return { result, isInjected, isOtherDeployed: meanwhile !== undefined, processArguments };
}

/** Runs the command lines of a scenario concurrently. */
async function runLines(
  environment: TestEnvironment,
  scenario: Scenario,
  options: RunOptions,
): Promise<CaseResult | undefined> {
  const results = await Promise.all(
    commandLines(scenario, environment).map((args) =>
      environment.run(args, { env: AMBIENT_SECRETS, ...options }),
    ),
  );
  const [first, other] = results;
  return first && { ...first, ...(other !== undefined && { other }) };
}

async function checkCase(
  environment: TestEnvironment,
  fault: FaultName,
  target: Target,
  baseline: Baseline,
  { result, isInjected, isOtherDeployed, processArguments }: FaultyRun,
): Promise<string[]> {
  const { scenario, end, endWithOther } = baseline;
  const compareWith = (expected: typeof end): string[] =>
    compareStates(readAccountState(environment), expected).map((line) => `afterwards ${line}`);
  // Two concurrent deployments do not always send the same requests.
  if (!isInjected)
    return scenario.isConcurrent === true ? compareWith(end) : [`the request was not sent: ${result.stderr}`];
  if (fault.startsWith('killed')) return runAgain(environment, fault, target, baseline, result);
  const problems = [
    ...checkRun(fault, target, baseline, result),
    ...checkSecrets(environment, scenario, result, { processArguments }),
  ];
  // A HeadObject that is denied makes the run conclude that it is locked out of the bucket; the second run corrects that.
  const isMisled = target.operation === 'HeadObject' && fault === 'access denied';
  if (result.code === 0 && (result.other?.code ?? 0) === 0 && !isMisled) {
    // From the same state a second run would be that of the baseline, which is known to change nothing.
    return [...problems, ...compareWith(isOtherDeployed ? (endWithOther ?? end) : end)];
  }
  return [...problems, ...(await runAgain(environment, fault, target, baseline, result))];
}

/** Runs the same command again without faults: it must lead to the state to which one run without faults leads. */
export async function runAgain(
  environment: TestEnvironment,
  fault: FaultName,
  target: Target,
  { scenario, end }: Baseline,
  first: CaseResult,
): Promise<string[]> {
  const problems = checkSecrets(environment, scenario, first);
  for (const args of commandLines(scenario, environment)) {
    const second = await environment.run(args, { env: AMBIENT_SECRETS });
    problems.push(...checkSecrets(environment, scenario, second));
    // The first run may have removed everything.
    const isGone = scenario.removesAll === true && second.stderr.includes(REMOVE.notDeployed);
    if (second.code !== 0 && !isGone) problems.push(`again: exit ${second.code}: ${second.stderr}`);
  }
  // Each run of init creates a key. One that was created just before the process was killed cannot be removed: its
  // secret is lost, but it looks like a key in use.
  const orphan = fault === 'killed after processing' && target.operation === 'CreateAccessKey';
  const isSuccessful = first.code === 0 && !fault.startsWith('killed');
  const moreKeys = scenario.name === 'init' ? Number(isSuccessful) + Number(orphan) : 0;
  const differences = compareStates(readAccountState(environment), end, moreKeys);
  return [...problems, ...differences.map((line) => `after the second run ${line}`)];
}

/** Injects a fault into one request, once. */
export function injectOnce(
  fault: FaultName,
  target: Target,
  abort: AbortController,
): { interceptor: (request: SentRequest) => Fault | undefined; isInjected: () => boolean } {
  let count = 0;
  let injected = false;
  const interceptor = (request: SentRequest): Fault | undefined => {
    const isTarget = !injected && requestKey(request) === requestKey(target) && ++count === target.occurrence;
    if (!isTarget) return injected && fault.startsWith('killed') ? refuseAll(request) : undefined;
    injected = true;
    if (fault === 'SIGINT') abort.abort();
    if (fault === 'killed before processing') return refuseAll(request);
    if (fault === 'killed after processing') return { kind: 'resetAfter' };
    return toServiceFault(fault, request, garble);
  };
  return { interceptor, isInjected: () => injected };
}

/** Nothing happens that a process would have requested after it was killed. */
function refuseAll(request: SentRequest): Fault | undefined {
  return toServiceFault('access denied', request, garble);
}

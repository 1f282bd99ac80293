import {
  type AccountState,
  compareStates,
  describeDifferences,
  readAccountState,
} from '../support/account-state.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { REMOVE } from '../support/messages/remove.js';
import type { SentRequest } from '../support/requests.js';
import { type FaultName, isChange } from './faults.js';
import { commandLines, type Scenario } from './scenarios.js';
import { AMBIENT_SECRETS } from './secrets.js';

/** A scenario, and what it does without faults. */
export interface Baseline {
  readonly scenario: Scenario;
  readonly targets: readonly Target[];
  readonly end: AccountState;
  /** The end if the scenario's other deployment ran too. */
  readonly endWithOther: AccountState | undefined;
}

/** A request of a baseline: the nth of its kind, since concurrent requests have no order. */
export interface Target extends SentRequest {
  /** From 1. */
  readonly occurrence: number;
  /** Its position among all requests of the baseline, from 1. */
  readonly position: number;
}

/**
 * Runs a scenario twice without faults, and records its requests and the state that it leads to.
 *
 * @throws Error if a run fails, or if the second one changes something
 */
export async function recordBaseline(scenario: Scenario): Promise<Baseline> {
  const environment = await startEnvironment({ like: scenario.start });
  await scenario.prepare?.(environment);
  const targets = toTargets(await runWithoutFaults(environment, commandLines(scenario, environment)));
  const end = readAccountState(environment);
  if (scenario.removesAll === true) await assertNothingLeft(environment, scenario);
  else await runWithoutFaults(environment, commandLines(scenario, environment));
  assertSameState(scenario, readAccountState(environment), end);
  let endWithOther: AccountState | undefined;
  if (scenario.other !== undefined) {
    await runWithoutFaults(environment, [scenario.other]);
    endWithOther = readAccountState(environment);
  }
  await environment.stop();
  return { scenario, targets, end, endWithOther };
}

/** @throws Error unless a second run finds nothing */
async function assertNothingLeft(environment: TestEnvironment, { name, args }: Scenario): Promise<void> {
  const { code, stderr } = await environment.run(args);
  if (code !== 1 || !stderr.includes(REMOVE.notDeployed))
    throw new Error(`a second run of ${name}: ${stderr}`);
}

async function runWithoutFaults(
  environment: TestEnvironment,
  lines: readonly (readonly string[])[],
): Promise<readonly SentRequest[]> {
  const start = environment.requests.length;
  await Promise.all(lines.map((args) => environment.runOrThrow(args, { env: AMBIENT_SECRETS })));
  return environment.requests.slice(start);
}

/** Numbers the requests of a run. */
export function toTargets(requests: readonly SentRequest[]): Target[] {
  const counts = new Map<string, number>();
  return requests.map((request, index) => {
    const key = requestKey(request);
    const occurrence = (counts.get(key) ?? 0) + 1;
    counts.set(key, occurrence);
    return { ...request, occurrence, position: index + 1 };
  });
}

function assertSameState({ name }: Scenario, actual: AccountState, expected: AccountState): void {
  const differences = [
    // Each run of init creates a key.
    ...compareStates(actual, expected, name === 'init' ? 1 : 0),
    ...describeDifferences(actual.webhookSecrets, expected.webhookSecrets),
  ];
  if (differences.length > 0) throw new Error(`a second run of ${name} changes: ${differences.join('\n')}`);
}

/** What requests of one kind have in common. The key of an upload is different in each run. */
export function requestKey({ operation, resource }: SentRequest): string {
  return `${operation} ${resource.replace(/\/functions\/.*/, '/functions/')}`;
}

/** Whether also those cases run for which others stand. */
const IS_FULL = process.env['FULL_MATRIX'] === '1';

/** The requests into which a fault is injected. */
export function selectTargets(fault: FaultName, { targets, scenario }: Baseline): readonly Target[] {
  return targets.filter(
    (target) =>
      (IS_FULL || scenario.isTested?.(target, fault) !== false) &&
      scenario.isException?.(target, fault) !== true &&
      isApplicable(fault, target, targets, scenario),
  );
}

function isApplicable(
  fault: FaultName,
  target: Target,
  targets: readonly Target[],
  { other, isConcurrent }: Scenario,
): boolean {
  switch (fault) {
    // When a process is killed matters only where it changes something.
    case 'killed before processing':
    case 'killed after processing':
      return isChange(target);
    case 'stale read':
      return !isChange(target) && target.service !== 'mattermost' && target.operation !== 'Invoke';
    case '404 after create':
      return targets.slice(0, target.position - 1).some((earlier) => createsTarget(earlier, target));
    case 'deployment of another app':
      // Two deployments have only the policies and their lock in common.
      return other !== undefined && isConcurrent !== true && /-invoke-policy|\/locks\//.test(target.resource);
    default:
      return true;
  }
}

/** Whether a request creates the resource that a later one is about. */
function createsTarget(earlier: SentRequest, { operation, resource }: Target): boolean {
  switch (earlier.operation) {
    case 'CreateUser':
    case 'CreateGroup':
    case 'CreatePolicy':
    case 'CreateRole':
    case 'CreateFunction':
    case 'CreateLogGroup':
      return earlier.resource === resource;
    case 'CreatePolicyVersion':
      return earlier.resource === resource && operation === 'GetPolicyVersion';
    case 'CreateBucket':
      return resource === earlier.resource || resource.startsWith(`${earlier.resource}/`);
    default:
      return false;
  }
}

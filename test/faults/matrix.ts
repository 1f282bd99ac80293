import { setTimeout } from 'node:timers/promises';
import { Semaphore } from '../../src/core/async/concurrency.js';
import { configureServer } from '../support/variables.js';
import { type AccountState, differences, readState } from './account-state.js';
import { readArguments } from './cli-process.js';
import { answerOf, type FaultName, isReading } from './faults.js';
import { type AnyFault, type Lab, type RunResult, type Seen, startLab, type Watcher } from './lab.js';
import type { Scenario } from './scenarios.js';
import { AMBIENT_SECRETS, garble } from './secrets.js';
import { compare, judge, leaksOf, type Target, type Undisturbed } from './verdict.js';

/** So many cases at once: most of them wait for something. */
const CASES_AT_ONCE = new Semaphore(12);
/** No run takes so long that ever ends. */
const HANGING = 40_000;

/** Runs a scenario without a fault, to know its requests and its end. */
export async function observeUndisturbed(scenario: Scenario): Promise<Undisturbed> {
  const lab = await copyOf(scenario);
  const { requests } = await runWell(lab, scenario);
  const counts = new Map<string, number>();
  const targets = requests.map((seen, index) => {
    const occurrence = (counts.get(keyOf(seen)) ?? 0) + 1;
    counts.set(keyOf(seen), occurrence);
    return { ...seen, occurrence, position: index + 1 };
  });
  const end = readState(lab);
  await runWell(lab, scenario);
  const after = readState(lab);
  const changes = compare(after, end, 'again ', scenario.name === 'init' ? 1 : 0);
  changes.push(
    ...differences(after.webhookSecrets, end.webhookSecrets).map((line) => `again secret ${line}`),
  );
  if (changes.length > 0) throw new Error(`${scenario.name} again: ${changes.join('\n')}`);
  let endWithOther: AccountState | undefined;
  if (scenario.other !== undefined) {
    await runWell(lab, { ...scenario, args: scenario.other, isConcurrent: false });
    endWithOther = readState(lab);
  }
  await lab.stop();
  return { scenario, targets, end, endWithOther };
}

async function runWell(lab: Lab, scenario: Scenario): Promise<RunResult> {
  const result = await lab.run(scenario.args, { env: environment(scenario), alongside: alongside(scenario) });
  for (const { code, stderr } of [result, result.other ?? result]) {
    if (code !== 0) throw new Error(`${scenario.name} ended with ${code}: ${stderr}`);
  }
  return result;
}

function alongside({ isConcurrent, other }: Scenario): readonly string[] | undefined {
  return isConcurrent === true ? other : undefined;
}

/** The requests that can meet a fault. */
export function targetsOf(fault: FaultName, { targets, scenario }: Undisturbed): readonly Target[] {
  return targets.filter(
    (target) => scenario.isTested?.(target, fault) !== false && canMeet(fault, target, targets, scenario),
  );
}

function canMeet(
  fault: FaultName,
  target: Target,
  targets: readonly Target[],
  { other, isConcurrent }: Scenario,
): boolean {
  switch (fault) {
    // Only a request that changes something is worth dying at.
    case 'death before it acted':
    case 'death after it acted':
      return !isReading(target);
    case 'old read':
      return isReading(target) && target.service !== 'mattermost' && target.operation !== 'Invoke';
    case '404 after create':
      return targets.slice(0, target.position - 1).some((earlier) => creates(earlier, target));
    case 'another deployment meanwhile':
      // Two deployments share the policies and their lock, and nothing else.
      return other !== undefined && isConcurrent !== true && /-invoke-policy|\/locks\//.test(target.resource);
    default:
      return true;
  }
}

/** Whether a request creates what another one is about. */
function creates(earlier: Seen, { operation, resource }: Seen): boolean {
  switch (earlier.operation) {
    case 'CreateUser':
    case 'CreateGroup':
    case 'CreatePolicy':
    case 'CreateRole':
    case 'CreateFunction':
      return earlier.resource === resource;
    case 'CreatePolicyVersion':
      return earlier.resource === resource && operation === 'GetPolicyVersion';
    case 'CreateBucket':
      return resource === earlier.resource || resource.startsWith(`${earlier.resource}/`);
    default:
      return false;
  }
}

/** Lets each request of a scenario meet a fault, in runs of their own. Answers what went wrong, a line each. */
export async function runCases(fault: FaultName, undisturbed: Undisturbed): Promise<string[]> {
  const { scenario } = undisturbed;
  return inParallel(targetsOf(fault, undisturbed), CASES_AT_ONCE, async (target) => {
    const problems = await runCase(fault, target, undisturbed);
    return problems.map((problem) => `${nameOf(scenario, target)} meets ${fault}: ${problem}`);
  });
}

export function nameOf(scenario: Scenario, target: Target): string {
  const { operation, resource, position } = target;
  return `${scenario.name} #${position} ${operation} ${resource}`;
}

/** Works on items, only so many at once in all; answers all lines. */
export async function inParallel<Item>(
  items: readonly Item[],
  atOnce: Semaphore,
  work: (item: Item) => Promise<string[]>,
): Promise<string[]> {
  return (await Promise.all(items.map((item) => atOnce.run(1, () => work(item))))).flat();
}

/** A lab that begins where the scenario does. */
export async function copyOf({ start, variables }: Scenario): Promise<Lab> {
  const lab = await startLab(start);
  configureServer(lab.aws, lab.mattermost, variables);
  return lab;
}

export function environment({ variables }: Scenario): Record<string, string> {
  return { ...AMBIENT_SECRETS, ...variables };
}

async function runCase(fault: FaultName, target: Target, undisturbed: Undisturbed): Promise<string[]> {
  const { scenario, end, endWithOther } = undisturbed;
  const lab = await copyOf(scenario);
  try {
    const interruption = new AbortController();
    const { watcher, hasMet } = meeting(fault, target, interruption);
    let processArguments = '';
    let meanwhile: RunResult | undefined;
    const running = lab.run(scenario.args, {
      env: environment(scenario),
      watcher: async (seen) => {
        const before = hasMet();
        const answer = watcher(seen);
        if (before || !hasMet()) return answer;
        processArguments = await readArguments(process.pid);
        if (fault === 'another deployment meanwhile' && scenario.other !== undefined)
          meanwhile = await lab.runMeanwhile(scenario.other, { env: environment(scenario) });
        return answer;
      },
      signal: interruption.signal,
      alongside: alongside(scenario),
      ...(fault === 'black hole' && { timeouts: { connect: 1_000, idle: scenario.idle } }),
    });
    const first = await Promise.race([running, setTimeout(HANGING, undefined, { ref: false })]);
    if (first === undefined) return [`it is still not over after ${HANGING / 1000} s`];
    if (meanwhile !== undefined && meanwhile.code !== 0)
      return [`the other deployment ends with ${meanwhile.code}: ${meanwhile.stderr}`];
    // Two that run at the same time do not always send the same requests.
    if (!hasMet() && scenario.isConcurrent !== true) return [`it did not come: ${first.stderr}`];
    if (!hasMet()) return compare(readState(lab), end, 'afterwards ');
    if (fault.startsWith('death')) return await runAgain(lab, fault, target, undisturbed, first);
    const problems = [
      ...judge(fault, target, undisturbed, first),
      ...leaksOf(lab, scenario, first, { processArguments }),
    ];
    // A stand-in for AWS that refuses us once is taken to have shut us out; the second run knows better.
    const isMistaken = target.operation === 'HeadObject' && fault === 'access denied';
    if (first.code === 0 && (first.other?.code ?? 0) === 0 && !isMistaken) {
      // Where all is as after a run that nothing disturbed, a second run is that of any such run, and tried once.
      const expected = meanwhile === undefined ? end : (endWithOther ?? end);
      return [...problems, ...compare(readState(lab), expected, 'afterwards ')];
    }
    return [...problems, ...(await runAgain(lab, fault, target, undisturbed, first))];
  } finally {
    await lab.stop();
  }
}

/** Runs the same command again, with nothing in its way: what stands then must be what stands after one good run. */
export async function runAgain(
  lab: Lab,
  fault: FaultName,
  target: Target,
  { scenario, end }: Undisturbed,
  first: RunResult,
): Promise<string[]> {
  const problems = leaksOf(lab, scenario, first);
  for (const line of [scenario.args, alongside(scenario) ?? []].filter(({ length }) => length > 0)) {
    const second = await lab.run(line, { env: environment(scenario) });
    problems.push(...leaksOf(lab, scenario, second));
    if (second.code !== 0) problems.push(`again: exit ${second.code}: ${second.stderr}`);
  }
  const state = readState(lab);
  // Each run of init makes a key. One that was made just before the end of the process is nobody's: its secret has
  // never been anywhere else, and it cannot be told from a key in use.
  const orphan = fault === 'death after it acted' && target.operation === 'CreateAccessKey';
  const isGood = first.code === 0 && !fault.startsWith('death');
  const more = scenario.name === 'init' ? Number(isGood) + Number(orphan) : 0;
  problems.push(...compare(state, end, 'after the second run ', more));
  return problems;
}

/** Lets a request meet a fault, once. */
export function meeting(
  fault: FaultName,
  target: Target,
  interruption: AbortController,
): { watcher: Watcher; hasMet: () => boolean } {
  let count = 0;
  let met = false;
  const watcher = (seen: Seen): AnyFault | undefined => {
    const isNext = !met && keyOf(seen) === keyOf(target) && ++count === target.occurrence;
    if (!isNext) return met && fault.startsWith('death') ? nothingMore(seen) : undefined;
    met = true;
    if (fault === 'SIGINT') interruption.abort();
    if (fault === 'death before it acted') return nothingMore(seen);
    if (fault === 'death after it acted') return { kind: 'resetAfter' };
    return answerOf(fault, seen, garble);
  };
  return { watcher, hasMet: () => met };
}

/** Of what a process that is dead has not sent, nothing happens. */
function nothingMore(seen: Seen): AnyFault | undefined {
  return answerOf('access denied', seen, garble);
}

/** Uploads have a key of their own in each run. */
function keyOf({ operation, resource }: Seen): string {
  return `${operation} ${resource.replace(/\/functions\/.*/, '/functions/')}`;
}

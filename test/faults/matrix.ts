import { setTimeout } from 'node:timers/promises';
import { Budget } from '../../src/core/parallel.js';
import { configureServer } from '../support/variables.js';
import { differences, readState } from './account-state.js';
import { readArguments } from './cli-process.js';
import { answerOf, type FaultName, isReading } from './faults.js';
import { type AnyFault, type Lab, type RunResult, type Seen, startLab, type Watcher } from './lab.js';
import type { Scenario } from './scenarios.js';
import { AMBIENT_SECRETS, garble } from './secrets.js';
import { compare, judge, leaksOf, type Target, type Undisturbed } from './verdict.js';

/** So many cases at once: most of them wait for something. */
const CASES_AT_ONCE = new Budget(12);
const MINUTES = 40 * 60_000;
/** No run takes so long that ever ends. */
const HANGING = 40_000;

/** Runs a scenario without a fault, to know its requests and its end. */
export async function observeUndisturbed(scenario: Scenario): Promise<Undisturbed> {
  const lab = await copyOf(scenario);
  const { code, stderr, requests } = await lab.run(scenario.args, { env: environment(scenario) });
  if (code !== 0) throw new Error(`${scenario.name} ended with ${code}: ${stderr}`);
  const counts = new Map<string, number>();
  const targets = requests.map((seen, index) => {
    const occurrence = (counts.get(keyOf(seen)) ?? 0) + 1;
    counts.set(keyOf(seen), occurrence);
    return { ...seen, occurrence, position: index + 1 };
  });
  const end = readState(lab);
  const again = await lab.run(scenario.args, { env: environment(scenario) });
  const after = readState(lab);
  const changes = compare(after, end, 'again ', scenario.name === 'init' ? 1 : 0);
  changes.push(
    ...differences(after.webhookSecrets, end.webhookSecrets).map((line) => `again secret ${line}`),
  );
  if (again.code !== 0 || changes.length > 0)
    throw new Error(`${scenario.name} again: exit ${again.code}: ${changes.join('\n')} ${again.stderr}`);
  await lab.stop();
  return { scenario, targets, end };
}

/** The requests that can meet a fault: only one that changes something is worth dying at. */
export function targetsOf(fault: FaultName, { targets }: Undisturbed): readonly Target[] {
  return fault.startsWith('death') ? targets.filter((target) => !isReading(target)) : targets;
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
  atOnce: Budget,
  work: (item: Item) => Promise<string[]>,
): Promise<string[]> {
  return (await Promise.all(items.map((item) => atOnce.use(1, () => work(item))))).flat();
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
  const { scenario } = undisturbed;
  const lab = await copyOf(scenario);
  try {
    const interruption = new AbortController();
    const { watcher, hasMet } = meeting(fault, target, interruption);
    let processArguments = '';
    const running = lab.run(scenario.args, {
      env: environment(scenario),
      watcher: async (seen) => {
        const before = hasMet();
        const answer = watcher(seen);
        if (hasMet() && !before) processArguments = await readArguments(process.pid);
        return answer;
      },
      signal: interruption.signal,
      ...(fault === 'black hole' && { timeouts: { connect: 1_000, idle: scenario.idle } }),
    });
    const first = await Promise.race([running, setTimeout(HANGING, undefined, { ref: false })]);
    if (first === undefined) return [`it is still not over after ${HANGING / 1000} s`];
    if (!hasMet()) return [`it did not come: ${first.stderr}`];
    if (fault.startsWith('death')) return await runAgain(lab, fault, target, undisturbed, first);
    const problems = [
      ...judge(fault, target, undisturbed, first),
      ...leaksOf(lab, scenario, first, { processArguments }),
    ];
    // A stand-in for AWS that refuses us once is taken to have shut us out; the second run knows better.
    const isMistaken = target.operation === 'HeadObject' && fault === 'access denied';
    if (first.code === 0 && !isMistaken) {
      // Where all is as after a run that nothing disturbed, a second run is that of any such run, and tried once.
      return [...problems, ...compare(readState(lab), undisturbed.end, 'afterwards ')];
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
  // By its time alone, a lock that was left behind counts as another deployment's for half an hour.
  await lab.wait(MINUTES);
  const second = await lab.run(scenario.args, { env: environment(scenario) });
  const problems = [...leaksOf(lab, scenario, first), ...leaksOf(lab, scenario, second)];
  if (second.code !== 0) problems.push(`again: exit ${second.code}: ${second.stderr}`);
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

function keyOf({ operation, resource }: Seen): string {
  return `${operation} ${resource}`;
}

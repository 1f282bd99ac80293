import { type AccountState, differences } from './account-state.js';
import { exitCodes, type FaultName, isReading, messageFor } from './faults.js';
import type { Lab, RunResult, Seen } from './lab.js';
import type { Scenario } from './scenarios.js';
import { AMBIENT_SECRETS, ENVIRONMENT_SECRETS, leaks } from './secrets.js';

/** A request of a run: the nth one of its kind, since what happens at the same time has no order. */
export interface Target extends Seen {
  /** From 1. */
  readonly occurrence: number;
  /** Its place in the undisturbed run, from 1. */
  readonly position: number;
}

/** A scenario as it goes when nothing disturbs it. */
export interface Undisturbed {
  readonly scenario: Scenario;
  readonly targets: readonly Target[];
  readonly end: AccountState;
  /** The end if the scenario's other deployment runs too. */
  readonly endWithOther: AccountState | undefined;
}

/** The differences between the ends of two runs, a line each. */
export function compare(is: AccountState, shouldBe: AccountState, when: string, moreKeys = 0): string[] {
  const keys = (state: AccountState, more: number): Record<string, string> =>
    Object.fromEntries(
      Object.entries(state.accessKeys).map(([user, count]) => [
        `the number of keys of ${user}`,
        `${count + more}`,
      ]),
    );
  return [
    ...differences(is.things, shouldBe.things),
    ...differences(keys(is, 0), keys(shouldBe, moreKeys)),
  ].map((difference) => when + difference);
}

/** Judges how a run ended whose one request met a fault. */
export function judge(
  fault: FaultName,
  target: Target,
  undisturbed: Undisturbed,
  result: RunResult,
): string[] {
  const { other } = result;
  const codes = exitCodes(fault, target, undisturbed.scenario.name);
  if (other === undefined) {
    const isStopped = fault === 'SIGINT' && mustStop(target, undisturbed);
    const problems = judgeEnd(fault, target, result, isStopped ? [130] : codes);
    const { targets } = undisturbed;
    const isEarly = fault === 'SIGINT' && !targets.slice(0, target.position).some(isChange);
    if (isEarly && result.requests.some(isChange)) problems.push('begins to change something all the same');
    return problems;
  }
  // A signal reaches both; any other fault only one of them.
  if (fault === 'SIGINT') return [result, other].flatMap((each) => judgeEnd(fault, target, each, codes));
  const [met, unmet] = result.code === 0 ? [other, result] : [result, other];
  return [...judgeEnd(fault, target, met, codes), ...judgeEnd(fault, target, unmet, [0])];
}

function isChange(seen: Seen): boolean {
  return !isReading(seen);
}

/** Whether so much is still to be changed after a request that an interruption there ends the run. */
function mustStop({ position }: Target, { targets }: Undisturbed): boolean {
  // At the end of a deployment the lock is released and the app installed, at the same time as what comes before.
  const overlapping = targets.some(({ service }) => service === 'mattermost') ? 2 : 0;
  return targets.slice(position).filter(isChange).length > overlapping;
}

function judgeEnd(
  fault: FaultName,
  target: Target,
  { code, stdout, stderr }: RunResult,
  codes: readonly number[],
): string[] {
  const problems: string[] = [];
  const lines = stderr.split('\n');
  const errors = lines.filter((line) => line.startsWith('error: '));
  if (!codes.includes(code ?? -1)) problems.push(`exit ${code}, expected ${codes.join(' or ')}: ${stderr}`);
  if (lines.some((line) => /^\s+at |appsctl itself failed/.test(line)))
    problems.push(`a stack trace: ${stderr}`);
  if (errors.length !== (code === 0 ? 0 : 1))
    problems.push(`exit ${code} with ${errors.length} errors: ${stderr}`);
  if (code !== 0 && stdout !== '') problems.push(`exit ${code} with output: ${stdout}`);
  const message = code === 130 ? /^error: interrupted/ : messageFor(fault, target);
  const [error] = errors;
  if (error !== undefined && !message.test(error)) problems.push(`does not say ${message}: ${error}`);
  return problems;
}

/** Looks for secrets in what a run has written, and in further texts. Only init may tell one, on standard output. */
export function leaksOf(
  lab: Lab,
  { name, variables }: Scenario,
  { stdout, stderr, other }: RunResult,
  texts: Readonly<Record<string, string>> = {},
): string[] {
  const { MM_APPS_DEPLOY_AWS_ACCESS_KEY, MM_APPS_DEPLOY_AWS_SECRET_KEY, MM_ADMIN_TOKEN } = lab.env;
  const secrets: Record<string, string> = {
    ...{ ...ENVIRONMENT_SECRETS, ...AMBIENT_SECRETS },
    ...{ MM_APPS_DEPLOY_AWS_ACCESS_KEY, MM_APPS_DEPLOY_AWS_SECRET_KEY, MM_ADMIN_TOKEN },
    ...(variables['MM_APPS_AWS_SECRET_KEY'] && { invoke: variables['MM_APPS_AWS_SECRET_KEY'] }),
  };
  for (const [id, { webhookSecret, oauthApp }] of lab.mattermost.installed) {
    if (webhookSecret !== undefined) secrets[`webhook secret of ${id}`] = webhookSecret;
    if (oauthApp !== undefined) secrets[`client secret of ${id}`] = oauthApp.client_secret;
  }
  const fresh = /SECRET_KEY='(.*)'/.exec(stdout)?.[1];
  const all = { ...secrets, ...(fresh && { fresh }) };
  const errors = { stderr: stderr + (other?.stderr ?? ''), ...texts };
  return [
    ...leaks(name === 'init' ? secrets : all, { stdout: stdout + (other?.stdout ?? '') }),
    ...leaks(all, errors),
  ];
}

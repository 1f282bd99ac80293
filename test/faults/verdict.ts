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
  { targets }: Undisturbed,
  { code, stdout, stderr, requests }: RunResult,
): string[] {
  const problems: string[] = [];
  const isChange = (seen: Seen): boolean => !isReading(seen);
  let codes = exitCodes(fault, target);
  if (fault === 'SIGINT') {
    const later = targets.slice(target.position).filter(isChange);
    // At the end of a deployment the lock is released and the app installed, at the same time as what comes before.
    const overlapping = targets.some(({ service }) => service === 'mattermost') ? 2 : 0;
    if (later.length > overlapping) codes = [130];
    if (!targets.slice(0, target.position).some(isChange) && requests.some(isChange))
      problems.push('begins to change something all the same');
  }
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
  { stdout, stderr }: RunResult,
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
  return [...leaks(name === 'init' ? secrets : all, { stdout }), ...leaks(all, { stderr, ...texts })];
}

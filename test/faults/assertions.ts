import type { CliResult } from '../support/cli.js';
import type { RunResult, TestEnvironment } from '../support/environment.js';
import { INTERRUPTION } from '../support/messages/deploy.js';
import { USAGE } from '../support/messages/usage.js';
import type { Baseline, Target } from './baseline.js';
import { expectedExitCodes, expectedMessage, type FaultName, isChange } from './faults.js';
import type { Scenario } from './scenarios.js';
import { AMBIENT_SECRETS, ENVIRONMENT_SECRETS, findSecrets } from './secrets.js';

/** How a scenario ended. */
export interface CaseResult extends RunResult {
  /** How its concurrent command line ended. */
  readonly other?: CliResult;
}

/** Checks exit code, output and error message of a run in which a fault was injected into one request. */
export function checkRun(fault: FaultName, target: Target, baseline: Baseline, result: CaseResult): string[] {
  const { other } = result;
  const codes = expectedExitCodes(fault, target, baseline.scenario.name);
  if (other === undefined) {
    const isInterrupted = fault === 'SIGINT' && mustBeInterrupted(target, baseline);
    const problems = checkEnd(fault, target, result, isInterrupted ? [130] : codes);
    const isBeforeChanges = !baseline.targets.slice(0, target.position).some(isChange);
    if (fault === 'SIGINT' && isBeforeChanges && result.requests.some(isChange))
      problems.push('changes something after the signal');
    return problems;
  }
  // A signal reaches both command lines; any other fault only one of them.
  if (fault === 'SIGINT') return [result, other].flatMap((each) => checkEnd(fault, target, each, codes));
  const [affected, unaffected] = result.code === 0 ? [other, result] : [result, other];
  return [...checkEnd(fault, target, affected, codes), ...checkEnd(fault, target, unaffected, [0])];
}

/** Whether enough changes follow a request that a signal during it must end the run. */
function mustBeInterrupted({ position }: Target, { targets }: Baseline): boolean {
  // At the end of a deployment the lock is released and the app is installed, concurrently with earlier steps.
  const overlapping = targets.some(({ service }) => service === 'mattermost') ? 2 : 0;
  return targets.slice(position).filter(isChange).length > overlapping;
}

function checkEnd(
  fault: FaultName,
  target: Target,
  { code, stdout, stderr }: CliResult,
  codes: readonly number[],
): string[] {
  const problems: string[] = [];
  const lines = stderr.split('\n');
  const errors = lines.filter((line) => line.startsWith('error: '));
  if (!codes.includes(code ?? -1)) problems.push(`exit ${code}, expected ${codes.join(' or ')}: ${stderr}`);
  if (lines.some((line) => /^\s+at /.test(line) || line.includes(USAGE.internal(''))))
    problems.push(`a stack trace: ${stderr}`);
  if (errors.length !== (code === 0 ? 0 : 1))
    problems.push(`exit ${code} with ${errors.length} errors: ${stderr}`);
  if (code !== 0 && stdout !== '') problems.push(`exit ${code} with output: ${stdout}`);
  const message = code === 130 ? new RegExp(`^error: ${INTERRUPTION.begin}`) : expectedMessage(fault, target);
  const [error] = errors;
  if (error !== undefined && !message.test(error)) problems.push(`does not match ${message}: ${error}`);
  return problems;
}

/** Finds secrets in the output of a run and in other texts. Only `init` may print one: the new key, to standard output. */
export function checkSecrets(
  { env, mattermost, aws }: TestEnvironment,
  { name }: Scenario,
  { stdout, stderr, other }: CaseResult,
  texts: Readonly<Record<string, string>> = {},
): string[] {
  const secrets: Record<string, string> = { ...ENVIRONMENT_SECRETS, ...AMBIENT_SECRETS };
  for (const variable of [
    'MM_APPS_DEPLOY_AWS_ACCESS_KEY',
    'MM_APPS_DEPLOY_AWS_SECRET_KEY',
    'MM_ADMIN_TOKEN',
    'MM_APPS_AWS_SECRET_KEY',
  ]) {
    const value = env[variable];
    if (value !== undefined) secrets[variable] = value;
  }
  for (const [id, { webhookSecret, oauthApp }] of mattermost.installed) {
    if (webhookSecret !== undefined) secrets[`webhook secret of ${id}`] = webhookSecret;
    if (oauthApp !== undefined) secrets[`client secret of ${id}`] = oauthApp.client_secret;
  }
  const newKey = /SECRET_KEY='(.*)'/.exec(stdout)?.[1];
  const all: Record<string, string> = { ...secrets, ...(newKey && { 'new key': newKey }) };
  for (const { accessKeys } of aws.stored.users.values())
    for (const { id, secret } of accessKeys) all[`secret of ${id}`] = secret;
  return [
    ...findSecrets(name === 'init' ? secrets : all, { stdout: stdout + (other?.stdout ?? '') }),
    ...findSecrets(all, { stderr: stderr + (other?.stderr ?? ''), ...texts }),
  ];
}

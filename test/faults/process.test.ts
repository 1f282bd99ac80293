import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Semaphore } from '../../src/core/async/concurrency.js';
import { CliProcess } from '../support/cli-process.js';
import { startEnvironment, type TestEnvironment } from '../support/environment.js';
import { INTERRUPTION } from '../support/messages/deploy.js';
import { createHomeFolder, type TempFolder } from '../support/temp-folder.js';
import { checkRun, checkSecrets } from './assertions.js';
import { type Baseline, recordBaseline, type Target } from './baseline.js';
import { type FaultName, isChange } from './faults.js';
import { collectProblems, describeCase, injectOnce, runAgain } from './run-matrix.js';
import { deployScenario, initScenario } from './scenarios.js';
import { AMBIENT_SECRETS } from './secrets.js';

/** Each process takes a core. */
const CONCURRENT_PROCESSES = new Semaphore(3);
const SIGNALS = ['killed before processing', 'killed after processing', 'SIGINT'] as const;

describe('a signal to the process at each request that changes something', { timeout: 180_000 }, () => {
  let folder: TempFolder;
  let baselines: Baseline[] = [];

  beforeAll(async () => {
    folder = await createHomeFolder();
    baselines = await Promise.all([
      recordBaseline(await initScenario()),
      recordBaseline(await deployScenario(folder.path)),
    ]);
    const changes = baselines.flatMap(({ targets }) => targets.filter(isChange));
    process.stderr.write(`fault matrix: processes: ${changes.length * SIGNALS.length} cases\n`);
  });
  afterAll(async () => {
    for (const { scenario } of baselines) await scenario.start.stop();
    await folder.remove();
  });

  test.each(SIGNALS)('%s', async (fault) => {
    const cases = baselines.flatMap((baseline) =>
      baseline.targets.filter(isChange).map((target) => ({ baseline, target })),
    );
    const problems = await collectProblems(cases, CONCURRENT_PROCESSES, async ({ baseline, target }) => {
      const environment = await startEnvironment({ like: baseline.scenario.start });
      const lines = await runCase(environment, fault, target, baseline).finally(() => environment.stop());
      return lines.map((line) => `${describeCase(fault, target, baseline)}: ${line}`);
    });
    expect(problems).toEqual([]);
  });

  async function runCase(
    environment: TestEnvironment,
    fault: FaultName,
    target: Target,
    baseline: Baseline,
  ): Promise<string[]> {
    const { scenario } = baseline;
    const injection = injectOnce(fault, target, new AbortController());
    let args = '';
    const stopIntercepting = environment.intercept(async (request) => {
      const wasInjected = injection.isInjected();
      const response = injection.interceptor(request);
      if (wasInjected || !injection.isInjected()) return response;
      args = await cli.readArguments();
      cli.signal(fault === 'SIGINT' ? 'SIGINT' : 'SIGKILL');
      // The process receives the signal before the response.
      if (fault === 'SIGINT') await cli.waitForError(INTERRUPTION.stopping);
      else await cli.waitForEnd();
      return response;
    });
    const env = { ...environment.env, ...AMBIENT_SECRETS };
    const cli = await CliProcess.start(scenario.args, env, folder.path);
    const code = await cli.waitForEnd();
    stopIntercepting();
    if (!injection.isInjected()) return [`the request was not sent: ${cli.stderr}`];
    const result = { code, stdout: cli.stdout, stderr: cli.stderr, requests: [...environment.requests] };
    const problems = checkSecrets(environment, scenario, result, { args, files: await cli.readFiles() });
    if (fault === 'SIGINT') problems.push(...checkRun(fault, target, baseline, result));
    else if (code !== null) problems.push(`exit ${code}`);
    return [...problems, ...(await runAgain(environment, fault, target, baseline, result))];
  }
});

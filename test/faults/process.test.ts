import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Semaphore } from '../../src/core/async/concurrency.js';
import { CliProcess } from './cli-process.js';
import { type FaultName, isReading } from './faults.js';
import { type Lab, startFolder, type Watcher } from './lab.js';
import {
  copyOf,
  environment,
  inParallel,
  meeting,
  nameOf,
  observeUndisturbed,
  runAgain,
  targetsOf,
} from './matrix.js';
import { deployScenario, initScenario } from './scenarios.js';
import { judge, leaksOf, type Target, type Undisturbed } from './verdict.js';

/** Processes take a core each. */
const PROCESSES_AT_ONCE = new Semaphore(3);
const SIGNALS = ['death before it acted', 'death after it acted', 'SIGINT'] as const;

describe('the command line as a process is killed at each request that changes something', {
  timeout: 180_000,
}, () => {
  let folder: Awaited<ReturnType<typeof startFolder>>;
  let all: Undisturbed[] = [];

  beforeAll(async () => {
    folder = await startFolder();
    all = await Promise.all([
      observeUndisturbed(await initScenario()),
      observeUndisturbed(await deployScenario(folder.path)),
    ]);
    const changes = all.flatMap(({ targets }) => targets.filter((target) => !isReading(target)));
    process.stderr.write(`fault matrix: processes: ${changes.length * SIGNALS.length} cases\n`);
  });
  afterAll(async () => {
    for (const { scenario } of all) await scenario.start.stop();
    await folder.remove();
  });

  test.each(SIGNALS)('%s', async (fault) => {
    const cases = all.flatMap((undisturbed) =>
      targetsOf('death before it acted', undisturbed).map((target) => ({ undisturbed, target })),
    );
    const problems = await inParallel(cases, PROCESSES_AT_ONCE, async ({ undisturbed, target }) => {
      const lab = await copyOf(undisturbed.scenario);
      const lines = await runCase(lab, fault, target, undisturbed).finally(() => lab.stop());
      return lines.map((line) => `${nameOf(undisturbed.scenario, target)} meets ${fault}: ${line}`);
    });
    expect(problems).toEqual([]);
  });

  async function runCase(
    lab: Lab,
    fault: FaultName,
    target: Target,
    undisturbed: Undisturbed,
  ): Promise<string[]> {
    const { scenario } = undisturbed;
    const interruption = new AbortController();
    const { watcher, hasMet } = meeting(fault, target, interruption);
    let args = '';
    const killing: Watcher = async (seen) => {
      const before = hasMet();
      const answer = await watcher(seen);
      if (before || !hasMet()) return answer;
      args = await cli.readArguments();
      cli.signal(fault === 'SIGINT' ? 'SIGINT' : 'SIGKILL');
      // The signal reaches the process before the answer does.
      if (fault === 'SIGINT') await cli.said('stopping at the next safe point');
      else await cli.end();
      return answer;
    };
    const requests = lab.watch(killing);
    const cli = await CliProcess.start(scenario.args, { ...lab.env, ...environment(scenario) }, folder.path);
    const code = await cli.end();
    if (!hasMet()) return [`it did not come: ${cli.stderr}`];
    const result = { code, stdout: cli.stdout, stderr: cli.stderr, requests: [...requests] };
    const problems = leaksOf(lab, scenario, result, { args, files: await cli.readFiles() });
    if (fault === 'SIGINT') problems.push(...judge(fault, target, undisturbed, result));
    else if (code !== null) problems.push(`exit ${code}`);
    return [...problems, ...(await runAgain(lab, fault, target, undisturbed, result))];
  }
});

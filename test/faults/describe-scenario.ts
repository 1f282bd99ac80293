import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAULTS } from './faults.js';
import { startFolder } from './lab.js';
import { observeUndisturbed, runCases, targetsOf } from './matrix.js';
import type { Scenario } from './scenarios.js';
import type { Undisturbed } from './verdict.js';

/** Generous: a machine under load takes its time. */
const TIMEOUT = 180_000;

/** Declares the tests of a scenario, or of several that begin alike: one for each fault, over all requests. */
export function describeScenario(name: string, scenariosIn: (folder: string) => Promise<Scenario[]>): void {
  describe(`${name}: each request meets each fault once`, { timeout: TIMEOUT }, () => {
    let folder: Awaited<ReturnType<typeof startFolder>>;
    let all: Undisturbed[] = [];
    let files: string[] = [];
    const readFiles = async (): Promise<string[]> => [
      ...(await readdir(folder.path, { recursive: true })),
      ...(await readdir('.')),
    ];

    beforeAll(async () => {
      folder = await startFolder();
      all = await Promise.all((await scenariosIn(folder.path)).map(observeUndisturbed));
      files = await readFiles();
      const cases = FAULTS.flatMap((fault) => all.map((undisturbed) => targetsOf(fault, undisturbed).length));
      const requests = all.reduce((sum, { targets }) => sum + targets.length, 0);
      const count = cases.reduce((sum, number) => sum + number, 0);
      process.stderr.write(`fault matrix: ${name}: ${requests} requests, ${count} cases\n`);
    });
    afterAll(async () => {
      await all[0]?.scenario.start.stop();
      await folder.remove();
    });

    test.concurrent.each(FAULTS)('%s', async (fault) => {
      const problems = await Promise.all(all.map((undisturbed) => runCases(fault, undisturbed)));
      expect(problems.flat()).toEqual([]);
    });

    test('no run has written a file, secret or not', async () => {
      expect(await readFiles()).toEqual(files);
    });
  });
}

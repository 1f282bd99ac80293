import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHomeFolder, type TempFolder } from '../support/temp-folder.js';
import { type Baseline, recordBaseline, selectTargets } from './baseline.js';
import { FAULTS } from './faults.js';
import { runCases } from './run-matrix.js';
import { isEnvFile, type Scenario } from './scenarios.js';

/** Generous, for a machine under load. */
const TEST_TIMEOUT_MS = 180_000;

/**
 * Declares the tests of one or more scenarios: one for each fault, which injects it into each request in turn.
 *
 * @param createScenarios creates the scenarios, with their bundles in the folder
 */
export function describeScenario(
  name: string,
  createScenarios: (folder: string) => Promise<Scenario[]>,
): void {
  describe(`${name}: each fault, once in each request`, { timeout: TEST_TIMEOUT_MS }, () => {
    let folder: TempFolder;
    let baselines: Baseline[] = [];
    let files: string[] = [];
    const readFiles = async (): Promise<string[]> => {
      const found = [...(await readdir(folder.path, { recursive: true })), ...(await readdir('.'))];
      return found.filter((file) => !isEnvFile(file));
    };

    beforeAll(async () => {
      folder = await createHomeFolder();
      baselines = await Promise.all((await createScenarios(folder.path)).map(recordBaseline));
      files = await readFiles();
      const requests = baselines.reduce((sum, { targets }) => sum + targets.length, 0);
      const cases = FAULTS.flatMap((fault) => baselines.flatMap((item) => selectTargets(fault, item)));
      process.stderr.write(`fault matrix: ${name}: ${requests} requests, ${cases.length} cases\n`);
    });
    afterAll(async () => {
      for (const start of new Set(baselines.map(({ scenario }) => scenario.start))) await start.stop();
      await folder.remove();
    });

    test.concurrent.each(FAULTS)('%s', async (fault) => {
      const problems = await Promise.all(baselines.map((baseline) => runCases(fault, baseline)));
      expect(problems.flat()).toEqual([]);
    });

    test('no run has written a file that it was not told to write', async () => {
      expect(await readFiles()).toEqual(files);
    });
  });
}

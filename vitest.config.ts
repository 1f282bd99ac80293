import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take five to thirty seconds, although most of them are short. */
const LONG =
  /\/test\/(?:faults\/.*|end-to-end\/(?:many-deployments|permissions|readme)|unit\/(?:zip\/bit-flips|bundle\/content-limits))\.test\.ts$/;

/**
 * Starts long files first, so that no worker is left with one at the end. vitest knows their durations only after a run, and
 * starts the largest files first until then.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    // Most tests wait for a server or a process: two workers use the machine better than one.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // Loading the AWS SDK takes a second: once per worker instead of once per file.
    isolate: false,
    // Almost everything that tests allocate is short-lived: less frequent garbage collection saves 5 % of the time.
    execArgv: ['--max-semi-space-size=64'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

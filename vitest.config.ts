import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    // Most tests wait for a server or a process of their own: two at once use the machine better than one.
    maxWorkers: 2,
    // The AWS SDK takes a second to load: once in each worker, not in each file.
    isolate: false,
    // Nearly all that tests allocate is garbage at once: to collect it less often takes 5 % less time.
    execArgv: ['--max-semi-space-size=64'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    // Most tests wait for a server or a process: two workers use the machine better than one.
    maxWorkers: 2,
    // Loading the AWS SDK takes a second: once per worker instead of once per file.
    isolate: false,
    // Almost everything that tests allocate is short-lived: less frequent garbage collection saves 5 % of the time.
    execArgv: ['--max-semi-space-size=64'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

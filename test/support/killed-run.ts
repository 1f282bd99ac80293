import type { RunResult, TestEnvironment } from './environment.js';
import { findChanges, isRead } from './requests.js';

/** What a process would request after it was killed does not happen. */
const REFUSED = { kind: 'error', status: 403, code: 'AccessDenied', message: 'killed' } as const;

/**
 * Runs a command line that is killed after half of its changes, and runs it again. How many changes it makes is found out
 * in a copy of the environment.
 *
 * @returns the second run
 * @throws Error if that fails, or if the first one does not
 */
export async function runKilledOnce(
  environment: TestEnvironment,
  start: (like: TestEnvironment) => Promise<TestEnvironment>,
  args: readonly string[],
): Promise<RunResult> {
  const copy = await start(environment);
  const changes = findChanges((await copy.runOrThrow(args)).requests).length;
  await copy.stop();
  if (changes < 2) throw new Error(`appsctl ${args.join(' ')} makes ${changes} changes`);
  let count = 0;
  const isKilled = (): boolean => count >= Math.ceil(changes / 2);
  const stopIntercepting = environment.intercept((request) => {
    if (isKilled()) return REFUSED;
    if (!isRead(request)) count++;
    return isKilled() ? { kind: 'resetAfter' } : undefined;
  });
  const killed = await environment.run(args);
  stopIntercepting();
  if (killed.code === 0) throw new Error(`appsctl ${args.join(' ')} was not killed`);
  return environment.runOrThrow(args);
}

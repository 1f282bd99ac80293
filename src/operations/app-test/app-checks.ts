import { callPayload } from '../../core/app-call/call-request.js';
import { type Check, check, failed, passed, type Subject, skipped } from '../../core/app-test/check.js';
import { throwIfAborted } from '../../core/async/clock.js';
import { mapConcurrent } from '../../core/async/concurrency.js';
import { assetKey, lambdaFunctionName } from '../../core/aws/resource-names.js';
import { AppsctlError, type ErrorCode } from '../../core/diagnostics/error.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import { readAnswer } from '../invoke/invoke-app.js';
import type { AppTest } from './ports.js';

/** The path that the server calls when it installs an app. */
const PING = '/ping';
/** How many functions are called at a time. */
const CONCURRENT_CALLS = 5;

const ICON: Subject = { id: 'icon', title: 'the icon can be read' };
const POLICY: Subject = { id: 'policy', title: 'the invoke policy is attached to the AWS user' };

/** Checks that the icon of an app can be read, as the server does when it installs the app. */
export async function checkIcon({ app_id: id, version, icon }: Manifest, test: AppTest): Promise<Check> {
  if (icon === '') return skipped(ICON, 'the manifest has none');
  return check(ICON, async () => {
    const { bucket } = test;
    const key = assetKey(id, version, icon);
    const bytes = await test.patiently(() => bucket.get(key));
    if (bytes !== undefined) return passed(ICON, key);
    const problem = `s3://${bucket.name}/${key} does not exist: an installation would fail`;
    return failed(ICON, problem, 'deploy the app again');
  });
}

/** Whether the server is allowed to invoke a function; undefined if that is not known. */
interface FunctionCheck {
  readonly check: Check;
  readonly isAllowed: boolean | undefined;
}

/**
 * Checks that each function of an app answers a call, and that the policy of the server allows it to invoke them.
 *
 * @param path of the call, which may be one that the server would send to another function
 */
export async function checkFunctions(
  manifest: Manifest,
  path: string | undefined,
  test: AppTest,
): Promise<Check[]> {
  const functions = manifest.aws_lambda?.functions ?? [];
  const checks = await mapConcurrent(functions, CONCURRENT_CALLS, ({ name }) => {
    throwIfAborted(test.signal);
    return checkFunction(manifest, name, path ?? PING, test);
  });
  return [...checks.map((item) => item.check), judgePolicy(checks)];
}

/** AWS checks the permission before anything else. */
const IS_ALLOWED: ReadonlyMap<ErrorCode, boolean> = new Map([
  ['ACCESS_DENIED', false],
  ['FUNCTION_FAILED', true],
  ['NOT_FOUND', true],
]);

async function checkFunction(
  { app_id: app, version }: Manifest,
  functionName: string,
  path: string,
  { caller, patiently }: AppTest,
): Promise<FunctionCheck> {
  const subject: Subject = { id: 'function', title: `function ${functionName} answers` };
  const name = lambdaFunctionName(app, version, functionName);
  let isAllowed: boolean | undefined;
  const result = await check(subject, async () => {
    try {
      const invocation = await patiently(() => caller.invoke(name, callPayload({ path })));
      isAllowed = true;
      const { status, type } = readAnswer({ app, name }, invocation);
      if (status === 200) return passed(subject, `${path} has the type ${type || '(none)'}`);
      // An app may not know the path. The server forgives that only where no function has the path.
      const consequence = path === PING ? ', with which an installation fails' : '';
      return passed(subject, `${path} has the status ${status}${consequence}`);
    } catch (error) {
      if (AppsctlError.is(error)) isAllowed ??= IS_ALLOWED.get(error.code);
      throw error;
    }
  });
  return { check: result, isAllowed };
}

/** The key of the server can invoke functions, and cannot read IAM: only the former shows whether the policy is attached. */
function judgePolicy(checks: readonly FunctionCheck[]): Check {
  const denied = checks.filter(({ isAllowed }) => isAllowed === false);
  const allowed = checks.filter(({ isAllowed }) => isAllowed === true);
  if (denied.length > 0) {
    const problem = `${denied.length} of ${checks.length} functions may not be invoked`;
    return failed(POLICY, problem, ({ initCommand }) => `deploy the app again, or run ${initCommand}`);
  }
  if (allowed.length > 0) return passed(POLICY, 'the functions may be invoked');
  return skipped(POLICY, 'no function could be invoked, which would show it');
}

/** The checks of an app that cannot be run. */
export function skipApp(reason: string): Check[] {
  return [
    skipped(ICON, reason),
    skipped({ id: 'function', title: 'each function answers' }, reason),
    skipped(POLICY, reason),
  ];
}

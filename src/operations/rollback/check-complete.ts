import { CONCURRENT_REQUESTS, mapConcurrent, settleAll } from '../../core/async/concurrency.js';
import { poll } from '../../core/async/poll.js';
import { assetKey, lambdaFunctionName } from '../../core/aws/resource-names.js';
import type { FunctionState } from '../../core/deploy/function-spec.js';
import { describeVersion } from '../../core/deploy/installation.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { differencesFromManifest, missingIconMessage } from '../../core/inventory/problems.js';
import type { LambdaFunction, Manifest } from '../../core/manifest/manifest.js';
import { SECOND } from '../../core/units.js';
import type { RollbackPorts } from './ports.js';

/** How long Lambda may not find a function that was created a moment ago. */
const NEW_FUNCTION_WAIT_MS = 3 * SECOND;

/**
 * Checks that a version of an app has on AWS what its manifest says: its functions, which can be invoked, and its icon.
 * The manifest does not name other assets.
 *
 * @throws AppsctlError CONFLICT naming everything that is missing or different
 */
export async function checkComplete(manifest: Manifest, ports: RollbackPorts): Promise<void> {
  const functions = manifest.aws_lambda?.functions ?? [];
  const [functionProblems, iconProblems] = await settleAll(
    mapConcurrent(functions, CONCURRENT_REQUESTS, (item) => checkFunction(manifest, item, ports)),
    checkIcon(manifest, ports),
  );
  const problems = [...functionProblems.flat(), ...iconProblems];
  if (functions.length === 0) problems.push('its manifest has no functions on AWS Lambda');
  if (problems.length === 0) return;
  const { app_id: id, version } = manifest;
  throw new AppsctlError('CONFLICT', `${describeVersion(version)} of app ${id} is not complete on AWS:`, {
    items: problems,
    hint: 'deploy that version again',
  });
}

async function checkFunction(
  { app_id: id, version }: Manifest,
  declared: LambdaFunction,
  ports: RollbackPorts,
): Promise<string[]> {
  const name = lambdaFunctionName(id, version, declared.name);
  const state = await findFunction(name, ports);
  if (state === undefined) return [`function ${name} does not exist`];
  if (state.status === 'failed') {
    return [`function ${name} could not be created: ${state.failure ?? 'AWS did not give a reason'}`];
  }
  return differencesFromManifest(name, declared, state);
}

async function findFunction(name: string, ports: RollbackPorts): Promise<FunctionState | undefined> {
  const { functions } = ports;
  const wait = { limitMs: NEW_FUNCTION_WAIT_MS, reason: `for function ${name} to propagate in AWS` };
  const found = await poll(ports, wait, async (isLast) => {
    const state = await functions.find(name);
    return state !== undefined || isLast ? { state } : undefined;
  });
  if (found.state?.status !== 'busy') return found.state;
  await functions.whenReady(name);
  return functions.find(name);
}

/** Mattermost reads the icon when it installs the app. */
async function checkIcon({ app_id: id, version, icon }: Manifest, ports: RollbackPorts): Promise<string[]> {
  if (icon === '') return [];
  const key = assetKey(id, version, icon);
  const objects = await ports.bucket.list(key);
  return objects.some((object) => object.key === key) ? [] : [missingIconMessage(key)];
}

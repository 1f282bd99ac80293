import { CONCURRENT_REQUESTS, mapConcurrent } from '../../core/async/concurrency.js';
import { defaultLogGroup, lambdaFunctionName } from '../../core/aws/resource-names.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import type { EventListener } from '../../core/diagnostics/event.js';
import { findSimilar } from '../../core/did-you-mean.js';
import type { LoggedFunction } from '../../core/logs/log-event.js';
import type { Manifest } from '../../core/manifest/manifest.js';
import type { FunctionService } from '../../core/ports/lambda.js';

/**
 * Finds the log groups of an app's functions.
 *
 * @param names of the functions, in the manifest or on AWS; all of them if it is empty
 * @throws AppsctlError USAGE for a name that the app does not have, NOT_FOUND if it has no functions on AWS
 */
export async function findLoggedFunctions(
  { app_id: id, version, aws_lambda }: Manifest,
  names: readonly string[],
  {
    functions,
    onEvent,
  }: { readonly functions: Pick<FunctionService, 'find'>; readonly onEvent: EventListener },
): Promise<LoggedFunction[]> {
  const all = (aws_lambda?.functions ?? []).map(({ name }) => ({
    name,
    lambdaName: lambdaFunctionName(id, version, name),
  }));
  if (all.length === 0) throw new AppsctlError('NOT_FOUND', `app ${id} ${version} has no functions on AWS`);
  const isNamed = ({ name, lambdaName }: (typeof all)[number], wanted: string): boolean =>
    wanted === name || wanted === lambdaName;
  for (const name of names) {
    if (all.some((item) => isNamed(item, name))) continue;
    throw unknownFunction(
      name,
      `app ${id} ${version}`,
      all.map((item) => item.name),
    );
  }
  const wanted = all.filter((item) => names.length === 0 || names.some((name) => isNamed(item, name)));
  return mapConcurrent(wanted, CONCURRENT_REQUESTS, async (item) => ({
    ...item,
    logGroup: (await findLogGroup(item.lambdaName, functions, onEvent)) ?? defaultLogGroup(item.lambdaName),
  }));
}

/** Returns the log group that a function is configured with; undefined if that cannot be read. */
async function findLogGroup(
  lambdaName: string,
  functions: Pick<FunctionService, 'find'>,
  onEvent: EventListener,
): Promise<string | undefined> {
  let problem = 'does not exist any more';
  try {
    const found = await functions.find(lambdaName);
    if (found !== undefined) return found.logGroup;
  } catch (error) {
    if (!AppsctlError.is(error) || error.code !== 'ACCESS_DENIED') throw error;
    problem = 'cannot be looked up without the permission lambda:GetFunction';
  }
  const message = `function ${lambdaName} ${problem}: reading its default log group`;
  onEvent({ type: 'warning', message });
  return undefined;
}

function unknownFunction(name: string, app: string, known: readonly string[]): AppsctlError {
  const similar = findSimilar(name, known);
  return new AppsctlError('USAGE', `${app} has no function ${JSON.stringify(name)}`, {
    hint: similar === undefined ? `it has ${known.join(', ')}` : `did you mean ${similar}?`,
  });
}

import { throwIfAborted } from '../../core/async/clock.js';
import { mergeSorted } from '../../core/async/merge-sorted.js';
import type { WaitContext } from '../../core/async/poll.js';
import { AppsctlError } from '../../core/diagnostics/error.js';
import { EventWindow } from '../../core/logs/event-window.js';
import { findWriter, type LogEvent, type LoggedFunction } from '../../core/logs/log-event.js';
import type { AppReference } from '../../core/manifest/app-reference.js';
import type { FunctionService } from '../../core/ports/lambda.js';
import type { LogReader } from '../../core/ports/logs.js';
import type { ObjectReader } from '../../core/ports/s3.js';
import { SECOND } from '../../core/units.js';
import { findDeployedApp } from '../inventory/find-app.js';
import { findLoggedFunctions } from './logged-functions.js';

/** How long to wait between two searches for new events. */
const FOLLOW_PAUSE_MS = 2 * SECOND;

/** What reading logs needs. */
export interface LogPorts extends WaitContext {
  readonly bucket: ObjectReader;
  readonly functions: Pick<FunctionService, 'find'>;
  readonly logs: LogReader;
}

/** Which events are read. */
export interface LogRequest {
  readonly app: AppReference;
  /** The names of functions; all of the app if it is empty. */
  readonly functions: readonly string[];
  /** The time from which on events are read, in milliseconds since the epoch. */
  readonly since: number;
  /** What the events must contain. */
  readonly text: string | undefined;
  /** Whether to go on with the events that arrive later. */
  readonly follow: boolean;
}

/** An event with the function that has written it. */
export interface FunctionEvent {
  readonly writer: LoggedFunction;
  readonly event: LogEvent;
}

/**
 * Reads what the functions of an app have logged, by time. Holds one page of each log group in memory.
 *
 * @throws AppsctlError NOT_FOUND for an app that is not deployed, USAGE for a function that it does not have, INTERRUPTED,
 *   and the errors of the ports
 */
export async function* readFunctionLogs(request: LogRequest, ports: LogPorts): AsyncGenerator<FunctionEvent> {
  const { manifest } = await findDeployedApp(request.app, ports.bucket);
  const functions = await findLoggedFunctions(manifest, request.functions, ports);
  const groups = new Map(functions.map(({ logGroup }) => [logGroup, new EventWindow(request.since)]));
  const reported = new Set<string>();
  do {
    const sequences = [...groups].map(([group, window]) =>
      readGroup(group, window, functions, request, ports, reported),
    );
    yield* mergeSorted(sequences, ({ event }) => event.timestamp);
    if (request.follow) await ports.clock.sleep(FOLLOW_PAUSE_MS, ports.signal);
    throwIfAborted(ports.signal);
  } while (request.follow);
}

/**
 * Reads the new events of the functions in a log group.
 *
 * @param reported the log groups that were reported as missing
 */
async function* readGroup(
  group: string,
  window: EventWindow,
  functions: readonly LoggedFunction[],
  { text }: LogRequest,
  { logs, clock, signal, onEvent }: LogPorts,
  reported: Set<string>,
): AsyncGenerator<readonly FunctionEvent[]> {
  try {
    for await (const page of logs.events(group, window.begin(clock.now()), text)) {
      throwIfAborted(signal);
      yield window.add(page).flatMap((event) => {
        const writer = findWriter(event, group, functions);
        return writer === undefined ? [] : [{ writer, event }];
      });
    }
  } catch (error) {
    if (!AppsctlError.is(error) || error.code !== 'NOT_FOUND') throw error;
    if (reported.has(group)) return;
    reported.add(group);
    const names = functions.filter(({ logGroup }) => logGroup === group).map(({ lambdaName }) => lambdaName);
    const have = names.length === 1 ? 'has' : 'have';
    const message = `log group ${group} does not exist yet: ${names.join(', ')} ${have} not been invoked, or the execution role is not allowed to write logs`;
    onEvent({ type: 'warning', message });
  }
}

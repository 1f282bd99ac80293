import { AppsctlError } from '../core/diagnostics/error.js';
import { parseAppReference } from '../core/manifest/app-reference.js';
import { MINUTE } from '../core/units.js';
import { findAccount, openBucket, openFunctions, openLogReader } from './adapters.js';
import { type NetworkOptions, resolveNetwork } from './network-options.js';

/** Options of {@link readLogs}. */
export interface LogOptions extends NetworkOptions {
  /**
   * The functions whose logs are read, by their names in the manifest or on AWS.
   *
   * @default all functions of the app
   */
  readonly functions?: readonly string[] | undefined;
  /**
   * The time from which on events are read.
   *
   * @default ten minutes ago
   */
  readonly since?: Date | undefined;
  /**
   * What the events must contain; case matters.
   *
   * @default all events
   */
  readonly text?: string | undefined;
  /**
   * Whether to go on with the events that arrive later, until `signal` is aborted.
   *
   * @default false
   */
  readonly follow?: boolean | undefined;
}

/** What a function of an app has logged. */
export interface AppLogEvent {
  /** Unique in its log group. */
  readonly id: string;
  readonly time: Date;
  /** The name of the function in the manifest. */
  readonly function: string;
  /** The name of the function on AWS. */
  readonly lambdaName: string;
  readonly logGroup: string;
  readonly logStream: string;
  /** The text, which may have several lines, usually with a line break at its end. */
  readonly message: string;
}

const DEFAULT_SINCE_MS = 10 * MINUTE;

/**
 * Reads what the functions of an app have logged to CloudWatch Logs, by time. Events that arrive late are returned late.
 * A log group that does not exist yet is reported as a warning.
 *
 * @param app the ID of a deployed app, or its ID and version: `com.example.app@v1.2.0`
 * @returns the events; the iterator throws AppsctlError NOT_FOUND for an app that is not deployed, USAGE for a function that
 *   it does not have and for invalid options, INTERRUPTED once `signal` is aborted, and the errors of requests that failed
 */
export async function* readLogs(app: string, options: LogOptions): AsyncGenerator<AppLogEvent, void, void> {
  const context = await resolveNetwork(options);
  const { functions = [], text, follow = false } = options;
  const since = options.since?.getTime() ?? context.clock.now() - DEFAULT_SINCE_MS;
  if (Number.isNaN(since)) throw new AppsctlError('USAGE', 'since is not a valid date');
  const request = { app: parseAppReference(app), functions, since, text: text || undefined, follow };
  const [{ readFunctionLogs }, logs, lambda, { accountId }] = await Promise.all([
    import('../operations/logs/read-logs.js'),
    openLogReader(context),
    openFunctions(context),
    findAccount(context),
  ]);
  const bucket = await openBucket(context, accountId);
  for await (const { writer, event } of readFunctionLogs(request, {
    ...context,
    ...{ bucket, logs, functions: lambda },
  })) {
    yield {
      id: event.id,
      time: new Date(event.timestamp),
      ...{ function: writer.name, lambdaName: writer.lambdaName, logGroup: writer.logGroup },
      ...{ logStream: event.stream, message: event.message },
    };
  }
}

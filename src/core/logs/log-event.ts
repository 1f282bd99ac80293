import { defaultLogGroup } from '../aws/resource-names.js';

/** An event in a log group of CloudWatch Logs. */
export interface LogEvent {
  /** Unique in its log group. */
  readonly id: string;
  /** The name of its log stream. */
  readonly stream: string;
  /** When the event occurred, in milliseconds since the epoch. */
  readonly timestamp: number;
  /** The text of the event, which may have several lines. */
  readonly message: string;
}

/** A function whose log is read. */
export interface LoggedFunction {
  /** The name in the manifest. */
  readonly name: string;
  /** The name on AWS. */
  readonly lambdaName: string;
  /** The name of its log group. */
  readonly logGroup: string;
}

/**
 * The streams of a log group that several functions share have their names: `YYYY/MM/DD/{function}[{version}][{id}]`.
 * Rule: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
 */
const NAMED_STREAM = /^\d{4}\/\d\d\/\d\d\/([^[\]/]+)\[/;

/**
 * Finds the function that wrote an event.
 *
 * @param group the log group of the event
 * @param functions those whose logs are read
 * @returns undefined if it is another one
 */
export function findWriter(
  { stream }: LogEvent,
  group: string,
  functions: readonly LoggedFunction[],
): LoggedFunction | undefined {
  const named = NAMED_STREAM.exec(stream)?.[1];
  return functions.find(({ lambdaName, logGroup }) =>
    // Without a name, the stream belongs to the function that the log group is named after.
    named === undefined
      ? logGroup === group && defaultLogGroup(lambdaName) === group
      : logGroup === group && lambdaName === named,
  );
}

import { randomBytes } from 'node:crypto';
import type { Account } from './account.js';
import { AwsError, notImplemented } from './errors.js';
import type { StoredFunction } from './lambda-model.js';
import type { LambdaBody } from './lambda-settings.js';
import { addEvents, addLogGroup, type LogEvent, type LogGroup } from './log-model.js';
import { pageOf } from './paging.js';

/** The most events on a page. */
const PAGE = 10_000;
const PARAMETERS = [
  'logGroupName',
  'logStreamNames',
  'logStreamNamePrefix',
  'startTime',
  'endTime',
  'filterPattern',
  'nextToken',
  'limit',
  // Without effect since 2019.
  'interleaved',
];

/** The events of a log group by their time, in pages, as FilterLogEvents returns them. */
export function filterLogEvents(account: Account, group: LogGroup, body: LambdaBody): unknown {
  for (const name of Object.keys(body))
    if (!PARAMETERS.includes(name)) throw notImplemented(`${name} of FilterLogEvents`);
  const limit = body['limit'] === undefined ? undefined : Number(body['limit']);
  if (limit !== undefined && !(limit >= 1 && limit <= PAGE)) throw invalid(`limit is not from 1 to ${PAGE}`);
  const [empty, marker] = readToken(body['nextToken']);
  if (empty < account.logs.emptyPages)
    return { events: [], nextToken: `${empty + 1}:`, searchedLogStreams: [] };
  const found = group.events.filter(selector(body));
  const page = pageOf(found, orderOf, marker, account.limit(limit, PAGE));
  return {
    events: page.items.map(({ id, stream, timestamp, ingestedAt, message }) => ({
      ...{ eventId: id, logStreamName: stream, timestamp, ingestionTime: ingestedAt, message },
    })),
    nextToken: page.next === undefined ? undefined : `${empty}:${page.next}`,
    searchedLogStreams: [],
  };
}

/** The number of empty pages so far, and the last event that was returned. */
function readToken(token: unknown): [empty: number, marker: string | undefined] {
  if (token === undefined) return [0, undefined];
  const [, empty, marker] = /^(\d+):(.*)$/.exec(String(token)) ?? [];
  if (empty === undefined) throw invalid('The specified nextToken is invalid.');
  return [Number(empty), marker || undefined];
}

/** AWS sorts events by time, then by the time at which they arrived. */
function orderOf({ timestamp, ingestedAt, id }: LogEvent): string {
  return [timestamp, ingestedAt].map((time) => String(time).padStart(16, '0')).join(' ') + id;
}

function selector(body: LambdaBody): (event: LogEvent) => boolean {
  const { startTime = 0, endTime = Number.POSITIVE_INFINITY, logStreamNames, logStreamNamePrefix } = body;
  if (logStreamNames !== undefined && logStreamNamePrefix !== undefined)
    throw invalid('LogStreamNamePrefix and LogStreamNames are mutually exclusive.');
  const terms = readPattern(body['filterPattern']);
  return ({ timestamp, stream, message }) =>
    timestamp >= Number(startTime) &&
    timestamp <= Number(endTime) &&
    (!Array.isArray(logStreamNames) || logStreamNames.includes(stream)) &&
    stream.startsWith(String(logStreamNamePrefix ?? '')) &&
    terms.every((term) => message.includes(term));
}

/** Terms with or without quotes, all of which must be in the message. */
function readPattern(pattern: unknown): string[] {
  if (pattern === undefined) return [];
  const term = /\s*(?:"((?:[^"\\]|\\.)*)"|(\w+))(?=\s|$)/y;
  const terms: string[] = [];
  const text = String(pattern).trimEnd();
  while (term.lastIndex < text.length) {
    const [match, quoted, plain = ''] = term.exec(text) ?? [];
    if (match === undefined) throw notImplemented(`the filter pattern ${text}`);
    terms.push(quoted?.replace(/\\(.)/g, '$1') ?? plain);
  }
  return terms;
}

/** Writes what an invocation logged to a new stream, if the execution role of the function allows it. */
export function logInvocation(account: Account, stored: StoredFunction, lines: readonly string[]): void {
  const { name } = stored.live;
  const groupName = stored.logGroup ?? `/aws/lambda/${name}`;
  const mayDo = (action: string): boolean =>
    account.roleAllows(stored.role, {
      action: `logs:${action}`,
      resource: `${account.logGroupArn(groupName)}:log-stream:`,
    });
  const existing = account.logGroups.get(groupName);
  if (existing === undefined && !mayDo('CreateLogGroup')) return;
  const group = existing ?? addLogGroup(account, groupName);
  if (!mayDo('CreateLogStream') || !mayDo('PutLogEvents')) return;
  const now = account.now();
  const day = now.toISOString().slice(0, 10).replaceAll('-', '/');
  const environment = randomBytes(16).toString('hex');
  // A log group that may be shared has the names of the functions in those of its streams.
  const stream =
    stored.logGroup === undefined
      ? `${day}/[$LATEST]${environment}`
      : `${day}/${name}[$LATEST][${environment}]`;
  const timestamp = now.getTime();
  addEvents(
    group,
    lines.map((message) => ({ stream, timestamp, message })),
    timestamp,
  );
}

export function createLogStream({ streams }: LogGroup, body: LambdaBody): undefined {
  const name = String(body['logStreamName']);
  if (streams.has(name)) {
    throw new AwsError(400, 'ResourceAlreadyExistsException', 'The specified log stream already exists');
  }
  streams.add(name);
}

/** Events that are too old or from the future are not refused. */
export function putLogEvents(account: Account, group: LogGroup, body: LambdaBody): unknown {
  const stream = String(body['logStreamName']);
  if (!group.streams.has(stream)) {
    throw new AwsError(400, 'ResourceNotFoundException', 'The specified log stream does not exist.');
  }
  const events = body['logEvents'];
  if (!Array.isArray(events)) throw invalid('logEvents is not a list');
  const now = account.now().getTime();
  addEvents(
    group,
    events.map(({ timestamp, message }) => ({ stream, timestamp, message })),
    now,
  );
  return { nextSequenceToken: String(group.events.length) };
}

function invalid(message: string): AwsError {
  return new AwsError(400, 'InvalidParameterException', message);
}

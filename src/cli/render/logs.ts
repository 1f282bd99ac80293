import type { AppLogEvent } from '../../api/logs.js';
import type { Format } from './json.js';

/** Lines after the first one of an event are indented, so that no event can look like another one. */
const INDENT = ' '.repeat(4);

/** The lines of an event: its time in UTC, its function, and its text. As JSON, one line. */
export function renderLogEvent(event: AppLogEvent, format: Format): string[] {
  const { time, message, id, lambdaName, logGroup, logStream } = event;
  if (format === 'json') {
    const names = { function: event.function, lambdaName, logGroup, logStream };
    return [JSON.stringify({ version: 1, time: time.toISOString(), ...names, id, message })];
  }
  // Lambda separates the fields of its own lines by tabs, and some runtimes the lines of an event by \r.
  const [first = '', ...others] = message
    .trimEnd()
    .replaceAll('\t', '  ')
    .split(/\r\n|\r|\n/);
  return [
    `${time.toISOString()}  ${event.function}  ${first}`.trimEnd(),
    ...others.map((line) => INDENT + line),
  ];
}

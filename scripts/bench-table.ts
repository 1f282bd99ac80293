export interface Row extends Run {
  readonly what: string;
  readonly requests?: number;
  readonly peakInFlight?: number;
  readonly largestBody?: number;
  readonly bytes?: number;
  /** How many times faster the run is than its requests would be one after the other. */
  readonly ratio?: number;
}

export interface Run {
  readonly seconds: number;
  /** The peak memory; 0 if it was not measured. */
  readonly megabytes: number;
}

/** Renders the rows as a table for a terminal. */
export function renderTable(rows: readonly Row[], latencyMs: number): string {
  const header = ['', 'seconds', 'peak MB', 'requests', 'max in flight', 'MB sent', 'largest KB', 'speed-up'];
  const cells = rows.map(
    ({ what, seconds, megabytes, requests, peakInFlight, bytes, largestBody, ratio }) => [
      what,
      seconds.toFixed(2),
      megabytes.toFixed(0),
      requests?.toString() ?? '',
      peakInFlight?.toString() ?? '',
      bytes === undefined ? '' : (bytes / 1e6).toFixed(2),
      largestBody === undefined ? '' : (largestBody / 1000).toFixed(1),
      ratio?.toFixed(1) ?? '',
    ],
  );
  const widths = header.map((_, column) =>
    Math.max(...[header, ...cells].map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  return `Each request of a deployment is delayed by ${latencyMs} ms.\nSpeed-up: compared with the same requests one after the other.\n\n${[header, ...cells].map(line).join('\n')}\n`;
}

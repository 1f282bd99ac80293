import type { PackageResult } from '../../api/package-app.js';
import { formatBytes } from '../../core/units.js';

/**
 * The lines for a bundle that was built.
 *
 * @param format `name` is the name of the file alone
 */
export function renderPackage(result: PackageResult, format: 'text' | 'json' | 'name'): string[] {
  const { file, bytes, functions } = result;
  if (format === 'name') return [file];
  if (format === 'json') return JSON.stringify({ version: 1, ...result }, undefined, 2).split('\n');
  const rows = functions.map((item) => [
    item.name,
    item.files.toLocaleString('en-US'),
    formatBytes(item.bytes),
    formatBytes(item.packedBytes),
  ]);
  return [
    ...renderTable([['function', 'files', 'unpacked', 'packed'], ...rows]),
    `${file} (${formatBytes(bytes)})`,
  ];
}

/** Aligns the columns of a table: the first to the left, numbers to the right. */
function renderTable(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

import type { PackageResult } from '../../api/package-app.js';
import { formatBytes } from '../../core/units.js';
import { type Format, jsonLines } from './json.js';
import { renderTable } from './table.js';

/**
 * The lines for a bundle that was built.
 *
 * @param format `name` is the name of the file alone
 */
export function renderPackage(result: PackageResult, format: Format | 'name'): string[] {
  const { file, bytes, functions } = result;
  if (format === 'name') return [file];
  if (format === 'json') return jsonLines(result);
  const rows = functions.map((item) => [
    item.name,
    item.files.toLocaleString('en-US'),
    formatBytes(item.bytes),
    formatBytes(item.packedBytes),
  ]);
  return [
    ...renderTable([['function', 'files', 'unpacked', 'packed'], ...rows], [1, 2, 3]),
    `${file} (${formatBytes(bytes)})`,
  ];
}

/**
 * Aligns the columns of a table.
 *
 * @param rows the first one has the titles
 * @param numeric the columns, from 0, that are aligned to the right
 */
export function renderTable(rows: readonly (readonly string[])[], numeric: readonly number[] = []): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) =>
        numeric.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** Tables for people: a heading and a cell per column, the first to the left and the others to the right. */

export type Column<T> = readonly [heading: string, cell: (row: T) => string];

/** A line per row below one of headings. */
export function alignedTable<T>(rows: readonly T[], columns: readonly Column<T>[]): string[] {
  const headings = columns.map(([heading]) => heading);
  const cells = [headings, ...rows.map((row) => columns.map(([, cell]) => cell(row)))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)));
  return cells.map((line) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ")
      .trimEnd(),
  );
}

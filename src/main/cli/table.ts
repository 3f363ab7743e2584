/** Columns of text for a terminal. */

/** One line a row, each column as wide as its widest cell, two spaces between; headings first. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const text = (line: readonly string[]): string =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd();
  return lines.map((line) => `${text(line)}\n`).join("");
}

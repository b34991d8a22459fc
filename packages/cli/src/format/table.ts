/** Aligned text tables. @module */

/**
 * Lays rows out in columns: numbers to the right, words to the left, two blanks between.
 *
 * @param header - a title for each column
 * @param rows - cells; each row as long as the header
 * @returns whole lines
 */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => String(row[column] ?? '').length)),
  );
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return typeof rows[0]?.[column] === 'number' ? String(cell).padStart(width) : String(cell).padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [header, ...rows].map((cells) => `${line(cells)}\n`).join('');
}

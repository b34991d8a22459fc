/** Aligned text, which may be coloured. @module */
import { stripVTControlCharacters } from 'node:util';

type Cell = string | number;

/**
 * Lays rows out in columns: numbers to the right, words to the left, two blanks between.
 *
 * @param rows - cells, as many in each row; the last row says which columns are numbers
 * @returns a line for each row, without newline
 */
export function align(rows: readonly (readonly Cell[])[]): string[] {
  const columns = (rows.at(-1) ?? []).map((cell, column) => ({
    isNumber: typeof cell === 'number',
    width: Math.max(...rows.map((row) => lengthOf(String(row[column])))),
  }));
  return rows.map((row) =>
    columns
      .map(({ isNumber, width }, column) => {
        const text = String(row[column]);
        const blanks = ' '.repeat(width - lengthOf(text));
        return isNumber ? blanks + text : text + blanks;
      })
      .join('  ')
      .trimEnd(),
  );
}

/**
 * A table with titles.
 *
 * @param header - a title for each column
 * @param rows - cells; each row as long as the header
 * @returns whole lines
 */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return align([header, ...rows])
    .map((line) => `${line}\n`)
    .join('');
}

/** Characters in a line of running text. */
const LINE_LENGTH = 100;

/**
 * Breaks text at blanks.
 *
 * @param text - words with single blanks
 * @param indent - what each line begins with
 * @returns whole lines
 */
export function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (lengthOf(line) + lengthOf(word) > LINE_LENGTH && line !== indent) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd(), ''].join('\n');
}

/**
 * Cells below each other in as many columns as a line holds.
 *
 * @param cells - texts
 * @returns whole lines
 */
export function columns(cells: readonly string[]): string {
  const gap = 2;
  const width = Math.max(...cells.map(({ length }) => length)) + gap;
  const height = Math.ceil(cells.length / Math.max(1, Math.floor((LINE_LENGTH + gap) / width)));
  return Array.from({ length: height }, (_, row) => {
    const line = cells.filter((_, at) => at % height === row).map((cell) => cell.padEnd(width));
    return `${line.join('').trimEnd()}\n`;
  }).join('');
}

/** Characters that are seen. */
function lengthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

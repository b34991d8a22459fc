/**
 * Figures as Markdown that also reads well on a terminal: what was measured, ours, and for each peer its
 * figure and ours as a multiple of it.
 *
 * @module
 */
import type { Sample } from './sample.ts';

/** A count or size, a sample of times, why there is neither; undefined where a peer is not here. */
export type Value = number | Sample | string | undefined;

/** One thing that was measured. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly ours: Value;
  /** One for each peer of the section. */
  readonly theirs: readonly Value[];
  /** Whether the short table has it. */
  readonly headline?: boolean;
}

/** Things that were measured against the same peers. */
export interface Section {
  readonly title: string;
  readonly peers: readonly string[];
  readonly rows: readonly Row[];
  /** What a reader must know who sees only this table. */
  readonly note?: string;
}

/** One section with all its rows. */
export function sectionText({ title, peers, rows, note }: Section): string {
  const head = [title, 'unit', 'qseccomp', ...peers.flatMap((peer) => [peer, 'ratio'])];
  const body = rows.map(({ what, unit, ours, theirs }) => [
    what,
    unit,
    valueText(ours),
    ...theirs.flatMap((value) => [valueText(value), ratioText(ours, value)]),
  ]);
  return `${tableText(head, body, 2)}${note ? `\n${note}\n` : ''}`;
}

/** The rows that matter most, each against the first peer of its section. */
export function headlineText(sections: readonly Section[]): string {
  const body = sections.flatMap(({ title, peers, rows }) =>
    rows
      .filter(({ headline }) => headline)
      .map(({ what, unit, ours, theirs: [first] }) => [
        `${title}: ${what}, ${unit}`,
        valueText(ours),
        `${peers[0]}: ${valueText(first)}`,
        ratioText(ours, first),
      ]),
  );
  return tableText(['', 'qseccomp', 'peer', 'ratio'], body, 1);
}

/** A value as a cell: at least three digits of a time, and its spread with as many places. */
export function valueText(value: Value): string {
  if (value === undefined) return '–';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return value.toFixed(Number.isInteger(value) ? 0 : 2);
  const { median, spread } = value;
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.max(median, 0.1))));
  return `${median.toFixed(places)} ± ${spread.toFixed(places)}`;
}

/** Ours as a multiple of theirs, two digits or more; empty where one is missing. */
function ratioText(ours: Value, theirs: Value): string {
  const [a, b] = [ours, theirs].map((value) => (typeof value === 'object' ? value.median : value));
  if (typeof a !== 'number' || typeof b !== 'number') return '';
  const ratio = a / b;
  return ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2);
}

/** A table whose columns are aligned; from column `firstRight` on to the right. */
function tableText(
  head: readonly string[],
  body: readonly (readonly string[])[],
  firstRight: number,
): string {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...body].map((cells) => (cells[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths
      .map((width, column) => {
        const cell = cells[column] ?? '';
        return column < firstRight ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(' | ')} |\n`;
  const rule = widths.map((width, column) =>
    column < firstRight ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return line(head) + line(rule) + body.map(line).join('');
}
